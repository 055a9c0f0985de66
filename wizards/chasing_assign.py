from odoo import api, fields, models
from odoo.exceptions import UserError


class ChasingAssign(models.TransientModel):
    """Give one or many invoices a cadence, after saying what that sends (R46, R52)."""

    _name = "chasing.assign"
    _inherit = "chasing.dialog"
    _description = "Choose a Cadence"

    move_ids = fields.Many2many("account.move", required=True, readonly=True, default=lambda self: self._selected())
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    cadence_id = fields.Many2one(
        "chasing.cadence",
        required=True,
        default=lambda self: self._proposed_cadence(),
        domain="[('company_id', 'parent_of', company_id)]",
    )
    invoice_count = fields.Integer(compute="_compute_preview")
    left_count = fields.Integer(compute="_compute_preview")
    old_count = fields.Integer(compute="_compute_preview")
    preview = fields.Char(compute="_compute_preview")
    send_on_issue = fields.Boolean("Also Send the On-Issue Message")

    @api.model
    def _selected(self):
        if self.env.context.get("active_model") == "account.move":
            return self.env["account.move"].browse(self.env.context.get("active_ids"))
        return self.env["account.move"]

    @api.model
    def _proposed_cadence(self):
        """The default cadence of the invoices' company, else the first one it may use."""
        moves = self.env["account.move"].browse(self.env.context.get("default_move_ids")) or self._selected()
        company = moves.company_id[:1] or self.env.company
        usable = self.env["chasing.cadence"].search([("company_id", "parent_of", company.ids)])
        return usable.filtered("is_default")[:1] or usable[:1]

    @api.depends("move_ids")
    def _compute_company_id(self):
        """The one company whose cadences can be chosen."""
        for dialog in self:
            dialog.company_id = dialog.move_ids.company_id[:1] or self.env.company

    def _chaseable(self):
        """Those of the invoices that can be chased."""
        return self.move_ids._origin.sudo().filtered(
            lambda move: move._chasing_is_chaseable() and not move._chasing_is_closed()
        ).sudo(False)

    @api.depends("move_ids", "cadence_id", "send_on_issue")
    @api.depends_context("lang")
    def _compute_preview(self):
        for dialog in self:
            dialog.move_ids._origin.check_access("read")
            moves = dialog._chaseable()
            dialog.invoice_count = len(moves)
            dialog.left_count = len(dialog.move_ids) - len(moves)
            dialog.old_count = len(
                moves.filtered(lambda move: move.company_id._chasing_is_before_start(move.invoice_date))
            )
            forecast = self.env["chasing.forecast"]
            outlooks = dialog.cadence_id and forecast._of_assignment(moves, dialog.cadence_id, dialog.send_on_issue)
            dialog.preview = forecast._summary(outlooks, dialog.company_id._chasing_timezone())

    def action_assign(self):
        """Apply the cadence."""
        self.ensure_one()
        if len(self.move_ids.company_id) > 1:
            raise UserError(self.env._("These invoices belong to several companies. Choose those of one company."))
        if not self.invoice_count:
            raise UserError(
                self.env._("None of these can be chased. Choose customer invoices that are open or drafts.")
            )
        self.move_ids.company_id._chasing_check_usable(self.cadence_id)
        self.move_ids._chasing_assign(self.cadence_id, send_on_issue=self.send_on_issue)
        return {"type": "ir.actions.act_window_close"}
