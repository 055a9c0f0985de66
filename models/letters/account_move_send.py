from odoo import api, models

from .snailmail import Snailmail


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _chasing_message_methods(self):
        return super()._chasing_message_methods() | {Snailmail.code}
