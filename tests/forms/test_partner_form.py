from ast import literal_eval

from lxml import etree

from odoo.fields import Domain
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestPartnerForm(ChasingCommon):
    def test_the_button_opens_what_it_counts(self):
        invoices, paid = self.make_invoices(2), self.make_invoice()
        self.pay(paid)
        action = self.customer.action_chasing_open()
        self.assertEqual(self.shown(action), invoices.chasing_schedule_ids)
        self.assertEqual(self.customer.chasing_open_count, 2)

    def shown(self, action):
        """Return the schedules that the list shows with the filters it opens with."""
        search = etree.fromstring(self.env["chasing.schedule"].get_view(view_type="search")["arch"])
        filters = [name.removeprefix("search_default_") for name in action["context"]]
        domains = [literal_eval(search.find(f".//filter[@name='{name}']").get("domain")) for name in filters]
        return self.env["chasing.schedule"].search(Domain.AND([action["domain"], *domains]), order="id")

    def test_it_says_why_nothing_is_sent_now_and_until_when(self):
        """R37: on the contacts of the customer too."""
        child = self.customer.create({"name": "Bob", "parent_id": self.customer.id})
        self.assertFalse(self.customer.chasing_hold_text)
        self.customer.action_chasing_pause("2026-03-20", "dispute")
        for contact in (self.customer, child):
            self.assertIn(
                "Ann Lee is paused until Fri 20 Mar 2026 (The customer disputes the invoice)", contact.chasing_hold_text
            )
        self.customer.action_chasing_pause()
        self.assertIn("until resumed manually (no reason given)", child.chasing_hold_text)
        self.customer.action_chasing_exclude()
        self.assertEqual(child.chasing_hold_text, "Ann Lee is excluded from chasing.")
        self.assertEqual((child.chasing_hold, self.customer.chasing_hold), ("excluded", "excluded"))
        self.assertEqual(child.action_chasing_include_again()["tag"], "chasing_toast")
        self.assertEqual(child.chasing_hold, "paused")
        child.action_chasing_go_on()
        self.assertFalse(child.chasing_hold_text)

    def test_a_contact_says_what_goes_to_it_and_why(self):
        """R60, R63"""
        contact = self.customer.create({"name": "Bob", "parent_id": self.customer.id})
        self.assertIn("no invoice address", self.customer.chasing_recipient_text)
        self.assertIn("addressed to this contact", contact.chasing_recipient_text)
        accounts = self.customer.create({"name": "Accounts", "type": "invoice", "parent_id": self.customer.id})
        self.assertIn("All reminders", accounts.chasing_recipient_text)
        self.assertIn("(Accounts)", self.customer.chasing_recipient_text)
        self.assertIn("invoice addresses", contact.chasing_recipient_text)
        contact.chasing_role_ids = self.make_role("Director")
        self.assertIn("steps for the role: Director", contact.chasing_recipient_text)

    def test_a_role_has_its_label_and_its_reason_where_contacts_are_edited(self):
        form = etree.fromstring(self.env["res.partner"].get_view(view_type="form")["arch"])
        dialog = form.find(".//field[@name='child_ids']/form")
        group = dialog.find(".//field[@name='chasing_role_ids']/..")
        self.assertEqual((group.tag, group.get("string")), ("group", "Invoice Chasing"))
        self.assertIsNotNone(group.find("field[@name='chasing_recipient_text']"))
