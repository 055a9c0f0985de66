from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common import no_user_defaults
from ..common.access import check_collector
from ..common.client_actions import notification
from ..common.wording import counted


class ChasingImportUndo(models.Model):
    """Undo an import: the invoices that it changed get back what they had before, many in the background."""

    _name = "chasing.import.undo"
    _inherit = "chasing.background.job"
    _description = "Import Undone"
    _rec_name = "import_id"
    _order = "id desc"

    import_id = fields.Many2one("chasing.import", required=True, ondelete="cascade", index=True, readonly=True)

    @api.depends("done")
    def _compute_refused_count(self):
        kept = dict(
            self.env["chasing.import.change"]._read_group(
                [("import_id", "in", self.import_id.ids), ("kept_reason", "!=", False)], ["import_id"], ["__count"]
            )
        )
        for undo in self:
            undo.refused_count = kept.get(undo.import_id, 0)

    @api.model
    def _undo(self, record):
        """Undo all that an import changed and that was not undone yet.

        :raises UserError: if there is nothing to undo
        """
        check_collector(self.env)
        if record.state == "undone":
            raise UserError(self.env._("This import was already undone."))
        changes = self.env["chasing.import.change"].search([("import_id", "=", record.id), ("is_undone", "=", False)])
        if not changes:
            raise UserError(self.env._("This import changed no invoice: there is nothing to undo."))
        undo = no_user_defaults.create(
            self.sudo(),
            {
                "import_id": record.id,
                "company_id": record.company_id.id,
                "user_id": self.env.uid,
                "selected": changes.ids,
            },
        )
        record.sudo().write({"state": "undone", "undo_id": undo.id})
        undo._begin()
        return undo

    def _answer(self):
        """Return what the person sees after asking for it."""
        if not self.is_done:
            return True
        kept, failed = self.refused_count, self.end_reason
        one = self.env._("Undone: 1 invoice has what it had before.")
        many = self.env._("Undone: %(count)s invoices have what they had before.")
        text = counted(self.env, self.done - kept, one, many)
        if kept:
            one = self.env._("1 was changed since and keeps what it has.")
            many = self.env._("%(count)s were changed since and keep what they have.")
            text = f"{text} {counted(self.env, kept, one, many)}"
        return notification(failed or text, "warning" if kept or failed else "success")

    def _records(self, ids):
        return self.env["chasing.import.change"].browse(ids)

    def _process(self, records):
        check_collector(records.env)
        # The rows may name any company of whoever imported them.
        user, own = records.env.user, self.company_id
        changes = records.with_context(allowed_company_ids=[*own.ids, *(user.company_ids - own).ids])
        refused = {change: why for change in changes if (why := change.sudo()._changed_since())}
        changes.browse(change.id for change in changes if change not in refused)._restore()
        return refused

    def _note_refused(self, refused):
        for change, why in refused.items():
            change.sudo().kept_reason = why
