"""Real PDFs of many invoices, by each kind of wkhtmltopdf: whose page is whose, what breaks, what takes too long."""

import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfReader, PdfWriter

from ...models.common import ir_actions_report, printing
from ...models.dispatch import account_move_send
from .test_chasing_documents import NINE, QUIET, DocumentsCommon

PATCHED, UNPATCHED = "with patched Qt", "with unpatched Qt"
# What is said of a document makes the program break, or take its time.
MOODY = """#!/bin/sh
grep -qs CRASHING -- "$@" && kill -SEGV $$
grep -qs EMPTY -- "$@" && for file; do :; done && : > "$file" && exit 0
grep -qs DAWDLING -- "$@" && sleep 30
exec {program} "$@"
"""


def programs():
    """{kind: path} of the programs of either kind that this machine has."""
    found = {}
    for path in ("/usr/bin/wkhtmltopdf", Path(sys.prefix, "bin", "wkhtmltopdf-pack"), shutil.which("wkhtmltopdf")):
        if path and Path(path).exists():
            version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
            found.setdefault(PATCHED if "with patched qt" in version else UNPATCHED, str(path))
    return found


class PrintedCommon(DocumentsCommon):
    def setUp(self):
        super().setUp()
        self.env = self.env(context={**self.env.context, "force_report_rendering": True})

    def at(self, local):
        """As the scheduled action, but for the tests' way of doing without printing."""
        self.set_clock(local)
        self.env.cr.flush()
        counts = self.env(user=SUPERUSER_ID, context={"force_report_rendering": True})["chasing.dispatcher"]._dispatch(
            self.now
        )
        self.env.cr.flush()
        return dict(counts)

    @contextmanager
    def program(self, kind, is_moody=False):
        """Print with the program of this kind.

        A moody one breaks over what says CRASHING, waits over DAWDLING, and leaves nothing of what says EMPTY.
        """
        path = programs().get(kind)
        if not path:
            self.skipTest(f"There is no wkhtmltopdf {kind}.")
        with tempfile.TemporaryDirectory() as folder:
            if is_moody:
                script = Path(folder, "wkhtmltopdf")
                script.write_text(MOODY.format(program=path))
                script.chmod(0o700)
                path = str(script)
            info = ir_actions_report.ir_actions_report._wkhtml()
            info = info._replace(bin=path, is_patched_qt=kind == PATCHED, state="ok")
            with patch.object(ir_actions_report.ir_actions_report, "_wkhtml", lambda: info), self.allow_pdf_render():
                yield

    def pages(self, invoice):
        return PdfReader(BytesIO(invoice.invoice_pdf_report_id.raw)).pages

    def words(self, invoice):
        """The text of all pages, with one blank for all that is blank."""
        return " ".join("".join(page.extract_text() for page in self.pages(invoice)).split())

    def make_marked(self, *narrations):
        """Invoices whose line tells them apart."""
        invoices = self.env["account.move"]
        for number, narration in enumerate(narrations):
            invoice = self.make_invoice(narration=narration, post=False)
            invoice.invoice_line_ids.name = f"Work{number}mark"
            invoice.action_post()
            invoices |= invoice
        self.env.cr.flush()
        return invoices

    def assert_own_pages(self, invoices):
        """Each PDF tells of its invoice, and of no other."""
        for number, invoice in enumerate(invoices):
            words = self.words(invoice).replace(" ", "")
            told = [other for other in range(len(invoices)) if f"Work{other}mark" in words]
            self.assertEqual(told, [number], words)


