from odoo import fields, models


class ChasingStepMixin(models.AbstractModel):
    _inherit = "chasing.step.mixin"

    channel_letter = fields.Boolean("Letter")
    letter_template_id = fields.Many2one(
        "mail.template",
        domain="[('model', '=', 'account.move')]",
        ondelete="set null",
        index="btree_not_null",
        help="If empty, what the tone says on the day it is sent.",
    )
