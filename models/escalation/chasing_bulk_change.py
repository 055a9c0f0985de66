from odoo import api, models

from ..actions.chasing_bulk_change import PLACE, STANDING


class ChasingBulkChange(models.Model):
    """Let write-offs and what was sent to collections be undone (R41)."""

    _inherit = "chasing.bulk.change"

    @api.model
    def _noted_fields(self, act):
        if act == "write_off":
            return (*STANDING, "write_off_move_id"), PLACE
        return (STANDING, PLACE) if act == "collections" else super()._noted_fields(act)

    def _undo_methods(self):
        return {
            **super()._undo_methods(),
            "write_off": self._undo_write_off,
            "collections": self._take_from_collections,
        }

    def _undo_write_off(self):
        """Reverse what was booked, with the rights of whoever undoes it, and let chasing go on."""
        self.schedule_id.sudo(False).action_take_back_write_off()
        self._restart("written_off")

    def _take_from_collections(self):
        """Let chasing go on; a dossier that was made stays with the invoice."""
        self.schedule_id.is_dossier_wanted = False
        self._restart("collections")
