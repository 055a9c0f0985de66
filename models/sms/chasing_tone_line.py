from odoo import fields, models


class ChasingToneLine(models.Model):
    _inherit = "chasing.tone.line"

    sms_template_id = fields.Many2one(
        "sms.template",
        "SMS",
        domain="[('model', '=', 'account.move')]",
        ondelete="set null",
        index="btree_not_null",
    )
