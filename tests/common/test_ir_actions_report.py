"""Nothing remote reaches wkhtmltopdf, and no document is waited for without end (R72, R89)."""

import base64
import socket
import subprocess
import threading
from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.common import ir_actions_report, paper, printing
from ...models.dispatch import account_move_send
from ...models.letters import letter_pdf
from ..builders.builders import ChasingCommon
from ..builders.letters import LetterCommon
from ..builders.printers import OtherPrinter

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class SilentServer:
    """Takes connections on this machine, counts them, and never answers."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.taken = []
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def _take(self):
        while True:
            try:
                self.taken.append(self.socket.accept()[0])
            except OSError:
                return

    def close(self):
        self.socket.close()
        for connection in self.taken:
            connection.close()


@contextmanager
def silent_server():
    server = SilentServer()
    try:
        yield server
    finally:
        server.close()


def fetching(url):
    """HTML that a browser would fetch things for."""
    return (
        f'<p>Before</p><img src="{url}/1.png"/><p style="background-image: url({url}/2.png)">Words</p>'
        f'<table background="{url}/3.png"><tr><td>After</td></tr></table>'
    )


@tagged("post_install", "-at_install")
class TestLimits(ChasingCommon):
    def printer(self):
        return paper.printer(self.env, "a4")

    def test_what_is_waited_for_is_ended_when_its_time_is_up(self):
        """Odoo itself would wait for ever: here the picture is left in, to see the clock alone at work."""
        self.patch(ir_actions_report.IrActionsReport, "_chasing_cut_off", lambda _report, document: document)
        with silent_server() as server:
            with self.assertRaisesRegex(UserError, "more than 3 seconds"), ir_actions_report.limited(3):
                self.printer()._run_wkhtmltopdf([f"<html><body>{fetching(server.url)}</body></html>"])
            self.assertTrue(server.taken)
            left = subprocess.run(["pgrep", "-f", server.url.rpartition(":")[2]], capture_output=True, text=True)
            self.assertFalse(left.stdout)

    def test_a_page_of_text_has_no_network(self):
        """Whatever were overlooked in the text: nothing can be reached."""
        self.patch(ir_actions_report.IrActionsReport, "_chasing_cut_off", lambda _report, document: document)
        with silent_server() as server:
            pdf = paper.print_html(self.printer(), f"<html><body>{fetching(server.url)}</body></html>")
            self.assertTrue(pdf.startswith(b"%PDF"))
            self.assertFalse(server.taken)

    def test_odoos_own_printing_is_left_alone(self):
        report = self.printer()
        seen = []
        self.patch(ir_actions_report, "_run_without_limit", lambda args: seen.append(args) or self.failed())
        with self.assertRaises(UserError):
            report._run_wkhtmltopdf(["<p>A</p>"])
        self.assertEqual(len(seen), 1)
        self.assertEqual(seen[0][seen[0].index("--javascript-delay") + 1], "1000")

    def test_scripts_are_waited_for_and_nothing_else(self):
        """R80: Odoo waits a second for each page; what is printed at Odoo's own wish is left alone."""
        delays = []

        def run(command, _seconds):
            delays.append(command[command.index("--javascript-delay") + 1])
            return self.failed()

        self.patch(printing, "run", run)
        page, script = "<p>A</p>", "<script>draw()</script>"
        own = f"<div>{script}</div>"
        for bodies, header in (
            ([page, page], None),
            ([page], own),
            ([page, page + script], None),
            ([page], own + script),
            ([page + "<SCRIPT src='/web/assets/1/a.js'></SCRIPT>"], own),
        ):
            with self.assertRaises(UserError), ir_actions_report.limited(3):
                self.printer()._run_wkhtmltopdf(bodies, header=header)
        self.assertEqual(delays, ["1", "1", "1000", "1000", "1000"])

    def failed(self):
        return subprocess.CompletedProcess([], 3, "", "no")

    def test_own_addresses(self):
        """Assets and pictures of the server that prints, nothing that acts."""
        own = (
            "http://a.example/web/assets/1/a.css",
            "/web/image/7/a.png",
            "/report/barcode/?value=1",
            "/web/static/a.png",
            "/logo.png?company=1",
            "http://a.example",
            "http://a.example/",
        )
        foreign = (
            "http://b.example/web/image/7",
            "//b.example/web/image/7",
            "http://a.example.b.example/web/image/7",
            "http://a.example@b.example/web/image/7",
            "/web/session/logout",
            "/web/image/../session/logout",
            "web/image/7",
            "",
            "/",
            "file:///etc/passwd",
        )
        for address in own:
            self.assertTrue(ir_actions_report._is_own(address, "http://a.example"), address)
        for address in foreign:
            self.assertFalse(ir_actions_report._is_own(address, "http://a.example"), address)


