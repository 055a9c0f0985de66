"""Documents made in the quiet before their hour (R9, R73, R86): nothing is sent, and what changed is made anew."""

from itertools import count
from math import inf
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command
from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.common import printing
from ...models.dispatch import chasing_document_ahead
from ..builders.builders import ChasingCommon, utc
from ..builders.money import MoneyCommon

QUIET, HOUR = "2026-03-02 08:40", "2026-03-02 09:00"


class DocumentAheadCommon(MoneyCommon):
    """Documents are made by Odoo, but for the printing program: each that it prints says its number."""

    real_documents = True

    def setUp(self):
        super().setUp()
        self.printed = []
        numbers = count(1)

        def print_documents(press, _command, documents):
            for place in range(len(documents)):
                if place not in press.printed:
                    press.printed[place] = b"%%PDF-1.4 %d" % next(numbers)
                    self.printed.append(press.printed[place])

        self.patch(printing.Press, "print", print_documents)
        self.patch(
            self.env.registry["ir.cron"], "_commit_progress", lambda cron, *_done, **_left: cron.env.flush_all() or inf
        )

    def as_root(self, model):
        """A model as the scheduled action uses it, but for the tests' way of doing without printing."""
        return self.env(user=SUPERUSER_ID, context={"force_report_rendering": True})[model]

    def quiet(self, local=QUIET):
        """Let it be that local time, and let documents be made ahead."""
        self.set_clock(local)
        self.env.cr.flush()
        self.as_root("chasing.document.ahead")._cron_make()
        self.env.invalidate_all()

    def send(self, local=HOUR):
        """Let it be that local time and send what is due; return the counts by outcome."""
        self.set_clock(local)
        self.env.cr.flush()
        counts = self.as_root("chasing.dispatcher")._dispatch(self.now)
        self.env.cr.flush()
        return dict(counts)

    def ahead(self, invoices):
        """What was made ahead of these, with what was only tried."""
        return self.env["chasing.document.ahead"].sudo().search([("move_id", "in", invoices.ids)])

    def kept(self, invoices):
        """The contents of what was made ahead of these."""
        documents = self.ahead(invoices).filtered("digest")
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search([
                ("res_model", "=", "chasing.document.ahead"),
                ("res_id", "in", documents.ids),
                ("res_field", "=", "pdf"),
            ])
        )
        return attachments.sorted("res_id").mapped("raw")

    def official(self, invoice):
        """The content of the official PDF, None without."""
        attachment_id = invoice._chasing_pdfs().get(invoice.id)
        return self.env["ir.attachment"].sudo().browse(attachment_id).raw if attachment_id else None


