"""Documents of many invoices in one go: who goes together, who fails alone, what is written down (R73, R82, R85)."""

from unittest.mock import patch

from odoo.addons.account.models.account_move_send import AccountMoveSend as OdooSender
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.dispatch import chasing_documents
from ..builders.builders import ChasingCommon, utc

QUIET = (
    "odoo.addons.invoice_chasing.models.common.isolation",
    "odoo.addons.invoice_chasing.models.common.printing",
    "odoo.addons.invoice_chasing.models.dispatch.account_move_send",
    "odoo.addons.base.models.ir_actions_report",
)
NINE = "2026-03-02 09:00"


class DocumentsCommon(ChasingCommon):
    real_documents = True

    def setUp(self):
        super().setUp()
        self.generated = []
        sender = self.env.registry["account.move.send"]
        generate = sender._generate_and_send_invoices

        def noted(model, moves, **options):
            self.generated.append(moves)
            return generate(model, moves, **options)

        self.patch(sender, "_generate_and_send_invoices", noted)

    def make_documents(self, invoices, at=NINE, **options):
        """Let the documents be made as the scheduled action does; return the schedules that are ready."""
        documents = self.env["chasing.documents"].sudo()
        return documents._make(invoices.chasing_schedule_id.sudo(), utc(at), **options)

    def sizes(self):
        return [len(moves) for moves in self.generated]

    def reason(self, invoice):
        """What is said of the invoice's first message that failed."""
        step = self.step(invoice, "on_issue")
        return step.state, step.delivery_ids.failure_code, step.delivery_ids.failure_detail


