from odoo import fields, models


class ChasingStep(models.Model):
    _inherit = "chasing.step"

    # The server for which it waits, as long as it has `waits_until`.
    mail_server_id = fields.Many2one(
        "ir.mail_server", readonly=True, ondelete="set null", index="btree_not_null", groups="base.group_system"
    )
