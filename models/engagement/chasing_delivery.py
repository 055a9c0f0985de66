from odoo import fields, models


class ChasingDelivery(models.Model):
    _inherit = "chasing.delivery"

    link_ids = fields.One2many("chasing.link", "delivery_id", "Links", readonly=True)
