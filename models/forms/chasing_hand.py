from odoo import api, models

# Fields of a step that hold several records: they are read by their ids, of a step that is saved nowhere as well.
SEVERAL = ("to_ids", "attachment_ids")


class ChasingHand(models.AbstractModel):
    """Tell of a message whom it would reach before it is made (R102b)."""

    _inherit = "chasing.hand"

    @api.model
    def _drafts(self, moves, words):
        """Return {invoice: the step that a message about it would be}, saved nowhere, with all rights.

        :param words: {field of `chasing.step`: value}, as `_make` takes them
        """
        said = {name: value for name, value in words.items() if name not in SEVERAL}
        drafts = {}
        for company, group in moves.sudo().grouped("company_id").items():
            steps = self.env["chasing.step"].sudo().with_company(company)
            for move in group.with_company(company):
                is_copy = bool(move._chasing_closure()) and move.state == "posted"
                draft = steps.new({
                    "schedule_id": move.chasing_schedule_ids or self._blank_schedule(move),
                    "trigger": "on_date",
                    "mode": "auto",
                    "state": "planned",
                    "is_by_hand": True,
                    "is_copy": is_copy,
                    **said,
                })
                for name in SEVERAL:
                    # Who reads a new record's records gets new ones, which no address book knows.
                    draft._fields[name]._update_cache(draft, tuple(words.get(name) or ()))
                drafts[move] = draft
        return drafts

    def _blank_schedule(self, move):
        return self.env["chasing.schedule"].sudo().new({"move_id": move.id, "company_id": move.company_id.id})
