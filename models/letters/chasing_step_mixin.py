from odoo import fields, models


class ChasingStepMixin(models.AbstractModel):
    _inherit = "chasing.step.mixin"

    channel_letter = fields.Boolean("Letter")
    letter_template_id = fields.Many2one(
        "mail.template",
        domain="[('model', '=', 'account.move')]",
        ondelete="set null",
        index="btree_not_null",
        help="If empty, chosen by the invoice's status when sent.",
    )
