from odoo import fields, models


class ChasingDelivery(models.Model):
    _inherit = "chasing.delivery"

    channel = fields.Selection(selection_add=[("sms", "SMS")], ondelete={"sms": "cascade"})
