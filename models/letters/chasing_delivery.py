from odoo import fields, models


class ChasingDelivery(models.Model):
    _inherit = "chasing.delivery"

    letter_id = fields.Many2one("chasing.letter", ondelete="set null", index="btree_not_null")
