"""Odoo's own sending of an invoice knows of the chase."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.smtp import ChasingSmtpCommon


@tagged("post_install", "-at_install")
class TestOdooSend(ChasingSmtpCommon):
    def wizard(self, invoice, **values):
        wizards = self.env["account.move.send.wizard"].with_context(active_model="account.move", active_ids=invoice.ids)
        return wizards.create({"move_id": invoice.id, "sending_methods": ["email"], **values})

    def written_to(self, message):
        """The header To as it was written: whoever reads it passes over what stands behind the last address."""
        return dict(message.raw_items())["To"].strip()

    def test_it_says_when_the_next_reminder_goes(self):
        invoice = self.make_invoice()
        self.assertEqual(self.wizard(invoice).chasing_text, "Next reminder: Mon 2 Mar 09:00")
        self.assertEqual(self.wizard(self.make_invoice(chased=False)).chasing_text, "Not chased")

    def test_copies_go_with_the_customers_email(self):
        """R74: To and CC in one message, not a second one without To."""
        invoice = self.make_invoice(chased=False)
        copies = '"Müller, Jo" <jo@else.example>, cfo@else.example'
        self.wizard(invoice, chasing_cc=copies).action_send_and_print()
        [(recipients, message)] = self.deliver_by_smtp()
        self.assertEqual(sorted(recipients), ["ann@customer.example", "cfo@else.example", "jo@else.example"])
        self.assertIn("ann@customer.example", message["to"])
        self.assertIn("Müller, Jo", message["cc"])
        self.assertIn("cfo@else.example", message["cc"])
        self.assertEqual(self.written_to(message), '"Ann Lee" <ann@customer.example>')

    def test_the_header_names_everybody_once(self):
        """R74: two contacts each read of the other, with copies and without; nothing stands behind the last one."""
        other = self.make_customer("Bob", "bob@customer.example")
        for copies in (False, "cfo@else.example"):
            with self.subTest(copies=copies):
                wizard = self.wizard(self.make_invoice(chased=False), chasing_cc=copies)
                wizard.mail_partner_ids |= other
                wizard.action_send_and_print()
                for recipients, message in self.deliver_by_smtp():
                    addresses = [address.addr_spec for address in message["to"].addresses]
                    self.assertEqual(sorted(addresses), ["ann@customer.example", "bob@customer.example"], recipients)
                    self.assertEqual(self.written_to(message).count(","), 1)

    def test_what_is_no_address_and_too_many_are_refused(self):
        invoice = self.make_invoice(chased=False)
        many = ", ".join(f"a{number}@else.example" for number in range(11))
        for copies, words in (
            ("nobody", "not an e-mail address"),
            (many, "no more than 10 addresses"),
            ("a@b.c\nBcc: x", "not"),
        ):
            with self.subTest(copies), self.assertRaisesRegex(UserError, words):
                self.wizard(invoice, chasing_cc=copies).action_send_and_print()

    def test_who_may_not_see_the_chase_sees_nothing_of_it(self):
        biller = self.make_user("bill", "account.group_account_invoice")
        biller.group_ids -= self.env.ref("invoice_chasing.group_user")
        names = self.env["account.move.send.wizard"].with_user(self.make_user("none", "base.group_user")).fields_get()
        self.assertFalse({"chasing_cc", "chasing_text"} & names.keys())
