from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import sms_segments
from .sms_length import length_text


class SmsTemplate(models.Model):
    _name = "sms.template"
    _inherit = ["sms.template", "chasing.template"]
    _chasing_texts = ("body",)

    chasing_length = fields.Char("Length", compute="_compute_chasing_length")

    @api.depends("body", "model")
    @api.depends_context("lang", "uid", "company")
    def _compute_chasing_length(self):
        """Tell how many SMS the text takes, measured on the newest invoice if there is one."""
        for template in self:
            template.chasing_length = (
                template.model == "account.move" and template.body and template._chasing_length_text()
            )

    def _chasing_sample(self):
        """Return the text as an invoice that has its portal link would have it.

        As it stands where there is none, or while it is half written. What is being typed is run as code only for those
        who may write code into a template.
        """
        move = self.env["account.move"]
        if self.env["sms.template"].has_access("write") and move.has_access("read"):
            domain = [("move_type", "=", "out_invoice"), ("state", "=", "posted"), ("access_token", "!=", False)]
            move = move.search(domain, order="id desc", limit=1)
        if not move:
            return self.body
        # A template's own rendering runs whatever it is given.
        restricted = self.env["mail.render.mixin"]
        try:
            text = sms_segments.plain(restricted._render_template(self.body, "account.move", move.ids)[move.id])
        except UserError:
            return self.body
        return self.env["chasing.message"]._sample_links(text, move)

    def _chasing_length_text(self):
        return length_text(self.env, self._chasing_sample())