class Printed:
    """What is true of either kind."""

    allow_inherited_tests_method = True
    kind = None

    def test_each_invoice_has_its_own_pages(self):
        """R73, R82: one of several pages, and one whose text has headings of its own, among others."""
        long = "".join(f"<p>{line}</p>" for line in range(150))
        invoices = self.make_marked("<p>a</p>", f"{long}<h1>One</h1>{long}<h1>Two</h1>", "<h1>b</h1>", "<p>c</p>")
        with self.program(self.kind):
            self.make_documents(invoices)
        self.assertEqual(self.sizes(), [4])
        self.assert_own_pages(invoices)
        counts = [len(self.pages(invoice)) for invoice in invoices]
        self.assertEqual((counts[0], counts[2], counts[3]), (1, 1, 1))
        self.assertGreater(counts[1], 2)

    def test_each_speaks_its_customers_language(self):
        """R65, R73: three languages in one go."""
        for lang in ("fr_FR", "de_DE"):
            self.env["res.lang"]._activate_lang(lang)
        self.env["ir.module.module"].search([("name", "=", "account")])._update_translations(["fr_FR", "de_DE"])
        languages = {"en_US": "Due Date", "fr_FR": "Échéance", "de_DE": "Fällig"}
        invoices = self.env["account.move"]
        for lang in languages:
            customer = self.make_customer(lang, f"{lang}@customer.example", lang=lang)
            invoices |= self.make_invoice(partner_id=customer.id)
        with self.program(self.kind):
            self.make_documents(invoices)
        self.assertEqual(self.sizes(), [3])
        for invoice, word in zip(invoices, languages.values(), strict=True):
            self.assertIn(word, self.words(invoice))

    @mute_logger(*QUIET)
    def test_one_that_breaks_the_program_fails_alone_with_what_it_said(self):
        """R82, R85: of four."""
        invoices = self.make_marked("<p>a</p>", "<p>b</p>", "<p>CRASHING</p>", "<p>d</p>")
        with self.program(self.kind, is_moody=True):
            self.assertEqual(self.at(NINE)["under_way"], 3)
        state, code, detail = self.reason(invoices[2])
        self.assertEqual((state, code), ("failed", "pdf_failed"))
        self.assertIn("wkhtmltopdf: -11", detail)
        others = invoices - invoices[2]
        self.assertEqual(len(others._chasing_pdfs()), 3)
        self.assertFalse(any("could not" in body for body in invoices.message_ids.mapped("body")))

    @mute_logger(*QUIET)
    def test_an_empty_file_is_no_document(self):
        """R72, R85: a full disk may leave one, beside others or alone; nobody gets it."""
        invoices = self.make_marked("<p>a</p>", "<p>EMPTY</p>", "<p>c</p>")
        alone = self.make_invoice(narration="<p>EMPTY</p>")
        with self.program(self.kind, is_moody=True):
            self.make_documents(invoices)
            self.make_documents(alone)
        self.assertEqual(set((invoices | alone)._chasing_pdfs()), set((invoices[0] | invoices[2]).ids))
        for invoice in (invoices[1], alone):
            self.assertIn("no whole PDF", invoice.chasing_schedule_id.documents_error)

    @mute_logger(*QUIET)
    def test_one_that_takes_too_long_is_tried_again_alone_and_fails_then(self):
        """R82, R85: nobody beside it does."""
        invoices = self.make_marked("<p>a</p>", "<p>DAWDLING</p>", "<p>c</p>")
        with self.program(self.kind, is_moody=True), patch.object(account_move_send, "SECONDS", 8):
            first = self.at(NINE)
            self.assertNotIn("failed", first)
            self.assertTrue(invoices[1].chasing_schedule_id.documents_together)
            second = self.at("2026-03-02 09:01")
        self.assertEqual(first["under_way"] + second.get("under_way", 0), 2)
        self.assertEqual(second["failed"], 1)
        self.assertIn("more than 8 seconds", self.reason(invoices[1])[2])

    @mute_logger(*QUIET)
    def test_a_text_that_looks_like_another_invoice_reaches_nobody_else(self):
        """R82: Odoo cuts what it prints by such marks, and its editor keeps them."""
        victim, *others = self.make_marked("<p>a</p>", "<p>b</p>", "<p>c</p>")
        forged = f'<div class="article" data-oe-model="account.move" data-oe-id="{victim.id}"><h1>Pay to us</h1></div>'
        bad = others[0]
        bad.sudo().narration = forged
        self.assertIn("article", bad.narration)
        invoices = victim.union(*others)
        with self.program(self.kind):
            self.make_documents(invoices)
        self.assertNotIn("Pay to us", self.words(victim))
        self.assertEqual(set((victim | others[1])._chasing_pdfs()), {victim.id, others[1].id})
        self.assertIn("Work2mark", self.words(others[1]).replace(" ", ""))

    @mute_logger(*QUIET)
    def test_a_text_that_looks_like_a_header_is_on_nobody_elses_pages(self):
        """R82: nor does a footer that is one invoice's own stand on another's."""
        for name in ("header", "footer"):
            with self.subTest(name=name):
                invoices = self.make_marked("<p>a</p>", "<p>b</p>", "<p>c</p>")
                invoices[0].sudo().narration = f'<div class="{name}">Paytothem</div>'
                self.assertIn(name, invoices[0].narration)
                with self.program(self.kind):
                    self.make_documents(invoices)
                self.assertEqual(len(invoices._chasing_pdfs()), 3)
                for invoice in invoices[1:]:
                    self.assertNotIn("Paytothem", self.words(invoice))

    def test_no_process_and_no_file_is_left(self):
        """R82: as a run is ended from outside in the midst."""
        invoices = self.make_marked("<p>DAWDLING</p>", "<p>DAWDLING</p>")
        pool = printing.ThreadPoolExecutor

        class Interrupted(pool):
            def map(self, *arguments):
                super().map(*arguments)
                raise KeyboardInterrupt

        with (
            self.program(self.kind, is_moody=True),
            tempfile.TemporaryDirectory() as folder,
            patch.object(tempfile, "tempdir", folder),
            patch.object(printing, "ThreadPoolExecutor", Interrupted),
        ):
            with self.assertRaises(KeyboardInterrupt):
                self.make_documents(invoices)
            self.assertFalse(list(Path(folder).iterdir()))


