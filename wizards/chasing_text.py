from odoo import api, fields, models

from ..models.common import client_actions
from ..models.common.errors import ChannelRefused
from ..models.common.safe_html import SafeHtml
from ..models.common.wording import reason_text


class ChasingText(models.TransientModel):
    """Give one step of one invoice a subject and a text of its own (R70, R77).

    Beside it stands the message as it would leave with them.
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
    preview_subject = fields.Char("Subject as Sent", compute="_compute_preview")
    preview_body = fields.Html("Message as Sent", compute="_compute_preview", sanitize=False)
    problem = fields.Char(compute="_compute_preview")

    @api.depends("step_id")
    def _compute_from_step(self):
        for dialog in self:
            dialog.subject, dialog.body = dialog.step_id.subject, dialog.step_id.body

    @api.depends("step_id")
    def _compute_is_written(self):
        """Tell whether an own text shows: some channels are written by their templates alone."""
        for dialog in self:
            dialog.is_written = dialog._written_channel() is not None

    def _written_channel(self):
        """Return the first channel of the step that shows an own text, None if there is none."""
        channels, own = self.env["chasing.channel"]._all(), self.step_id._channels() if self.step_id else ()
        return next((channel for code, channel in channels.items() if code in own and channel._shows_own_text), None)

    @api.depends("step_id", "subject", "body")
    @api.depends_context("lang")
    def _compute_preview(self):
        """Show what would leave at the step's instant in the customer's language (R75)."""
        for dialog in self:
            preview = dialog._previewed()
            is_refused = isinstance(preview, ChannelRefused)
            dialog.problem = is_refused and reason_text(self.env, preview.code, {"detail": preview.detail})
            dialog.preview_subject = preview and not is_refused and preview.subject
            dialog.preview_body = preview and not is_refused and preview.body

    def _previewed(self):
        """Return the Preview of the step with these words, the ChannelRefused why there is none, or None."""
        channel = self._written_channel()
        if channel is None or not self.step_id._origin:
            return None
        self.step_id.check_access("read")
        step = self.step_id._origin.sudo()
        [at] = step._shown_at().values()
        written = step.new({"subject": self.subject, "body": self.body}, origin=step)
        return channel._preview(written.with_company(step.company_id), step._usual_lang(), at)

    def action_save(self):
        """Give the step these words."""
        self.ensure_one()
        self.step_id._set_text(self.subject, self.body)
        return client_actions.notification(self.env._("The custom text is saved."))

    def action_take_template(self):
        """Let the step say again what its template says."""
        self.ensure_one()
        self.step_id._set_text(False, False)
        return client_actions.notification(self.env._("The message is written by its template again."))
