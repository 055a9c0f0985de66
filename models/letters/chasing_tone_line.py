from odoo import fields, models


class ChasingToneLine(models.Model):
    _inherit = "chasing.tone.line"

    letter_template_id = fields.Many2one(
        "mail.template",
        "Letter",
        domain="[('model', '=', 'account.move')]",
        ondelete="set null",
        index="btree_not_null",
    )
