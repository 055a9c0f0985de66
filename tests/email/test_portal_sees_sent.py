"""Who opens an invoice's page in the portal sees what was sent, and nothing else: R109."""

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..letters.test_formal_reminder import FormalCommon

MAIL_LOGGERS = ("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")


class PortalCommon:
    def setUp(self):
        super().setUp()
        values = {"email": self.customer.email, "company_id": self.company.id, "company_ids": self.company.ids}
        self.reader = new_test_user(self.env, "ann", "base.group_portal", partner_id=self.customer.id, **values)

    def seen(self, invoice):
        """What the customer's portal user sees of an invoice's conversation, as its page asks for it."""
        thread = invoice.with_user(self.reader)
        domain = [("message_type", "=", "comment")]
        return self.env["mail.message"].with_user(self.reader)._message_fetch(domain, thread=thread)["messages"]

    def is_the_invoices(self, file):
        return file.res_model == "account.move"


@tagged("post_install", "-at_install")
class TestPortalSeesSent(PortalCommon, FormalCommon):
    def formal_under_way(self, **values):
        """A formal reminder of 21 March that waits in Odoo's queue, its message and its file."""
        invoice = self.make_formal(**values)
        self.at("2026-03-02 09:00")
        self.deliver()
        self.at("2026-03-21 14:00")
        message = self.formal(invoice).delivery_ids.mail_message_id
        [file] = message.attachment_ids.filtered(lambda one: "reminder" in one.name)
        return invoice, message, file

    def test_what_was_sent_is_seen(self):
        invoice, message, file = self.formal_under_way()
        self.deliver()
        self.assertIn(message, self.seen(invoice))
        self.assertTrue(self.is_the_invoices(file))

    def test_what_was_withdrawn_is_not_seen_nor_its_reminder(self):
        """R32, R79: paid while it waited; our own people see it still."""
        invoice, message, file = self.formal_under_way()
        self.pay(invoice)
        self.assertFalse(self.deliver())
        self.assertEqual(self.formal(invoice).delivery_ids.state, "cancelled")
        self.assertNotIn(message, self.seen(invoice))
        self.assertFalse(self.is_the_invoices(file))
        self.assertIn(message, invoice.message_ids)
        self.assertEqual((file.res_model, file.res_id), ("chasing.step", self.formal(invoice).id))

    def test_a_withdrawn_e_mail_without_reminder_is_not_seen(self):
        invoice = self.make_formal(document="invoice")
        self.at("2026-03-02 09:00")
        [first] = self.deliveries(invoice).mail_message_id
        self.assertIn(first, self.seen(invoice))
        self.deliver()
        self.at("2026-03-21 14:00")
        message = self.formal(invoice).delivery_ids.mail_message_id
        invoice.chasing_schedule_id.action_disable()
        self.assertEqual(self.seen(invoice), first)
        self.assertIn(message, invoice.message_ids)

    def test_what_failed_before_it_left_is_not_seen(self):
        """R83: what came back had left, and stays."""
        invoice, message, file = self.formal_under_way()
        with mute_logger(*MAIL_LOGGERS):
            self.deliver(refused=["ann@customer.example"])
        self.assertEqual(self.formal(invoice).state, "failed")
        self.assertNotIn(message, self.seen(invoice))
        self.assertFalse(self.is_the_invoices(file))

    def test_what_came_back_had_left(self):
        invoice, message, file = self.formal_under_way()
        self.deliver()
        self.formal(invoice).delivery_ids._set_state("bounced", "bounced")
        self.assertIn(message, self.seen(invoice))
        self.assertTrue(self.is_the_invoices(file))

    def test_a_held_one_is_not_seen(self):
        """R36: its file is the invoice's again once it goes."""
        invoice, message, file = self.formal_under_way()
        invoice.chasing_schedule_id.action_pause()
        self.env.cr.flush()
        self.assertNotIn(message, self.seen(invoice))
        self.assertFalse(self.is_the_invoices(file))
        invoice.chasing_schedule_id.action_resume()
        self.at_sent("2026-03-21 14:15")
        self.assertTrue(self.is_the_invoices(file))

    def test_what_another_recipient_got_stays(self):
        """R84: of two one fails."""
        first, second = self.formal(self.formal_for_two()).delivery_ids
        file = first.mail_message_id.attachment_ids
        first._set_state("failed", "mail_failed")
        self.assertTrue(self.is_the_invoices(file))
        second._set_state("failed", "mail_failed")
        self.assertFalse(self.is_the_invoices(file))

    def test_many_are_hidden_in_one_go(self):
        """R32: the messages of many are written once."""
        invoices = self.env["account.move"].union(*(self.make_formal() for _number in range(3)))
        self.at("2026-03-02 09:00")
        deliveries = self.env["chasing.delivery"].search([("move_id", "in", invoices.ids)])
        messages, written = deliveries.mail_message_id, []
        write = self.env.registry["mail.message"].write

        def noted(records, vals):
            written.append(records)
            return write(records, vals)

        self.patch(self.env.registry["mail.message"], "write", noted)
        deliveries.sudo()._withdraw()
        self.env.cr.flush()
        self.assertEqual(deliveries.mapped("state"), ["cancelled"] * 3)
        self.assertEqual(set(messages.mapped("is_internal")), {True})
        self.assertEqual([len(records) for records in written], [3])
