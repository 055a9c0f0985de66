from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _chasing_left_by(self, move, data):
        """Leave e-mail out where there was nobody to write to (R86)."""
        methods = super()._chasing_left_by(move, data)
        if data.get("mail_partner_ids") or move.partner_id.email:
            return methods
        return methods - self.env["chasing.channel.email"]._odoo_methods