@tagged("post_install", "-at_install")
class TestDocumentAhead(DocumentAheadCommon, CronMixinCase):
    def test_the_first_send_takes_what_was_made_ahead(self):
        """R73: printed once, twenty minutes before its hour."""
        invoices = self.make_invoices(2)
        self.quiet()
        kept = self.kept(invoices)
        self.assertEqual(kept, [b"%PDF-1.4 1", b"%PDF-1.4 2"])
        self.assertEqual(self.send()["under_way"], 2)
        self.assertEqual([self.official(invoice) for invoice in invoices], kept)
        self.assertEqual(len(self.printed), 2)
        self.assertFalse(self.ahead(invoices))
        mails = self.deliver()
        self.assertEqual(sorted(part.get_content() for mail in mails for part in mail.iter_attachments()), sorted(kept))

    def test_only_one_is_due(self):
        """R73: one invoice alone takes its own as well."""
        invoice = self.make_invoice()
        self.quiet()
        self.send()
        self.assertEqual((self.official(invoice), len(self.printed)), (b"%PDF-1.4 1", 1))

    def test_nothing_is_sent_and_nothing_is_seen(self):
        """R9, R86: the invoice, its conversation, its files and everybody's notifications are as they were."""
        invoice = self.make_invoice()
        invoice.flush_recordset()

        def seen():
            self.env.invalidate_all()
            return (
                [invoice.is_move_sent, invoice.sending_data, invoice.message_main_attachment_id, invoice.write_date],
                invoice.message_ids.ids,
                invoice.chasing_schedule_id.first_sent_at,
                self.official(invoice),
                self.env["ir.attachment"].sudo().search_count([("res_model", "=", "account.move")]),
                self.env["mail.notification"].sudo().search_count([]),
                self.env["mail.mail"].sudo().search_count([]),
                self.plan(invoice),
            )

        before = seen()
        self.quiet()
        self.assertTrue(self.kept(invoice))
        self.assertEqual(seen(), before)
        self.assertFalse(self.deliveries(invoice))

    def test_an_invoice_that_changed_is_made_anew(self):
        """R73: whatever of it the document shows, and whoever changed it; the others' are taken as they are."""
        own, other = self.env["res.partner.bank"].create([
            {"acc_number": number, "partner_id": self.company.partner_id.id, "allow_out_payment": True}
            for number in ("BE71 0961 2345 6769", "BE15 0010 5456 9030")
        ])
        self.env["res.lang"]._activate_lang("fr_FR")
        changes = {
            "bank account": lambda invoice: invoice.write({"partner_bank_id": other.id}),
            "language": lambda invoice: invoice.partner_id.write({"lang": "fr_FR"}),
            "address": lambda invoice: invoice.partner_id.write({"street": "New Street 2"}),
            "terms": lambda invoice: invoice.write({"narration": "<p>New terms</p>"}),
            "reference": lambda invoice: invoice.write({"ref": "New"}),
            "due date": lambda invoice: invoice.write({"invoice_date_due": "2026-04-01"}),
            "money": lambda invoice: self.pay(invoice, 10),
            "nothing": lambda invoice: invoice.write({"invoice_user_id": self.salesperson.id}),
        }
        customers = [self.make_customer(name, "ann@customer.example") for name in changes]
        invoices = [self.make_invoice(partner_id=customer.id) for customer in customers]
        self.quiet()
        kept = self.kept(self.env["account.move"].union(*invoices))
        for change, invoice in zip(changes.values(), invoices, strict=True):
            change(invoice.sudo())
        self.env.flush_all()
        self.send()
        for name, invoice, before in zip(changes, invoices, kept, strict=True):
            with self.subTest(change=name):
                self.assertTrue(self.official(invoice))
                self.assertEqual(self.official(invoice) == before, name == "nothing")

    def test_what_changed_for_all_makes_all_anew(self):
        """R73: the layout, the company, the paper, the report."""
        paper = self.env["report.paperformat"].sudo().create({"name": "Small", "format": "A5"})
        bold = self.env.ref("web.external_layout_bold")
        changes = {
            "layout": lambda: self.company.sudo().write({"external_report_layout_id": bold.id}),
            "company": lambda: self.company.sudo().write({"report_footer": "<p>New Street 1</p>"}),
            "paper": lambda: self.company.sudo().write({"paperformat_id": paper.id}),
            "report": self.change_report,
        }
        for name, change in changes.items():
            with self.subTest(change=name):
                invoice = self.make_invoice()
                self.quiet()
                [kept] = self.kept(invoice)
                change()
                self.env.flush_all()
                self.send()
                self.assertNotIn(self.official(invoice), [None, kept])

    def change_report(self):
        self.env["ir.ui.view"].sudo().create({
            "name": "Changed",
            "type": "qweb",
            "inherit_id": self.env.ref("account.report_invoice_document").id,
            "arch": '<data><xpath expr="//div[@name=\'invoice_date\']" position="before"><b>New</b></xpath></data>',
        })

    def test_a_reset_to_draft_makes_it_anew(self):
        """R32b, R73: even if nothing else was changed."""
        invoice = self.make_invoice()
        self.quiet()
        invoice.button_draft()
        self.env.cr.flush()
        self.assertFalse(self.ahead(invoice))
        invoice.action_post()
        self.quiet()
        self.assertEqual(self.kept(invoice), [b"%PDF-1.4 2"])
        self.send()
        self.assertEqual(self.official(invoice), b"%PDF-1.4 2")

    def test_a_pdf_that_a_person_made_stays(self):
        """R72: the official one, made once."""
        invoice = self.make_invoice()
        self.quiet()
        self.give_pdf(invoice, b"%PDF-1.4 theirs")
        self.send()
        self.assertEqual(self.official(invoice), b"%PDF-1.4 theirs")

    def test_a_picture_by_its_address_is_not_made_ahead(self):
        """R73: what the address shows may change while nothing is seen of it."""
        invoice = self.make_invoice(narration='<p><img src="/web/image/1"/></p>')
        self.quiet()
        self.assertFalse(self.kept(invoice))
        self.assertEqual(self.send()["under_way"], 1)
        self.assertTrue(self.official(invoice))

    def test_what_lacks_something_is_made_anew(self):
        """R72: the server that gives the style sheets did not answer."""
        flawed, good = self.make_invoices(2)
        print_documents = printing.Press.print

        def print_badly(press, command, documents):
            print_documents(press, command, documents)
            press.flawed.add(0)

        with patch.object(printing.Press, "print", print_badly):
            self.quiet()
        self.assertFalse(self.kept(flawed))
        self.assertEqual(self.kept(good), [b"%PDF-1.4 2"])
        self.send()
        self.assertEqual([self.official(one) for one in (flawed, good)], [b"%PDF-1.4 3", b"%PDF-1.4 2"])

    def test_one_whose_file_is_lost_is_made_anew(self):
        """R72: a database that was restored without its files; nobody gets an empty one."""
        lost, gone, good = self.make_invoices(3)
        self.quiet()
        attachments = self.env["ir.attachment"].sudo()
        for invoice in (lost, gone):
            attachments |= attachments.search([
                ("res_model", "=", "chasing.document.ahead"),
                ("res_id", "in", self.ahead(invoice).ids),
                ("res_field", "=", "pdf"),
            ])
        attachments[0].raw = b""
        attachments[1].unlink()
        self.assertEqual(self.send()["under_way"], 3)
        official = [self.official(invoice) for invoice in (lost, gone, good)]
        self.assertEqual(official, [b"%PDF-1.4 4", b"%PDF-1.4 5", b"%PDF-1.4 3"])

    def test_nobody_waits_for_it_while_others_are_printed(self):
        """R73: who resets an invoice to draft forgets it, which nobody must be at meanwhile."""
        invoices = self.make_invoices(2)
        self.quiet()
        invoices[1].ref = "changed"
        print_documents, kept = printing.Press.print, []

        def note(press, command, documents):
            kept.append(len(self.ahead(invoices)))
            print_documents(press, command, documents)

        with patch.object(printing.Press, "print", note):
            self.send()
        self.assertEqual(kept, [2])
        self.assertFalse(self.ahead(invoices))

    # ------------------------------------------------------------------ which

    def test_without_a_step_due_within_a_day_there_is_none(self):
        """R73: on issue on 10 March at 9."""
        invoice = self.make_invoice(issued="2026-03-10", due="2026-03-24")
        self.quiet("2026-03-09 08:45")
        self.assertFalse(self.ahead(invoice))
        self.quiet("2026-03-09 09:15")
        self.assertTrue(self.kept(invoice))

    def test_only_by_the_default_cadence(self):
        """R50: a person who gave it one of their own may change the invoice still."""
        self.make_invoice(steps=[("on_issue", 0, 9)])
        self.quiet()
        self.assertFalse(self.printed)

    def test_what_is_not_sent_by_itself_gets_none(self):
        """R35, R36, R37, R45, R72, R101: it is paid, held, or waits for a person; or it has its document."""
        cases = {
            "paused": lambda invoice: invoice.chasing_schedule_id.action_pause(),
            "disabled": lambda invoice: invoice.chasing_schedule_id.action_disable(),
            "excluded": lambda invoice: invoice.partner_id.write({"chasing_excluded": True}),
            "blocked": lambda invoice: invoice.action_toggle_block_payment(),
            "paid": self.pay,
            "draft": lambda invoice: invoice.button_draft(),
            "money": lambda invoice: self.receive(partner=invoice.partner_id),
            "asks": lambda invoice: self.step(invoice, "on_issue").sudo().write({"mode": "ask"}),
            "by SMS": lambda invoice: self.step(invoice, "on_issue")
            .sudo()
            .write({
                "channel_email": False,
                "channel_sms": True,
            }),
            "no address": lambda invoice: self.step(invoice, "on_issue")
            .sudo()
            .write({"prediction_code": "no_recipient"}),
            "sent by Odoo": lambda invoice: invoice.chasing_schedule_id.sudo()._sent_by_odoo(self.now),
            "has one": self.give_pdf,
        }
        for name, change in cases.items():
            with self.subTest(case=name):
                customer = self.make_customer(name, "ann@customer.example")
                invoice = self.make_invoice(partner_id=customer.id)
                change(invoice)
                self.quiet()
                self.assertFalse(self.ahead(invoice))
        self.assertFalse(self.printed)

    def test_an_e_invoice_and_a_network_keep_odoos_own_path(self):
        """R73: they are made when the invoice is sent."""
        sender = self.env.registry["account.move.send"]
        cases = {
            "_get_default_invoice_edi_format": lambda *_args, **_values: "format",
            "_get_default_extra_edis": lambda *_args: {"other"},
            "_get_default_sending_methods": lambda *_args: {"network"},
        }
        for name, method in cases.items():
            with self.subTest(name=name), patch.object(sender, name, method):
                self.assertFalse(self.kept(self.make_invoice()))
                self.quiet()
        self.assertFalse(self.printed)

    def test_a_report_that_keeps_what_it_prints_is_not_printed_ahead(self):
        """R9: it would leave it on the invoice."""
        invoice = self.make_invoice()
        self.env.ref("account.account_invoices").sudo().attachment = "object.name"
        self.quiet()
        self.assertFalse(self.printed)
        self.assertFalse(self.env["ir.attachment"].sudo().search([("res_id", "=", invoice.id), ("name", "=", "x")]))

    # ------------------------------------------------------------------ one bad one, and others at work

    @mute_logger("odoo.addons.invoice_chasing.models.dispatch.chasing_document_ahead")
    def test_one_that_cannot_be_printed_fails_alone_and_at_its_hour(self):
        """R82, R85: ahead nothing is said of it."""
        good, bad, other = (self.make_invoice(ref=ref) for ref in ("good", "bad", "other"))
        report = self.env.registry["ir.actions.report"]
        context_of, error = report._get_rendering_context, UserError("The paper is too small.")

        def rendering_context(printer, printed_by, ids, data):
            if bad.id in ids:
                raise error
            return context_of(printer, printed_by, ids, data)

        with patch.object(report, "_get_rendering_context", rendering_context):
            self.quiet()
            self.assertEqual(len(self.kept(good | other)), 2)
            self.assertFalse(self.kept(bad))
            self.assertEqual(self.step(bad, "on_issue").state, "planned")
            self.send()
        self.assertEqual(self.step(bad, "on_issue").reason_code, "pdf_failed")
        self.assertEqual([self.step(one, "on_issue").state for one in (good, other)], ["under_way", "under_way"])

    def test_one_that_breaks_the_program_fails_alone(self):
        """R82: the first of two, which is the one that is asked for."""
        bad, good = self.make_invoices(2)

        def print_documents(press, _command, _documents):
            press.broken[0] = "-9: killed"
            press.printed[1] = b"%PDF-1.4 good"

        with patch.object(printing.Press, "print", print_documents):
            self.quiet()
        self.assertFalse(self.kept(bad))
        self.assertEqual(self.kept(good), [b"%PDF-1.4 good"])

    def test_one_that_took_its_process_with_it_is_not_tried_again_ahead(self):
        """R82: that it is tried was committed before; its first send tries it, as any other."""
        invoices = self.make_invoices(2)
        with patch.object(
            self.env.registry["chasing.document.ahead"], "_make", lambda _model, documents: len(documents)
        ):
            self.quiet()
        self.quiet("2026-03-02 08:50")
        self.assertFalse(self.printed)
        self.assertEqual(self.send()["under_way"], 2)
        self.assertEqual([self.official(invoice) for invoice in invoices], self.printed)

    def test_what_is_due_goes_first(self):
        """R80: nothing is made while anything is due, and it is tried again a minute later."""
        self.make_invoice()
        self.set_clock("2026-03-02 09:05")
        later = self.make_invoice()
        with self.capture_triggers("invoice_chasing.ir_cron_documents_ahead") as captured:
            self.quiet("2026-03-02 09:05")
        self.assertFalse(self.printed)
        self.assertEqual(captured.records.mapped("call_at"), [utc("2026-03-02 09:06")])
        self.send("2026-03-02 09:05")
        self.quiet("2026-03-02 09:06")
        self.assertEqual(len(self.kept(later)), 1)

    def test_a_batch_after_the_other(self):
        """R73: and none twice."""
        invoices = self.make_invoices(3)
        with patch.object(chasing_document_ahead, "BATCH_SIZE", 2):
            self.quiet()
            self.quiet()
        self.assertEqual((len(self.kept(invoices)), len(self.printed)), (3, 3))

    def test_what_nobody_took_goes_after_two_days(self):
        """R105"""
        invoice = self.make_invoice()
        self.quiet()
        invoice.chasing_schedule_id.action_pause()
        vacuum = self.env["chasing.document.ahead"].sudo()._vacuum
        self.set_clock("2026-03-04 08:00")
        self.assertEqual(vacuum(), (0, 0))
        self.set_clock("2026-03-04 09:00")
        self.assertEqual(vacuum(), (1, 0))
        self.assertFalse(self.ahead(invoice))
        self.assertFalse(self.kept(invoice))

    def test_nobody_reads_it(self):
        """R9: not even who may read the invoice; as a file neither."""
        invoice = self.make_invoice()
        self.quiet()
        document = self.ahead(invoice)
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search([
                ("res_model", "=", document._name),
                ("res_field", "=", "pdf"),
            ])
        )
        self.assertEqual(len(attachment), 1)
        admin = self.make_user(
            "admin7", "base.group_system,account.group_account_manager,invoice_chasing.group_manager"
        )
        for user in (self.env.user, admin):
            for record, field in ((document, "digest"), (document, "pdf"), (attachment, "raw")):
                with self.assertRaises(AccessError):
                    record.with_user(user).read([field])

    def test_the_company_prints_its_own(self):
        """R47: two companies in one run, and a person's second language."""
        other = self.setup_other_company()["company"]
        other.write({"chasing_enabled": True, "email": "other@firm.example", "chasing_tz": "Europe/Berlin"})
        cadence = self.make_cadence("Theirs", [("on_issue", 0, 9)], company_id=other.id)
        cadence.is_default = True
        self.env["res.lang"]._activate_lang("fr_FR")
        french = self.make_customer("Luc", "luc@customer.example", lang="fr_FR")
        theirs = self.make_invoice(company=other, partner_id=self.make_customer("Bo", "bo@customer.example").id)
        ours = self.make_invoice() | self.make_invoice(partner_id=french.id)
        self.quiet()
        kept = self.kept(ours | theirs)
        self.assertEqual(len(kept), 3)
        self.send()
        self.assertEqual(sorted(map(self.official, ours | theirs)), sorted(kept))


