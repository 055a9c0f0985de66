from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common import clock
from ..engine import moments


class ChasingStep(models.Model):
    _inherit = "chasing.step"

    @api.model
    def _drop_deleted_references(self, values):
        """Return a snapshot's values without the templates that were deleted since.

        Without its contact role a step would go to others, so that is refused.
        """
        own = {name: value for name, value in values.items() if name in self._fields}
        gone = {
            name
            for name, value in own.items()
            if self._fields[name].type == "many2one" and not self[name].browse(value).exists()
        }
        if "role_id" in gone:
            raise UserError(self.env._("The contact role of one of its former steps was deleted."))
        return {name: value for name, value in own.items() if name not in gone}

    def _reapply_manual_change(self, snapshot):
        """Skip or move this step if a person had done so; a day that has passed is not gone back to.

        :param snapshot: the values of it in what `chasing.schedule._snapshot` returned
        """
        if "left_out" in snapshot:
            self._set_state("skipped", "skipped_by_person", snapshot["left_out"])
        elif "moved_to" in snapshot:
            place = fields.Date.to_date(snapshot["moved_to"]), snapshot["moved_hour"]
            at = moments.instant(*place, self.company_id._chasing_timezone())
            if at >= clock.now(self.env):
                floor_date, floor_hour = place
                self._set_state(
                    "planned", scheduled_at=at, floor_date=floor_date, floor_hour=floor_hour, is_rescheduled=True
                )
