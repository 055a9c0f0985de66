from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestFixAndRetry(ChasingCommon):
    """R84, R85: a send that would be refused is not offered, and what was put right is sent again in one click."""

    def failed(self, **values):
        self.customer.email = False
        invoice = self.make_invoice(**values)
        self.at("2026-03-02 09:00")
        return invoice

    def fix(self):
        self.customer.email = "ann@customer.example"
        self.env.invalidate_all()

    def banner(self, invoice):
        return invoice.chasing_failure_text, invoice.chasing_failure_cure

    def test_what_reaches_nobody_is_not_offered(self):
        self.customer.email = False
        invoice = self.make_invoice()
        step = self.step(invoice, "before_due")
        self.assertNotIn("send_now", step.allowed)
        self.assertIn("fix", step.allowed)
        self.assertNotIn("send_now", invoice.chasing_allowed)
        self.fix()
        self.assertIn("send_now", step.allowed)
        self.assertNotIn("fix", step.allowed)
        self.assertIn("send_now", invoice.chasing_allowed)

    def test_a_sender_and_a_template_are_part_of_the_verdict(self):
        for lacking in ("template", "sender"):
            with self.subTest(lacking=lacking), self.cr.savepoint() as savepoint:
                if lacking == "template":
                    self.tone_line("new").email_template_id.body_html = "<p t-out='1 / 0'/>"
                else:
                    (self.company.partner_id | self.salesperson.partner_id).email = False
                step = self.step(self.make_invoice(), "on_issue")
                self.assertNotIn("send_now", step.allowed)
                self.assertIn("fix", step.allowed)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_what_is_held_is_not_offered_and_needs_no_fix(self):
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_pause()
        self.assertFalse({"send_now", "fix"} & set(self.step(invoice, "on_issue").allowed))

    def test_a_failure_that_is_not_mended_is_no_retry(self):
        invoice = self.failed()
        step = self.step(invoice, "on_issue")
        self.assertFalse({"retry"} & set(step.allowed))
        action = step.action_ask_retry()
        dialog = self.env[action["res_model"]].with_context(**action["context"]).create({})
        self.assertEqual((dialog.is_possible, dialog.can_fix), (False, True))
        self.assertIn("no contact with an e-mail address", dialog.outcome)
        self.assertEqual(dialog.action_fix()["res_id"], self.customer.id)

    def test_the_banner_leads_from_the_fix_to_the_retry(self):
        invoice = self.failed()
        self.assertEqual(
            self.banner(invoice), ("The customer has no contact with an e-mail address. Add one.", "contact")
        )
        self.assertEqual(invoice.action_chasing_open_contact()["res_id"], self.customer.id)
        self.fix()
        self.assertEqual(self.banner(invoice), ("Fixed. The failed message can be sent again.", "fixed"))
        invoice.action_chasing_retry()
        self.env.invalidate_all()
        self.assertEqual(self.states(invoice)[0], "under_way")
        self.assertEqual(self.banner(invoice), (False, False))

    def test_all_failures_of_the_customer_are_offered(self):
        invoice, others = self.failed(), self.failed() | self.failed()
        self.fix()
        self.assertEqual(
            self.banner(invoice), ("Fixed. 3 failed messages to this customer can be sent again.", "fixed")
        )
        action = invoice.action_chasing_retry()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(dialog.preview.splitlines()[0], "3 can succeed, 0 still need a fix.")
        dialog.action_do()
        self.assertEqual({self.states(one)[0] for one in invoice | others}, {"under_way"})

    def test_what_passes_by_itself_is_retried_as_it_is(self):
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.at_sent("2026-03-13 10:00")
        self.deliveries(invoice)[-1:].sudo()._set_state("failed", "smtp_error")
        self.env.invalidate_all()
        text, cure = self.banner(invoice)
        self.assertEqual((text.partition(".")[0], cure), ("The mail server did not accept the message", "retry"))

    def test_an_address_from_which_messages_came_back_is_tried_again_only_when_asked(self):
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.at_sent("2026-03-13 10:00")
        self.deliveries(invoice)[-1:].sudo()._set_state("bounced", "bounced")
        self.env.invalidate_all()
        step = self.step(invoice, "before_due")
        self.assertEqual(self.banner(invoice)[1], "contact")
        action = step.action_ask_retry()
        dialog = self.env[action["res_model"]].with_context(**action["context"]).create({})
        self.assertTrue(dialog.is_possible)
        self.assertIn("ann@customer.example", dialog.problem)
        dialog.action_send()
        self.assertEqual(step.state, "under_way")

    def test_nothing_failed(self):
        with self.assertRaises(UserError):
            self.make_invoice().action_chasing_retry()
