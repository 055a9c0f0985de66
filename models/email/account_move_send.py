from dataclasses import dataclass

from odoo import api, models

from ..common import trusted_context


@dataclass
class Copies:
    """Hold who else gets an invoice that Odoo itself sends, until the e-mail that takes them along is made."""

    cc: str
    partner_ids: set


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_default_sending_settings(self, move, from_cron=False, **custom_settings):
        """Keep the copies that a person named: Odoo forgets what it does not know."""
        settings = super()._get_default_sending_settings(move, from_cron=from_cron, **custom_settings)
        return {**settings, "chasing_cc": custom_settings.get("chasing_cc")}

    @api.model
    def _get_mail_params(self, move, move_data):
        params = super()._get_mail_params(move, move_data)
        return {**params, "chasing_cc": move_data.get("chasing_cc")} if params else params

    @api.model
    def _send_mail(self, move, mail_template, **kwargs):
        """Send an invoice by e-mail, its copies with the customer's."""
        if cc := kwargs.pop("chasing_cc", None):
            copies = Copies(cc, set(kwargs.get("partner_ids") or ()))
            move = trusted_context.put(move, chasing_copies=copies)
        return super()._send_mail(move, mail_template, **kwargs)

    @api.model
    def _chasing_left_by(self, move, data):
        """Leave e-mail out where there was nobody to write to (R86)."""
        methods = super()._chasing_left_by(move, data)
        if data.get("mail_partner_ids") or move.partner_id.email:
            return methods
        return methods - self.env["chasing.channel.email"]._odoo_methods
