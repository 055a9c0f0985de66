from odoo import api, fields, models


class ChasingDelivery(models.Model):
    _inherit = "chasing.delivery"

    channel = fields.Selection(selection_add=[("letter", "Letter")], ondelete={"letter": "cascade"})
    letter_id = fields.Many2one("chasing.letter", ondelete="set null", index="btree_not_null")

    def _without_message(self):
        return {**super()._without_message(), "letter_id": False}

    def _awaited_reason(self):
        """Return that a letter waits for a person to print or to post it (R83)."""
        reasons = {"to_print": "letter_to_print", "to_post": "letter_to_post"}
        return reasons.get(self._progress()) or super()._awaited_reason()

    @api.depends("letter_id.state", "letter_id.printed_at")
    def _compute_shown_state(self):
        return super()._compute_shown_state()

    def _progress(self):
        letter = self.letter_id
        if letter and letter._provider_class().is_posted_by_hand:
            return "to_post" if letter.printed_at else "to_print"
        return "sending" if letter.state == "sending" else super()._progress()