@tagged("post_install", "-at_install")
class TestPrintedByPatchedQt(Printed, PrintedCommon):
    kind = PATCHED


@tagged("post_install", "-at_install")
class TestPrintedByUnpatchedQt(Printed, PrintedCommon):
    kind = UNPATCHED


@tagged("post_install", "-at_install")
class TestPress(PrintedCommon):
    def test_few_statements_an_invoice(self):
        """R80: a month end is thousands of them; here they are all but printed."""

        def print_blank(press, _command, documents):
            press.printed = {place: self.pdf(1) for place, _path in enumerate(documents)}

        documents, counts = self.env["chasing.documents"].sudo(), []
        with patch.object(printing.Press, "print", print_blank):
            for count in (2, 10, 30):
                invoices = self.make_invoices(count)
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                documents._make_at_once(invoices)
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - before)
                self.assertEqual(len(invoices._chasing_pdfs()), count)
        self.assertLessEqual((counts[2] - counts[1]) / 20, 9)

    def test_what_was_printed_before_is_not_printed_again(self):
        """R73: where a batch is undone and begun anew; but for an invoice whose document would be another one."""
        invoices, shares = self.make_invoices(3), []

        def print_blank(press, _command, documents):
            missing = set(range(len(documents))) - press.printed.keys()
            shares.append(len(missing))
            press.printed |= {place: self.pdf(1) for place in missing}

        attempt, sender = account_move_send.Attempt(), self.env["account.move.send"]
        with patch.object(printing.Press, "print", print_blank):
            with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
                sender._chasing_prepare(invoices, attempt)
                1 / 0  # noqa: B018
            self.assertFalse(invoices._chasing_pdfs())
            invoices[0].ref = "changed"
            self.env.flush_all()
            sender._chasing_prepare(invoices, attempt)
        self.assertEqual(shares, [3, 1])
        self.assertEqual(len(invoices._chasing_pdfs()), 3)

    def pdf(self, pages):
        writer = PdfWriter()
        for _page in range(pages):
            writer.add_blank_page(100, 100)
        with BytesIO() as buffer:
            writer.write(buffer)
            return buffer.getvalue()

    def test_pages_go_to_their_documents(self):
        """R73."""
        parts = printing.split(self.pdf(4), [0, 1, 3], 3)
        self.assertEqual([len(PdfReader(BytesIO(part)).pages) for part in parts], [1, 2, 1])

    def test_where_it_is_not_certain_nobody_gets_a_page(self):
        """R82: a document without a page, one too few, one too many, pages before the first."""
        for starts, count in (([0, 1, 1], 3), ([0, 4], 2), ([0, 1], 3), ([0, 1, 2], 2), ([1, 2], 2), ([], 1)):
            self.assertIsNone(printing.split(self.pdf(4), starts, count), starts)

    def test_outer_entries_are_documents(self):
        outline = '<outline xmlns="http://wkhtmltopdf.org/outline">%s</outline>'
        contents = outline % '<item page="0"><item page="1"/></item><item page="2"/>'
        self.assertEqual(printing.first_pages(contents.encode()), [0, 2])
