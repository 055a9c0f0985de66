from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ...models.common.errors import MAX_WORDS, user_message, user_text
from ..builders.builders import ChasingCommon

TRACE = 'Failed to render:\n\nTraceback (most recent call last):\n  File "/opt/odoo/x.py", line 1, in <module>'


@tagged("post_install", "-at_install")
class TestErrors(BaseCase):
    def test_what_was_said_to_people_is_told(self):
        table = [
            (UserError("The invoice is locked. Unlock it."), "The invoice is locked. Unlock it."),
            (ValidationError("Choose a day\nto come."), "Choose a day to come."),
            (AccessError("You may not.\n\nOperation: read\nUser: 7"), "You may not."),
            (
                UserError("Correct INV/2026/0001 and look at https://example.com/help/me."),
                "Correct INV/2026/0001 and look at https://example.com/help/me.",
            ),
            (UserError("x" * 10_000), "x" * MAX_WORDS),
        ]
        for error, told in table:
            self.assertEqual(user_message(error), told)

    def test_what_was_written_for_whoever_runs_the_server_is_not(self):
        for error in (UserError(TRACE), ValueError("No such thing"), KeyError("x"), UserError("")):
            self.assertIsNone(user_message(error))
        for text in (
            TRACE,
            "[Errno 2] No such file or directory: '/var/lib/odoo/filestore/ab/cd'",
            "wkhtmltopdf: /tmp/report.header.tmp.1.html is missing",
            "<odoo.tools.x object at 0x7f5c>",
            "",
            None,
            False,
        ):
            self.assertIsNone(user_text(text))


@tagged("post_install", "-at_install")
class TestFailureReasons(ChasingCommon):
    """R83: the reason is a sentence with the cure, never a trace-back."""

    def reasons(self, invoice):
        step = self.step(invoice, "on_issue")
        deliveries = self.deliveries(invoice)
        self.assertEqual(step.state, "failed")
        return [step.reason, *deliveries.mapped("failure_reason"), *(deliveries.mapped("failure_detail"))]

    def assertForPeople(self, texts):
        for text in texts:
            for inner in ("Traceback", "Error", "/", "line 1", "secret"):
                self.assertNotIn(inner, text or "")

    def break_at(self, model, method, error):
        return patch.object(self.env.registry[model], method, side_effect=error)

    @mute_logger("odoo.addons.invoice_chasing.models.dispatch.chasing_outbox")
    def test_a_channel_that_breaks(self):
        for error in (ValueError("secret"), UserError(TRACE), OSError("secret: '/var/lib/odoo'")):
            invoice = self.make_invoice()
            with self.break_at("chasing.message", "_compose", error):
                self.at("2026-03-02 09:00")
            self.assertForPeople(self.reasons(invoice))
        invoice = self.make_invoice()
        with self.break_at("chasing.message", "_compose", UserError("The template is gone. Choose another one.")):
            self.at("2026-03-02 09:00")
        self.assertIn("The template is gone. Choose another one.", self.step(invoice, "on_issue").reason)

    @mute_logger("odoo.addons.invoice_chasing.models.dispatch.chasing_dispatcher")
    def test_a_step_that_breaks(self):
        invoice = self.make_invoice()
        with self.break_at("chasing.outbox", "_hand_over", ValueError("secret")):
            self.at("2026-03-02 09:00")
        self.assertForPeople(self.reasons(invoice))

    @mute_logger("odoo.addons.invoice_chasing.models.dispatch.chasing_outbox")
    def test_a_template_that_odoo_cannot_render(self):
        self.tone_line("new").email_template_id.body_html = '<p t-out="object.no_such_field"/>'
        invoice = self.make_invoice()
        with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
            self.at("2026-03-02 09:00")
        self.assertEqual(
            self.step(invoice, "on_issue").reason,
            "The template could not be filled in for the invoice. Correct it, then retry. "
            '(There is no field “no_such_field” on an invoice: <p t-out="object.no_such_field"/>)',
        )
