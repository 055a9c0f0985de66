from odoo import fields, models


class ChasingStepMixin(models.AbstractModel):
    _inherit = "chasing.step.mixin"

    channel_email = fields.Boolean("E-mail", default=True)
    email_template_id = fields.Many2one(
        "mail.template",
        "E-mail Template",
        domain="[('model', '=', 'account.move')]",
        ondelete="set null",
        index="btree_not_null",
        help="If empty, what the tone says on the day it is sent.",
    )
