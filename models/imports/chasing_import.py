import base64
import logging
from collections import Counter
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL
from odoo.tools.misc import split_every

from ..common import batches, bulk_sql, client_actions, formats
from ..common.wording import counted
from ..engine import import_cells
from ..sheets.cells import Unreadable
from . import import_sheet

STATES = [
    ("draft", "New"),
    ("checked", "Checked"),
    ("running", "Running"),
    ("done", "Done"),
    ("undone", "Undone"),
]
# What people fill in; the rest is the import's own.
FILLED_IN = {"file", "file_name", "company_id", "overwrite", "send_on_issue"}
# The values of an import that was not checked yet.
UNCHECKED_VALUES = {
    "state": "draft",
    "user_id": False,
    "source_text": False,
    "mapping_text": False,
    "error_file": False,
    "is_corrected": False,
}
LINE_COLUMNS = ("import_id", "row", *import_cells.HEADINGS, "verdict", "message", "is_done", "is_old")
# So many rows are imported while the user waits, more in the background.
INLINE_LIMIT = 1000
BATCH_SIZE = 2000
KEPT_DAYS = 30

_logger = logging.getLogger(__name__)


class ChasingImport(models.Model):
    """An import of assignments from a spreadsheet (R53).

    A file is checked without changing anything, and every row gets a verdict; then it is imported, at once or in the
    background, batch by batch, and what was interrupted goes on where it stopped. Imports are kept for a month, so that
    a long one can be left and found again.
    """

    _name = "chasing.import"
    _inherit = ["chasing.owned"]
    _description = "Import of Chasing Assignments"
    _rec_name = "file_name"
    _order = "id desc"

    file = fields.Binary("Spreadsheet", required=True, help="xlsx, xls, ods or csv, at most 25 MB and 100,000 rows.")
    file_name = fields.Char()
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    overwrite = fields.Boolean(
        help="Also replace schedules that were edited on the invoice or of which messages were sent."
    )
    send_on_issue = fields.Boolean("Also Send the Original Invoice")

    state = fields.Selection(STATES, required=True, default="draft", readonly=True)
    user_id = fields.Many2one("res.users", "Started By", readonly=True)
    source_text = fields.Char("Read As", readonly=True)
    mapping_text = fields.Text("Columns", readonly=True)
    line_ids = fields.One2many("chasing.import.line", "import_id", "Rows", readonly=True)
    error_ids = fields.One2many(
        "chasing.import.line", "import_id", "Rows with Problems", domain=[("verdict", "=", "error")], readonly=True
    )
    is_corrected = fields.Boolean(readonly=True, help="Rows were corrected here: they are no longer as in the file.")
    row_count = fields.Integer("All Rows", compute="_compute_counts")
    ok_count = fields.Integer("Rows to Import", compute="_compute_counts")
    pending_count = fields.Integer("To Import", compute="_compute_counts")
    imported_count = fields.Integer("Imported", compute="_compute_counts")
    undone_count = fields.Integer("Rows Undone", compute="_compute_counts")
    unchanged_count = fields.Integer("Unchanged Rows", compute="_compute_counts")
    error_count = fields.Integer("Rows with Errors", compute="_compute_counts")
    old_count = fields.Integer("Older Invoices", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts")
    error_file = fields.Binary(readonly=True)
    change_ids = fields.One2many("chasing.import.change", "import_id", "Changed Invoices", readonly=True)
    kept_ids = fields.One2many(
        "chasing.import.change", "import_id", "Not Undone", domain=[("kept_reason", "!=", False)], readonly=True
    )
    change_count = fields.Integer("Invoices Changed", compute="_compute_change_count")
    undo_id = fields.Many2one("chasing.import.undo", ondelete="set null", readonly=True)
    undone_by_id = fields.Many2one(related="undo_id.user_id", string="Undone By")
    undone_at = fields.Datetime(related="undo_id.asked_at", string="Undone")
    undo_progress = fields.Integer("Undo Progress", related="undo_id.progress")
    undo_end_reason = fields.Char(related="undo_id.end_reason")
    kept_count = fields.Integer("Invoices Not Undone", related="undo_id.refused_count")
    is_undoing = fields.Boolean(compute="_compute_is_undoing")

    @api.depends("line_ids.verdict", "line_ids.is_done", "line_ids.is_undone")
    def _compute_counts(self):
        facts = ["import_id", "verdict", "is_done", "is_undone", "is_old"]
        lines = self.env["chasing.import.line"]._read_group([("import_id", "in", self.ids)], facts, ["__count"])
        for record in self:
            counts = Counter()
            for owner, verdict, is_done, is_undone, is_old, count in lines:
                if owner == record._origin:
                    is_ok = verdict == "ok"
                    place = "pending" if not is_done else "undone" if is_undone else "imported"
                    counts.update({
                        "row": count,
                        verdict: count,
                        "done": count * is_done,
                        "old": count * (is_ok and is_old),
                    })
                    counts.update({place: count * is_ok})
            for word in ("row", "ok", "unchanged", "error", "old", "pending", "imported", "undone"):
                record[f"{word}_count"] = counts[word]
            record.progress = 100 * counts["done"] / record.row_count if record.row_count else 0

    @api.depends("change_ids.is_undone")
    def _compute_change_count(self):
        """Count the invoices that have something from it which can be undone."""
        counts = dict(
            self.env["chasing.import.change"]._read_group(
                [("import_id", "in", self.ids), ("is_undone", "=", False)], ["import_id"], ["__count"]
            )
        )
        for record in self:
            record.change_count = counts.get(record, 0)

    @api.depends("undo_id.is_done")
    def _compute_is_undoing(self):
        for record in self:
            record.is_undoing = record.undo_id and not record.undo_id.is_done

    # ------------------------------------------------------------------ what people fill in

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_filled_in(vals)
        # What is left out the client could fill with defaults of its own.
        return super().create([{**UNCHECKED_VALUES, **vals} for vals in vals_list])

    def write(self, vals):
        """Have what is filled in anew checked anew; while an import runs, refuse it."""
        self._check_filled_in(vals)
        if FILLED_IN.intersection(vals):
            self._check_not_running()
        result = super().write(vals)
        if not (FILLED_IN - {"send_on_issue"}).isdisjoint(vals):
            self._drop_rows()
        return result

    def copy_data(self, default=None):
        raise UserError(self.env._("An import cannot be duplicated. Create a new one and choose its file."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_running(self):
        self._check_not_running()

    def _check_filled_in(self, vals):
        """Refuse values that are not the client's to say: who an import runs as, and how far it is."""
        if not self.env.su and not FILLED_IN.issuperset(vals):
            raise AccessError(self.env._("Only the file of an import can be set."))

    def _check_not_running(self):
        if any(record.state == "running" for record in self):
            raise UserError(self.env._("This import is running. Wait until it is done."))
        if any(record.is_undoing for record in self):
            raise UserError(self.env._("This import is being undone. Wait until that is done."))

    def _drop_rows(self):
        """Delete the rows: the file is to be read anew."""
        self.env.flush_all()
        self.env.execute_query(SQL("DELETE FROM chasing_import_line WHERE import_id = ANY(%s) RETURNING id", self.ids))
        self.env["chasing.import.line"].invalidate_model(flush=False)
        self.invalidate_recordset(["line_ids"], flush=False)
        self.sudo().write(UNCHECKED_VALUES)

    # ------------------------------------------------------------------ buttons

    def action_check(self):
        """Read the file and say of every row what importing it would do; nothing is changed.

        Once rows were corrected here, they count and not the file's.
        """
        self.ensure_one()
        self._claim()
        if self.is_corrected:
            self.line_ids.sudo()._reopen()
        else:
            self._read_file()
        self._pending()._in_batches(lambda lines: lines._note(lines._judge_all()))
        self.sudo().state = "checked"
        return True

    def action_import(self):
        """Do what the rows say, after checking them; many in the background.

        Where none can be imported, that is said and nothing is done.
        """
        self.ensure_one()
        self._claim()
        if self.state != "checked" or not self.pending_count:
            self.action_check()
        if not self.pending_count:
            text = self.env._("Nothing was imported. %(counts)s", counts=self._counts_text())
            return client_actions.notification(text, "warning")
        self.sudo().write({"state": "running", "user_id": self.env.user.id})
        if self.row_count > INLINE_LIMIT:
            self.env.ref("invoice_chasing.ir_cron_import")._trigger()
            return True
        self._pending()._in_batches(lambda lines: lines._import())
        self.sudo().state = "done"
        undo = client_actions.call_button(self.env._("Undo"), self, "action_undo")
        kind = "warning" if self.error_count else "success"
        buttons = [undo] if self.change_count else ()
        return client_actions.notification(self._counts_text(), kind, stays=bool(buttons), buttons=buttons)

    def action_undo(self):
        """Give the invoices that this import changed what they had before; what was sent stays sent."""
        self.ensure_one()
        self._claim()
        return self.env["chasing.import.undo"]._undo(self)._answer()

    def _counts_text(self):
        """Return how many rows were imported, are unchanged and have a problem."""
        imported = counted(
            self.env, self.imported_count, self.env._("1 row imported"), self.env._("%(count)s rows imported")
        )
        number = partial(formats.number, self.env)
        return self.env._(
            "%(imported)s, %(unchanged)s unchanged, %(errors)s with problems.",
            imported=imported,
            unchanged=number(self.unchanged_count),
            errors=number(self.error_count),
        )

    def _claim(self):
        """Lock the import, so that nobody else works on it at the same time.

        :raises UserError: if somebody does already
        """
        self.check_access("write")
        self._check_not_running()
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(self.env._("This import is being processed. Try again in a moment.")) from error

    def action_download_errors(self):
        """Download the rows that failed as a spreadsheet of the same form, each with its reason."""
        self.ensure_one()
        self.check_access("read")
        if not self.error_count:
            raise UserError(self.env._("No row failed."))
        failed = self.env["chasing.import.line"].search_fetch(
            [("import_id", "=", self.id), ("verdict", "=", "error")], [*import_cells.HEADINGS, "message"], order="row"
        )
        self.sudo().error_file = base64.b64encode(import_sheet.errors(self.env, failed))
        name = self.env._("errors.xlsx")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/chasing.import/{self.id}/error_file/{name}?download=true",
            "target": "download",
        }

    def action_refresh(self):
        """Look again how far it is."""
        self.check_access("read")
        return True

    def _read_file(self):
        """Turn the file into rows without a verdict; those that cannot be understood get theirs at once."""
        self._drop_rows()
        with import_sheet.refusal(self.env):
            file = self.with_context(bin_size=False).file
            if not file:
                raise Unreadable("no_file")
            sheet = import_sheet.ImportSheet(self.env, base64.b64decode(file), self.file_name or "")
            if not self._insert_rows(sheet):
                raise Unreadable("no_rows")
        self.sudo().write({"source_text": sheet.source_text(), "mapping_text": sheet.mapping_text()})

    def _insert_rows(self, sheet):
        """Insert the rows of a sheet; return their number."""
        count, reader = 0, import_sheet.RowReader(self._lines().env, self.company_id)
        for rows in split_every(BATCH_SIZE, sheet.rows()):
            values = [(self.id, *reader.row_values(row, cells), False) for row, cells in rows]
            count += len(bulk_sql.insert(self.env["chasing.import.line"], LINE_COLUMNS, values))
        return count

    # ------------------------------------------------------------------ working

    def _lines(self):
        """Return the model of the rows, as the user who started it sees them."""
        self.ensure_one()
        user = self.user_id if self.state == "running" else self.env.user
        if not user.active and not user._is_superuser():
            raise AccessError(self.env._("%(user)s is no longer active.", user=user.name or ""))
        others = (user.company_ids - self.company_id).ids
        return (
            self.env["chasing.import.line"]
            .with_user(user)
            .with_context(allowed_company_ids=[self.company_id.id, *others], lang=user.lang)
        )

    def _pending(self, limit=None):
        """Return the first rows still to be judged or imported, as the user who started it sees them."""
        return self._lines().search(self._domain_of_pending(), order="row", limit=limit)

    def _domain_of_pending(self):
        return [("import_id", "=", self.id), ("is_done", "=", False)]

    @api.model
    def _cron_import(self):
        """Go on with what runs, batch by batch, each in a transaction of its own."""
        for record in self.search([("state", "=", "running")], order="id"):
            ending = batches.run(self.env, record._lock_running, lambda record: record._advance(), self._count_pending)
            if not ending.is_complete:
                self.env.ref("invoice_chasing.ir_cron_import")._trigger()
            if not ending.has_time:
                return

    def _lock_running(self):
        """Lock this import and return it; empty if it does not run, or somebody else works on it."""
        return self.try_lock_for_update(allow_referencing=True).filtered(lambda record: record.state == "running")

    @api.model
    def _count_pending(self):
        lines = self.env["chasing.import.line"].sudo()
        return lines.search_count([("import_id.state", "=", "running"), ("is_done", "=", False)])

    def _advance(self):
        """Import the next batch and return the number of its rows; what goes wrong ends this import and no other."""
        try:
            lines = self._pending(BATCH_SIZE)
            lines._import()
            all_lines = self.env["chasing.import.line"].sudo()
            left = all_lines.search_count(self._domain_of_pending(), limit=1)
            if left and not lines:
                raise AccessError(self.env._("You do not have access to the rows of this import."))
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Somebody changed one of these invoices meanwhile: the same rows are tried again.
            raise
        except AccessError as error:
            _logger.info("Import %s goes no further: %s", self.id, error)
            return self._give_up(import_cells.RowProblem("not_allowed", user=self.user_id.name or ""))
        except Exception:
            _logger.exception("Import %s goes no further", self.id)
            return self._give_up(import_cells.RowProblem("stopped"))
        if not left:
            self._finish()
        self.env.invalidate_all()
        return len(lines)

    def _give_up(self, problem):
        """Undo the batch and finish, with this problem on every row that is left; return their number."""
        self.env.cr.rollback()
        lines = self.env["chasing.import.line"].sudo().with_context(lang=self.user_id.lang)
        reason = import_sheet.problem_text(lines.env, problem)
        left = lines.search(self._domain_of_pending())
        left.write({"verdict": "error", "message": reason, "is_done": True})
        self._finish(reason)
        return len(left)

    def _finish(self, reason=""):
        """Tell who started it what came of it, and the reason why it ended early if it did."""
        record = self.with_context(lang=self.user_id.lang)
        record.state = "done"
        text = f"{record.file_name or ''}: {record._counts_text()}"
        record.user_id._bus_send(
            "simple_notification",
            {
                "type": "warning" if record.error_count else "success",
                "title": record.env._("Assignments imported"),
                "message": f"{text} {reason}".strip(),
            },
        )

    @api.autovacuum
    def _gc_imports(self):
        """Delete imports that are older than a month."""
        day = fields.Datetime.now() - timedelta(KEPT_DAYS)
        old = self.search([("create_date", "<", day), ("state", "!=", "running")], limit=100)
        old._drop_rows()
        old.unlink()
        return len(old), len(old) == 100
