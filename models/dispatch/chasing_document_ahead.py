import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..common import batches, clock, isolation, no_user_defaults
from ..common.ir_actions_report import limited, together
from .account_move_send import SECONDS

_logger = logging.getLogger(__name__)
# So many are printed at once: few enough to make way for what is due within seconds.
BATCH_SIZE = 30
# How long before its step is due a document may be made, and for how long it is kept in vain.
AHEAD, KEPT = timedelta(hours=24), timedelta(days=2)
# What has to make way is tried again after so long.
RETRY_DELAY = timedelta(minutes=1)
VACUUM_SIZE = 1000
NO_LOCK = SQL()


class ChasingDocumentAhead(models.Model):
    """Keep the PDF of an invoice that was printed in the quiet before its hour, until its first send takes it (R73).

    It is not the invoice's official PDF: nothing on the invoice tells of it, and whoever prints or sends the invoice
    does so as ever (R9, R86). With it stands the digest of all from which it was printed. The first send asks for that
    digest anew, and prints anew what would not come out the same: whatever was changed meanwhile, and by whom.

    One without a digest was tried, and is not tried again: perhaps the process died over it.
    """

    _name = "chasing.document.ahead"
    _description = "Document Made Ahead"
    _rec_name = "move_id"

    move_id = fields.Many2one("account.move", "Invoice", required=True, ondelete="cascade", readonly=True)
    digest = fields.Char(readonly=True)
    pdf = fields.Binary("PDF", attachment=True, readonly=True)
    _one_per_invoice = models.UniqueIndex("(move_id)", "An invoice has one document made ahead.")

    # ------------------------------------------------------------------ in the quiet

    @api.model
    def _cron_make(self):
        """Make documents batch after batch as long as nothing is due; then wake itself for the rest."""
        if not self._count_lacking():
            # So it is at most times: that is one look at a partial index.
            return
        ending = batches.run(self.env, self._next_batch, self._make, self._count_lacking)
        if self._count_lacking():
            if ending.has_time:
                # Something is due, or what is left is in someone else's hands: no hurry.
                self.env["ir.cron"]._commit_progress(remaining=0)
            self.env.ref("invoice_chasing.ir_cron_documents_ahead")._trigger(
                clock.now(self.env) + RETRY_DELAY if ending.has_time else None
            )

    def _next_batch(self):
        """Return the next invoices' documents to make, none while something is due: that goes first.

        That they are tried is written down before, so that one that takes the process with it is tried once, and no
        other process is at the same.
        """
        now = clock.now(self.env)
        if not self.env["chasing.dispatcher"]._is_idle(now):
            return self.browse()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO chasing_document_ahead (move_id, create_date)
                SELECT move_id, %s FROM (%s) AS lacking ON CONFLICT DO NOTHING RETURNING id
                """,
                now,
                self._lacking(now, SQL("FOR KEY SHARE OF m SKIP LOCKED")),
            )
        )
        self.env["ir.cron"]._commit_progress()
        return self.browse(document_id for (document_id,) in rows)

    def _count_lacking(self):
        """Return how many invoices the next batch has."""
        self.env.flush_all()
        lacking = self._lacking(clock.now(self.env))
        [(count,)] = self.env.execute_query(SQL("SELECT count(*) FROM (%s) AS lacking", lacking))
        return count

    def _lacking(self, now, lock=NO_LOCK):
        """Return the SQL of the invoices of the next batch, whose documents are to be made ahead.

        A message that needs it goes within a day by the company's default cadence, unless something unforeseen comes.

        :param lock: what locks the invoices, and passes over those that others hold, who may change them
        """
        return SQL(
            """
            SELECT s.move_id FROM chasing_schedule s JOIN account_move m ON m.id = s.move_id
            WHERE s.assigned_by = 'default' AND s.first_sent_at IS NULL AND s.next_at > %(now)s AND s.next_at <= %(end)s
                AND s.hold_reason IS NULL AND m.state = 'posted'
                AND EXISTS (
                    SELECT FROM chasing_step t
                    WHERE t.schedule_id = s.id AND t.state = 'planned' AND t.scheduled_at = s.next_at
                        AND t.mode = 'auto' AND t.prediction_code IS NULL AND (%(boxes)s)
                )
                AND NOT EXISTS (SELECT FROM chasing_document_ahead d WHERE d.move_id = s.move_id)
                AND NOT EXISTS (
                    SELECT FROM ir_attachment a WHERE a.res_model = 'account.move' AND a.res_id = s.move_id
                        AND a.res_field = 'invoice_pdf_report_file'
                )
            ORDER BY s.next_at, s.id LIMIT %(limit)s %(lock)s
            """,
            now=now,
            end=now + AHEAD,
            limit=BATCH_SIZE,
            lock=lock,
            boxes=SQL(" OR ").join(SQL.identifier("t", box) for box in self._boxes()),
        )

    def _boxes(self):
        """Return the names of the boxes of the channels whose messages carry the invoice's PDF."""
        channels = self.env["chasing.channel"]._all().values()
        return [channel._box() for channel in channels if channel._carries_document]

    # ------------------------------------------------------------------ printing

    def _make(self, documents):
        """Print these and keep what came of it; return their number.

        What cannot be printed now is left to the first send, which says why it cannot.
        """
        documents, printed = documents.sudo().exists(), {}
        isolation.run(documents, lambda part: part._print(printed), self._leave_unprinted)
        try:
            documents._keep(printed)
            self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Somebody changed one of these invoices meanwhile: the others need not be printed again.
            self.env.cr.rollback()
            documents._keep_each(printed)
        return len(documents)

    def _keep_each(self, printed):
        """Keep what was printed of these, each in a transaction of its own; of what others change nothing is kept.

        :param printed: {invoice id: (digest, PDF)}
        """
        for document in self:
            try:
                document.exists()._keep(printed)
                self.env["ir.cron"]._commit_progress()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()

    def _leave_unprinted(self, document, error):
        _logger.info("The document of invoice %s could not be made ahead: %s", document.move_id.id, error)

    def _print(self, printed):
        """Print these documents.

        :param printed: {invoice id: (digest, PDF)}, filled here with what would come out the same again
        """
        sender = self.env["account.move.send"]
        for group, part in self.grouped(lambda one: sender._chasing_print_group(one.move_id)).items():
            # An e-invoice is made as Odoo does it, when it is sent.
            if isinstance(group, tuple):
                printed |= part._printed_by(*group)

    def _printed_by(self, company, report):
        """Return {invoice id: (digest, PDF)} of these invoices of one company, printed by one report."""
        if report.attachment:
            # It would leave on the invoice what it prints.
            return {}
        printer = self.env["ir.actions.report"].sudo().with_company(company)
        ids, kept = self.move_id.ids, {}
        with limited(SECONDS), together(report, ids, kept, processes=1) as documents:
            try:
                # All are printed as soon as one of them is asked for.
                printer._pre_render_qweb_pdf(report.report_name, res_ids=ids[:1])
            except UserError:
                if not documents.is_done:
                    raise
        return kept

    def _keep(self, printed):
        """Keep what was printed of these invoices and has a digest."""
        attachments = []
        for document in self:
            digest, pdf = printed.get(document.move_id.id, (None, None))
            if digest:
                document.digest = digest
                attachments.append({
                    "name": "pdf",
                    "raw": pdf,
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": document.id,
                    "res_field": "pdf",
                })
        no_user_defaults.create(self.env["ir.attachment"], attachments)

    # ------------------------------------------------------------------ the first send

    @api.model
    def _printed(self, moves):
        """Return {move id: (digest, PDF)} of what was printed ahead of these invoices.

        Whoever takes it has to ask whether it would still come out the same, and to forget it then: not before the
        others are printed, since who resets an invoice to draft would wait so long. A PDF whose file is lost is none.
        """
        documents = self.sudo().search([("move_id", "in", moves.ids), ("digest", "!=", False)])
        if not documents:
            return {}
        attachments = documents.env["ir.attachment"].search([
            ("res_model", "=", self._name),
            ("res_id", "in", documents.ids),
            ("res_field", "=", "pdf"),
        ])
        pdfs = {attachment.res_id: attachment.raw for attachment in attachments}
        return {
            document.move_id.id: (document.digest, pdfs[document.id]) for document in documents if pdfs.get(document.id)
        }

    # ------------------------------------------------------------------ what is not wanted any more

    @api.model
    def _forget(self, moves):
        """Forget what was printed of these, and that it was tried."""
        self.sudo().search([("move_id", "in", moves.ids)]).unlink()

    @api.autovacuum
    def _vacuum(self):
        """Delete what nobody took: the invoice was paid, held or sent in another way; return (done, left)."""
        old = self.search([("create_date", "<", clock.now(self.env) - KEPT)], limit=VACUUM_SIZE)
        old.unlink()
        return len(old), self.search_count([("create_date", "<", clock.now(self.env) - KEPT)], limit=1)
