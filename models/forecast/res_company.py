from odoo import fields, models
from odoo.tools import SQL

from ..common.user_groups import INTERNAL_USERS

TERMS = {"chasing_window_from", "chasing_window_to", "chasing_catchup_days", "chasing_partial_days"}


class ResCompany(models.Model):
    _inherit = "res.company"

    # Whether something changed that all its messages depend on, and not all of its schedules are marked yet.
    chasing_is_outdated = fields.Boolean(groups=INTERNAL_USERS, readonly=True, copy=False)

    def write(self, vals):
        """Predict and foretell again after a change of what all messages of a company depend on (R96).

        That is what it lacks for a channel, or lacks no longer, its hours, and its wait after a part payment.
        """
        result = super().write(vals)
        channels = self.env["chasing.channel"]
        if not vals.keys().isdisjoint(
            name for channel in channels._all().values() for name in channel._company_fields()
        ):
            channels._availability_changed(self)
        if not TERMS.isdisjoint(vals):
            self.env["chasing.prediction"]._company_changed(self)
        return result

    def _chasing_zone_changed(self):
        super()._chasing_zone_changed()
        self.env["chasing.prediction"]._company_changed(self)

    def _chasing_outdate(self):
        """Note that all that these companies send is to be marked.

        It is written also where it is noted already: who is done with the marking at this moment is to see it.
        """
        self.env.execute_query(
            SQL("UPDATE res_company SET chasing_is_outdated = TRUE WHERE id = ANY(%s) RETURNING id", self.ids)
        )
        self.invalidate_recordset(["chasing_is_outdated"])