@tagged("post_install", "-at_install")
class TestLimitsOfOtherPrinter(OtherPrinter, TestLimits):
    """R72, R89: they hold whichever program prints."""

    allow_inherited_tests_method = True


@tagged("post_install", "-at_install")
class TestLetterWithPicture(LetterCommon):
    real_paper = True

    def test_a_letter_with_a_remote_picture_goes_without_it(self):
        """And the next one goes as well."""
        with silent_server() as server:
            self.tone_line("new").letter_template_id.body_html = fetching(server.url)
            letters = self.make_letter() + self.make_letter()
            self.run_queue()
            self.assertEqual(letters.mapped("pages"), [2, 2])
            self.assertFalse(server.taken)

    def test_a_picture_uploaded_into_the_template_is_printed(self):
        """It need not be fetched; whoever writes a text cannot have what is not theirs to show."""
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .create({
                "name": "seal.png",
                "raw": base64.b64decode(PIXEL),
                "res_model": "mail.template",
                "res_id": self.tone_line("new").letter_template_id.id,
            })
        )
        body = f"<p>Signed</p><img src='/web/image/{attachment.id}-1a/seal.png'/>"
        self.tone_line("new").letter_template_id.body_html = body
        letter = self.make_letter()
        self.assertIn(f'src="/web/image/{attachment.id}-1a/seal.png"', letter.content)
        shown = letter_pdf.text_values(letter)["content"]
        self.assertIn(f'src="data:image/png;base64,{PIXEL}"', shown)
        attachment.write({"res_model": "res.partner", "res_id": self.customer.id})
        self.assertNotIn(PIXEL, letter_pdf.text_values(letter)["content"])
        attachment.access_token = "right"
        self.assertEqual(bool(letter_pdf.picture(self.env, attachment.id, "right")), True)
        self.assertIsNone(letter_pdf.picture(self.env, attachment.id, "wrong"))
        self.assertIsNone(letter_pdf.picture(self.env, 0, "right"))

    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_a_letter_that_takes_too_long_fails_alone(self):
        """R82."""
        slow, quick = self.make_letter(), self.make_letter()
        run = ir_actions_report._run

        def too_slow_once(args):
            self.patch(ir_actions_report.ir_actions_report, "_run_wkhtmltopdf", run)
            raise subprocess.TimeoutExpired(args, 20)

        paper.zoom(paper.printer(self.env, "a4"), "a4")
        self.patch(ir_actions_report.ir_actions_report, "_run_wkhtmltopdf", too_slow_once)
        self.run_queue()
        self.assertEqual((slow.state, slow.failure_code), ("failed", "pdf_failed"))
        self.assertIn("20 seconds", slow.failure_reason)
        self.assertEqual((quick.state, quick.pages), ("queued", 2))


@tagged("post_install", "-at_install")
class TestInvoiceWithPicture(ChasingCommon):
    real_documents = True

    def setUp(self):
        super().setUp()
        self.env = self.env(context={**self.env.context, "force_report_rendering": True})

    def prepare(self, invoice):
        with self.allow_pdf_render():
            self.env["account.move.send"]._chasing_prepare(invoice)

    def test_a_remote_picture_in_an_invoice_is_not_asked_for(self):
        """The terms of an invoice are HTML of people too."""
        with silent_server() as server:
            invoice = self.make_invoice(narration=fetching(server.url))
            self.prepare(invoice)
            self.assertTrue(invoice.invoice_pdf_report_id.raw.startswith(b"%PDF"))
            self.assertFalse(server.taken)

    @mute_logger(
        "odoo.addons.invoice_chasing.models.dispatch.account_move_send", "odoo.addons.base.models.ir_actions_report"
    )
    def test_an_invoice_that_takes_too_long_has_no_pdf(self):
        self.patch(account_move_send, "SECONDS", 0.01)
        invoice = self.make_invoice()
        self.prepare(invoice)
        self.assertFalse(invoice.invoice_pdf_report_id)