@tagged("post_install", "-at_install")
class TestDocumentAheadCron(ChasingCommon):
    real_documents = True

    def test_it_runs_by_root_between_two_runs_that_send_and_behind_them(self):
        """R73, R80."""
        cron = self.env.ref("invoice_chasing.ir_cron_documents_ahead").sudo()
        sending = self.env.ref("invoice_chasing.ir_cron_dispatch").sudo()
        self.assertEqual((cron.interval_number, cron.interval_type, cron.user_id.id), (15, "minutes", SUPERUSER_ID))
        self.assertGreater(cron.priority, sending.priority)
        self.assertNotEqual(cron.nextcall.minute % 15, sending.nextcall.minute % 15)

    def test_the_scheduled_action_tries_each_once(self):
        """R80: each batch is committed."""
        invoices = self.make_invoices(3)
        self.set_clock(QUIET)
        self.env.cr.flush()
        with patch.object(chasing_document_ahead, "BATCH_SIZE", 2), self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_documents_ahead").sudo().method_direct_trigger()
        self.env.invalidate_all()
        tried = self.env["chasing.document.ahead"].sudo().search([("move_id", "in", invoices.ids)])
        self.assertEqual(tried.move_id, invoices)


@tagged("post_install", "-at_install")
class TestDocumentAheadPrinted(ChasingCommon):
    """With the real printing program."""

    real_documents = True

    def test_a_real_pdf(self):
        """R72, R73: what was printed ahead is what the first message brings."""
        invoices = self.make_invoice() | self.make_invoice(
            invoice_line_ids=[
                Command.create({"name": f"Work {n}", "price_unit": 10.0, "tax_ids": []}) for n in range(9)
            ]
        )
        root = self.env(user=SUPERUSER_ID, context={"force_report_rendering": True})
        self.set_clock(QUIET)
        self.env.cr.flush()
        self.patch(self.env.registry["ir.cron"], "_commit_progress", lambda cron, *_done, **_left: inf)
        print_documents = printing.Press.print

        def print_unstyled(press, command, documents):
            # No server gives the style sheets here.
            print_documents(press, command, documents)
            press.flawed.clear()

        with self.allow_pdf_render():
            with patch.object(printing.Press, "print", print_unstyled):
                root["chasing.document.ahead"]._cron_make()
            documents = self.env["chasing.document.ahead"].sudo().search([("move_id", "in", invoices.ids)])
            kept = {document.move_id.id: document.with_context(bin_size=False).pdf for document in documents}
            self.set_clock(HOUR)
            with patch.object(printing.Press, "print", side_effect=AssertionError("printed again")):
                root["chasing.dispatcher"]._dispatch(self.now)
        for invoice in invoices:
            pdf = invoice.sudo().invoice_pdf_report_file
            self.assertTrue(pdf)
            self.assertEqual(pdf, kept[invoice.id])
