"""What the addon writes down in somebody's name does not follow their own default values, which everybody may set for
any field of any model."""

import ast
from pathlib import Path

from odoo.tests import tagged

from ...models.common import no_user_defaults
from ..builders.builders import ChasingCommon
from ..builders.letters import LetterCommon


class OwnDefaults:
    """A collector who set default values of their own, as everybody may."""

    def setUp(self):
        super().setUp()
        self.collector = self.make_user("asker", "invoice_chasing.group_user")

    def set_defaults(self, model, **values):
        for name, value in values.items():
            self.env["ir.default"].with_user(self.collector).set(model, name, value, user_id=True)

    def make_secret(self):
        """An attachment that only administrators read."""
        return self.env["ir.attachment"].sudo().create({"name": "secret.pdf", "raw": b"%PDF-1.4 secret"})

    def send(self):
        invoice = self.make_invoice()
        self.step(invoice, "on_issue").with_user(self.collector).action_send_now()
        return self.deliveries(invoice)


@tagged("post_install", "-at_install")
class TestDefaultsOfSenders(OwnDefaults, ChasingCommon):
    def test_an_email_goes_to_those_of_the_ledger_alone(self):
        """R64"""
        other = self.make_customer("Other", "other@else.example")
        self.set_defaults("mail.mail", email_cc="third@else.example", recipient_ids=[[4, other.id]])
        mail = self.send().notification_id.mail_mail_id
        self.assertFalse(mail.email_cc)
        self.assertFalse(mail.recipient_ids)

    def test_an_email_brings_the_invoice_and_nothing_else(self):
        """R72: whoever may send may not read every attachment."""
        self.set_defaults("mail.mail", unrestricted_attachment_ids=[[4, self.make_secret().id]])
        delivery = self.send()
        [sent] = delivery.mail_message_id.sudo().attachment_ids
        self.assertEqual(sent.res_id, delivery.move_id.id)

    def test_a_test_message_brings_the_invoice_and_nothing_else(self):
        """R75"""
        self.set_defaults("mail.mail", unrestricted_attachment_ids=[[4, self.make_secret().id]])
        self.step(self.make_invoice(), "on_issue").with_user(self.collector).action_send_test()
        mail = self.env["mail.mail"].sudo().search([("subject", "=like", "[Test]%")], limit=1)
        self.assertTrue(mail)
        self.assertEqual(mail.attachment_ids.mapped("mimetype"), ["application/pdf"])

    def test_a_delivery_is_what_happened(self):
        self.set_defaults("chasing.delivery", taken_back_at="2026-01-01 00:00:00", is_replaced=True)
        delivery = self.send()
        self.assertFalse(delivery.taken_back_at or delivery.is_replaced)

    def test_an_act_on_many_is_begun_anew(self):
        self.set_defaults("chasing.bulk.run", is_done=True, done=5)
        schedule = self.make_invoice().chasing_schedule_id.with_user(self.collector)
        self.env["chasing.bulk.run"].with_user(self.collector)._start("pause", {}, schedule)
        self.assertEqual(schedule.status, "paused")


@tagged("post_install", "-at_install")
class TestDefaultsAndLetters(OwnDefaults, LetterCommon):
    def test_a_letter_has_the_paper_that_is_made_for_it(self):
        self.set_defaults("chasing.letter", pdf_id=self.make_secret().id)
        letter = self.send().letter_id
        self.assertTrue(letter)
        self.assertFalse(letter.pdf_id)

    def test_a_collector_does_not_choose_by_whom_letters_leave(self):
        """R89: where nobody chose a provider one is made when the first letter is sent."""
        self.env["chasing.postal.provider"].search([("company_id", "=", self.company.id)]).unlink()
        self.set_defaults("chasing.postal.provider", code="lob", api_key="live_mine", webhook_secret="mine")
        provider = self.send().letter_id.provider_id.sudo()
        self.assertEqual(provider.code, "print")
        self.assertFalse(provider.api_key or provider.webhook_secret)


@tagged("post_install", "-at_install")
class TestWrittenDown(ChasingCommon):
    def test_what_is_created_with_every_right_is_written_down_so(self):
        found = []
        addon = Path(no_user_defaults.__file__).parents[2]
        for folder in ("models", "wizards", "controllers"):
            for path in sorted((addon / folder).rglob("*.py")):
                if path.name == "no_user_defaults.py":
                    continue
                tree = ast.parse(path.read_text())
                found += [f"{path.name}:{node.lineno}" for node in ast.walk(tree) if _creates_by_sudo(node)]
        self.assertEqual(found, [])


def _creates_by_sudo(node):
    """Whether it is `something.sudo().create(…)`."""
    match node:
        case ast.Call(func=ast.Attribute(attr="create", value=ast.Call(func=ast.Attribute(attr="sudo")))):
            return True
    return False
