from odoo import api, fields, models

from ..models.common.safe_html import SafeHtml


class ChasingText(models.TransientModel):
    """Give one step of one invoice a subject and a text of its own (R70, R77).

    Beside it stands what it says without them.
    """

    _name = "chasing.text"
    _inherit = "chasing.dialog"
    _description = "Custom Text of a Step"

    step_id = fields.Many2one("chasing.step", required=True, readonly=True, ondelete="cascade")
    step_label = fields.Char("What", related="step_id.step_label", related_sudo=False)
    is_written = fields.Boolean(compute="_compute_is_written")
    subject = fields.Char(
        "Custom Subject",
        compute="_compute_from_step",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="If empty, the subject of the template.",
    )
    body = SafeHtml(
        "Custom Text",
        compute="_compute_from_step",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="If empty, the text of the template.",
    )

    @api.depends("step_id")
    def _compute_from_step(self):
        for dialog in self:
            dialog.subject, dialog.body = dialog.step_id.subject, dialog.step_id.body

    @api.depends("step_id")
    def _compute_is_written(self):
        """Tell whether an own text shows: some channels are written by their templates alone."""
        channels = self.env["chasing.channel"]._all()
        for dialog in self:
            dialog.is_written = any(channels[code]._shows_own_text for code in dialog.step_id._channels())

    def action_save(self):
        """Give the step these words."""
        self.ensure_one()
        self.step_id._set_text(self.subject, self.body)
        return {"type": "ir.actions.act_window_close"}

    def action_take_template(self):
        """Let the step say again what its template says."""
        self.ensure_one()
        self.step_id._set_text(False, False)
        return {"type": "ir.actions.act_window_close"}
