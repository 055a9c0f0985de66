from odoo import fields, models


class ChasingDelivery(models.Model):
    _inherit = "chasing.delivery"

    channel = fields.Selection(selection_add=[("letter", "Letter")], ondelete={"letter": "cascade"})
    letter_id = fields.Many2one("chasing.letter", ondelete="set null", index="btree_not_null")

    def _without_message(self):
        return {**super()._without_message(), "letter_id": False}

    def _awaited_reason(self):
        """Return that a letter waits for a person to print it (R83)."""
        if self.letter_id and self.letter_id._provider_class().is_posted_by_hand:
            return "letter_to_print"
        return super()._awaited_reason()
