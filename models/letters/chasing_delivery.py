from odoo import fields, models


class ChasingDelivery(models.Model):
    _inherit = "chasing.delivery"

    letter_id = fields.Many2one("chasing.letter", ondelete="set null", index="btree_not_null")

    def _awaited_reason(self):
        """Return that a letter waits for a person to print it (R83)."""
        if self.letter_id and self.letter_id._provider_class().is_posted_by_hand:
            return "letter_to_print"
        return super()._awaited_reason()