@tagged("post_install", "-at_install")
class TestDocumentsTogether(DocumentsCommon):
    """Odoo renders HTML here in place of PDFs: what goes together, and what is written down."""

    def break_for(self, *invoices, model="account.move", method="_get_name_invoice_report", error=None):
        """Let Odoo's report be impossible to render for these."""
        owner = self.env.registry[model]
        original = getattr(owner, method)

        def broken(records, *arguments, **options):
            if records in invoices:
                raise error or UserError("This layout has no words for it.")
            return original(records, *arguments, **options)

        self.patch(owner, method, broken)

    def test_those_of_one_company_and_report_are_made_in_one_go(self):
        """R73: whatever their customers' languages."""
        self.env["res.lang"]._activate_lang("fr_FR")
        french = self.make_customer("Anne", "anne@customer.example", lang="fr_FR")
        invoices = self.make_invoices(2) | self.make_invoice(partner_id=french.id)
        self.assertEqual(self.make_documents(invoices), invoices.chasing_schedule_id)
        self.assertEqual(self.sizes(), [3])
        self.assertEqual(len(invoices._chasing_pdfs()), 3)

    def test_another_report_is_printed_apart(self):
        """R73: the customer has a report of their own."""
        report = self.env.ref("account.account_invoices").sudo().copy({"name": "Own", "is_invoice_report": True})
        other = self.make_customer("Bob", "bob@customer.example", invoice_template_pdf_report_id=report.id)
        invoices = self.make_invoices(2) | self.make_invoice(partner_id=other.id)
        self.make_documents(invoices)
        self.assertEqual(sorted(self.sizes()), [1, 2])

    def test_each_company_prints_its_own(self):
        """R73: a report's paper and layout are the company's."""
        ours = self.make_invoices(2)
        data = self.setup_other_company(name="Other")
        data["company"].write({"chasing_enabled": True, "chasing_tz": "Europe/Berlin", "email": "o@other.example"})
        cadence = self.env["chasing.cadence"].create({
            "name": "Theirs",
            "company_id": data["company"].id,
            "step_ids": [(0, 0, {"trigger": "on_issue", "hour": 9})],
        })
        theirs = self.make_invoice(company=data["company"], chased=False, partner_id=self.make_foreign(data).id)
        theirs._chasing_assign(cadence)
        self.make_documents(ours | theirs)
        self.assertEqual([moves.company_id for moves in self.generated], [self.company, data["company"]])
        self.assertTrue(theirs.invoice_pdf_report_id.company_id == data["company"])

    def make_foreign(self, data):
        customer = self.make_customer("Foreign", "f@customer.example")
        account = data["default_account_receivable"]
        customer.with_company(data["company"]).property_account_receivable_id = account
        return customer

    def test_an_e_invoice_is_made_as_odoo_makes_it(self):
        """R73: alone, with its network's own methods."""
        plain, electronic = self.make_invoices(2), self.make_invoice(ref="electronic")
        sender = self.env.registry["account.move.send"]
        self.patch(
            sender,
            "_get_default_invoice_edi_format",
            lambda _sender, move, **_options: move.ref == "electronic" and "x",
        )
        self.make_documents(plain | electronic)
        self.assertEqual(sorted(self.sizes()), [1, 2])
        self.assertIn(electronic, self.generated)

    def test_a_network_takes_the_invoice_itself(self):
        """R73: the customer's method is none of ours."""
        invoices = self.make_invoices(2)
        sender = self.env.registry["account.move.send"]
        self.patch(sender, "_get_default_sending_methods", lambda _sender, _move: {"network"})
        groups = {self.env["account.move.send"]._chasing_print_group(invoice) for invoice in invoices}
        self.assertEqual(groups, set(invoices.ids))

    def test_a_networks_answer_is_committed_where_nothing_is_lost_by_it(self):
        """R81: Odoo commits it at once, which would end the savepoint and the locks that a person's own sending has."""
        invoices, answers = self.make_invoices(2), []
        sender = self.env.registry["account.move.send"]
        self.patch(sender, "_get_default_sending_methods", lambda _sender, _move: {"network"})
        self.patch(sender, "_check_sending_data", lambda *_arguments, **_settings: None)
        self.patch(OdooSender, "_can_commit", lambda _sender: True)
        self.patch(
            sender,
            "_call_web_service_after_invoice_pdf_render",
            lambda model, _data: answers.append(model._can_commit()),
        )
        self.make_documents(invoices[0], commit=lambda: 100)
        self.env["chasing.documents"].sudo()._make_at_once(invoices[1])
        self.assertEqual(answers, [True, False])
        self.assertTrue(self.env["account.move.send"]._can_commit())

    @mute_logger(*QUIET)
    def test_who_commits_without_asking_ends_nobodys_savepoint(self):
        """R81, R82: some networks' modules do, whatever Odoo's own rule is; the others and their locks are kept."""
        bad, good = self.make_invoice(ref="network"), self.make_invoice()
        sender, commits = self.env.registry["account.move.send"], []
        refusal = UserError("The network is closed today.")
        self.patch(sender, "_get_default_invoice_edi_format", lambda _sender, move, **_options: move.ref and "x")

        def call(model, data):
            for move in data:
                if move.ref:
                    commits.append(move.env["account.move.send"]._can_commit())
                    model.env.cr.commit()
                    raise refusal

        self.patch(sender, "_call_web_service_after_invoice_pdf_render", call)
        # Odoo lets no test commit.
        self.env["chasing.documents"].sudo()._make_at_once(bad | good)
        with self.assertRaises(AssertionError):
            self.env.cr.commit()
        self.assertEqual(commits, [False])
        self.assertIn("closed today", bad.chasing_schedule_id.documents_error)
        self.assertFalse(good.chasing_schedule_id.documents_error)
        self.assertEqual(set(good._chasing_pdfs()), set(good.ids))

    @mute_logger(*QUIET)
    def test_a_network_sends_nothing_of_which_no_message_goes(self):
        """R40, R73, R101: it asks first, is a person's task, or is too late."""
        sent = []
        sender = self.env.registry["account.move.send"]
        self.patch(sender, "_get_default_sending_methods", lambda _sender, _move: {"network"})
        self.patch(sender, "_chasing_generate", lambda _sender, moves, _attempt: sent.append(moves))
        asks, task, late, goes = (self.make_invoice(ref=name) for name in ("asks", "task", "late", "goes"))
        self.step(asks, "on_issue").sudo().mode = "ask"
        self.step(task, "on_issue").sudo().mode = "task"
        self.step(late, "on_issue").sudo().write({"trigger": "after_issue", "scheduled_at": utc("2026-02-20 09:00")})
        self.env.flush_all()
        self.at(NINE)
        self.assertEqual(sent, [goes])
        self.assertEqual(self.step(asks, "on_issue").state, "waiting")
        self.assertEqual(self.step(late, "after_issue").reason_code, "too_late")

    def test_so_many_go_together_as_the_server_takes(self):
        """Odoo's own parameter is obeyed, but not where it would print without end, or is no number."""
        documents = self.env["chasing.documents"].sudo()
        parameters = self.env["ir.config_parameter"].sudo()
        for wanted, size in (("2", 2), ("0", 80), ("1000000", 80), ("many", 80), ("-1", 80), ("", 80)):
            parameters.set_param("account.pdf_generation_batch", wanted)
            with patch.object(chasing_documents, "takes_many", lambda: True):
                self.assertEqual(documents._size(), size, wanted)
        with patch.object(chasing_documents, "takes_many", lambda: False):
            self.assertEqual(documents._size(), chasing_documents.ONE_BY_ONE)

    def test_more_than_that_are_several_batches_each_committed(self):
        """R81: a batch that is done stays done."""
        invoices = self.make_invoices(5)
        commits = []

        def commit():
            commits.append(len(invoices._chasing_pdfs()))
            return 100

        with patch.object(chasing_documents.ChasingDocuments, "_size", lambda _documents: 2):
            self.make_documents(invoices, commit=commit)
        self.assertEqual(self.sizes(), [2, 2, 1])
        # before each batch, and after it
        self.assertEqual(commits, [0, 2, 2, 4, 4, 5])

    @mute_logger(*QUIET)
    def test_halves_of_one_that_breaks_are_each_committed(self):
        """R82: nobody waits for an invoice that is done until the others are printed."""
        invoices, events = self.make_invoices(4), []
        self.break_for(invoices[3])
        generate = self.env.registry["account.move.send"]._chasing_generate

        def noted(sender, moves, attempt):
            events.append(len(moves))
            return generate(sender, moves, attempt)

        self.patch(self.env.registry["account.move.send"], "_chasing_generate", noted)

        def commit():
            self.env.flush_all()
            events.append("commit")
            return 100

        # Nothing is written before it breaks.
        with patch.object(self.env.cr, "rollback", self.env.cr.clear):
            ready = self.make_documents(invoices, commit=commit)
        self.assertEqual(events, ["commit", 4, 2, "commit", 2, 1, "commit", 1, "commit"])
        self.assertEqual(ready, invoices.chasing_schedule_id)
        self.assertEqual(set(invoices._chasing_pdfs()), set(invoices[:3].ids))
        self.assertEqual(invoices.chasing_schedule_id.mapped("documents_error")[:3], [False] * 3)
        self.assertIn("no words", invoices[3].chasing_schedule_id.documents_error)
        self.assertFalse(any(invoices.chasing_schedule_id.mapped("documents_together")))

    def test_no_batch_is_begun_when_the_time_is_up(self):
        """R80: the others are made by the next run."""
        invoices = self.make_invoices(4)
        with patch.object(chasing_documents.ChasingDocuments, "_size", lambda _documents: 2):
            ready = self.make_documents(invoices, commit=lambda: 0)
        self.assertEqual(ready.move_id, invoices[:2])
        self.assertFalse(invoices[2:].chasing_schedule_id.mapped("documents_tried_at")[0])

    def test_making_them_is_not_sending(self):
        """R9, R86: nothing of an invoice tells that it was sent, and nobody is told anything."""
        invoices = self.make_invoices(3)
        invoices[0].is_move_sent = True
        messages, mails = invoices.message_ids, self.env["mail.mail"].search_count([])
        self.make_documents(invoices)
        self.assertEqual(invoices.mapped("is_move_sent"), [True, False, False])
        self.assertFalse(any(invoices.mapped("sending_data")))
        self.assertEqual(invoices.message_ids, messages)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertFalse(any(invoices.chasing_schedule_id.mapped("first_sent_at")))

    @mute_logger(*QUIET)
    def test_one_that_cannot_be_rendered_fails_alone_with_its_reason(self):
        """R82, R85: of five."""
        invoices = self.make_invoices(5)
        self.break_for(invoices[3])
        self.assertEqual(self.at(NINE)["under_way"], 4)
        self.assertEqual(self.reason(invoices[3]), ("failed", "pdf_failed", "This layout has no words for it."))
        self.assertEqual(len((invoices - invoices[3])._chasing_pdfs()), 4)

    @mute_logger(*QUIET)
    def test_what_is_for_administrators_is_told_to_nobody_else(self):
        """R85: a trace-back or a path says nothing to an accountant."""
        invoices = self.make_invoices(2)
        self.break_for(invoices[0], error=ValueError("/etc/odoo/secret"))
        self.at(NINE)
        self.assertNotIn("secret", self.reason(invoices[0])[2])

    @mute_logger(*QUIET)
    def test_an_e_invoice_that_breaks_fails_alone_with_what_odoo_says(self):
        """R82, R85: by an error of Odoo's own kind, or in a word as some networks do."""
        for error in ({"error_title": "No tax number", "errors": ["Enter it."]}, "No tax number"):
            invoices = self.make_invoices(3)
            bad = invoices[1]

            def hook(_sender, invoice, data, bad=bad, error=error):
                if invoice == bad:
                    data["error"] = error

            self.patch(self.env.registry["account.move.send"], "_hook_invoice_document_before_pdf_report_render", hook)
            self.assertEqual(self.at(NINE)["under_way"], 2)
            self.assertIn("No tax number", self.reason(bad)[2])
            self.assertFalse(bad._chasing_pdfs())
            self.assertIn("No tax number", bad.message_ids[0].body)

    def test_a_customer_without_an_address_breaks_nothing(self):
        """R85: it is an e-mail that goes."""
        bare = self.make_customer("Bare", "bare@customer.example", street=False, city=False, country_id=False)
        invoices = self.make_invoices(2) | self.make_invoice(partner_id=bare.id)
        self.assertEqual(self.at(NINE)["under_way"], 3)
        self.assertEqual(len(invoices._chasing_pdfs()), 3)

    # ------------------------------------------------------------------ who died over it

    def mark(self, invoices, tried_at, **values):
        invoices.chasing_schedule_id.sudo().write({"documents_tried_at": utc(tried_at), **values})

    def test_who_was_beside_one_that_took_its_process_is_tried_again_alone(self):
        """R82: nobody fails because of a neighbour."""
        invoices = self.make_invoices(3)
        self.mark(invoices, "2026-03-02 09:00", documents_together=3)
        self.at("2026-03-02 09:14")
        self.assertFalse(self.generated)
        self.assertEqual(self.at("2026-03-02 09:15")["under_way"], 3)
        self.assertEqual(self.sizes(), [1, 1, 1])
        self.assertFalse(any(invoices.chasing_schedule_id.mapped("documents_together")))

    @mute_logger(*QUIET)
    def test_half_as_many_go_together_where_the_time_did_not_suffice(self):
        """R82: a server with much to do prints nothing in a minute; then less is asked of it at once."""
        invoices = self.make_invoices(9)
        generate = self.env.registry["account.move.send"]._chasing_generate

        def slow(sender, moves, attempt):
            if len(moves) > 2:
                self.generated.append(moves)
                attempt.late |= set(moves)
            else:
                generate(sender, moves, attempt)

        self.patch(self.env.registry["account.move.send"], "_chasing_generate", slow)
        for minute in range(4):
            self.make_documents(invoices, at=f"2026-03-02 09:0{minute}")
        self.assertEqual(self.sizes(), [9, 4, 4, 1, 2, 2, 2, 2])
        self.assertEqual(len(invoices._chasing_pdfs()), 9)
        self.assertFalse(any(invoices.chasing_schedule_id.mapped("documents_together")))

    def test_what_others_are_at_takes_nobodys_place(self):
        """R80: a batch is as many as can be sent, not those that somebody is at or has just died over."""
        others = self.make_invoices(2)
        free = self.make_invoice()
        self.mark(others, "2026-03-02 09:00", documents_together=3)
        self.assertEqual(self.at("2026-03-02 09:01", limit=1)["under_way"], 1)
        self.assertEqual(self.generated, [free])

    def test_what_is_made_ahead_as_it_becomes_due_is_left_to_its_maker(self):
        """R80: it was begun a moment before."""
        invoice = self.make_invoice()
        self.mark(invoice, "2026-03-02 08:59")
        self.assertEqual(self.at("2026-03-02 09:01")["claimed"], 0)
        self.assertFalse(self.make_documents(invoice, at="2026-03-02 09:01"))
        self.assertFalse(self.generated)

    def test_what_is_made_leaves_no_mark(self):
        """R82: reset to draft and posted again, it is made with the others again."""
        invoices = self.make_invoices(2)
        self.make_documents(invoices)
        schedules = invoices.chasing_schedule_id
        self.assertFalse(any(schedules.mapped("documents_tried_at")))
        self.assertFalse(any(schedules.mapped("documents_together")))

    @mute_logger(*QUIET)
    def test_one_without_a_document_and_without_an_error_fails_too(self):
        """R85: Odoo may pass over an invoice in silence."""
        invoice = self.make_invoice()
        self.patch(
            self.env.registry["account.move.send"], "_generate_invoice_documents", lambda *_args, **_options: None
        )
        self.assertEqual(self.at(NINE)["failed"], 1)
        self.assertTrue(self.reason(invoice)[2])

    def test_one_that_took_its_process_alone_fails_with_that_reason(self):
        """R82, R85: and is not tried for ever."""
        invoice, other = self.make_invoices(2)
        self.mark(invoice, "2026-03-02 09:00")
        self.assertEqual(self.at("2026-03-02 09:15")["failed"], 1)
        self.assertEqual(self.generated, [other])
        self.assertIn("server stopped", self.reason(invoice)[2])

    def test_what_was_tried_is_written_down_before(self):
        """R82: as it is killed the mark is there, and says whether it was alone."""
        invoices = self.make_invoices(3)
        seen = []

        def generate(_sender, moves, _attempt):
            schedules = moves.chasing_schedule_id
            seen.append((schedules.mapped("documents_tried_at"), schedules.mapped("documents_together")))
            raise KeyboardInterrupt

        self.patch(self.env.registry["account.move.send"], "_chasing_generate", generate)
        for part in (invoices[:2], invoices[2]):
            with self.assertRaises(KeyboardInterrupt):
                self.make_documents(part)
        self.assertEqual(seen, [([utc(NINE)] * 2, [2, 2]), ([utc(NINE)], [0])])

    @mute_logger(*QUIET)
    def test_one_that_failed_and_could_not_be_claimed_waits_for_nothing(self):
        """R82: its try has come to an end."""
        invoice = self.make_invoice()
        self.break_for(invoice)
        self.make_documents(invoice)
        self.assertEqual(self.make_documents(invoice, at="2026-03-02 09:01"), invoice.chasing_schedule_id)
        self.assertEqual(len(self.generated), 1)
