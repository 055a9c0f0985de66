import pytz

from odoo import SUPERUSER_ID, api, models

from .known_selection import KnownSelection
from .user_groups import INTERNAL_USERS


class ResCompany(models.Model):
    _inherit = "res.company"

    chasing_tz = KnownSelection(
        "_tz_get",
        "Chasing Time Zone",
        groups=INTERNAL_USERS,
        help="Time zone of the send times of steps. If empty, the time zone of the company's working hours.",
    )

    @api.model
    def _tz_get(self):
        return [(name, name) for name in sorted(pytz.common_timezones)]

    def _chasing_timezone(self):
        """Return the name of the zone that gives this company's steps their hour.

        It is the company's own choice, its working hours', or UTC.
        """
        self.ensure_one()
        # A branch goes by the cadences of its parent, which its people need not be able to read.
        company = self.sudo()
        return company.chasing_tz or company.resource_calendar_id.tz or "UTC"

    def _chasing_managers(self):
        """Return the people who decide about this company's chasing."""
        self.ensure_one()
        return (
            self.env.ref("invoice_chasing.group_manager")
            .sudo()
            .all_user_ids.filtered(lambda user: self in user.company_ids and user.id != SUPERUSER_ID)
        )

    def _chasing_is_collector(self, user):
        """Tell whether a user may chase this company's invoices."""
        self.ensure_one()
        allowed = user.active and user.id != SUPERUSER_ID and self in user.company_ids
        return allowed and user.has_group("invoice_chasing.group_user")

    def _chasing_is_colleague(self, user):
        """Tell whether a user is one of the people of this company or of one above it.

        In their name its messages may leave.
        """
        self.ensure_one()
        user = user.sudo()
        internal = user.active and not user.share and user.id != SUPERUSER_ID
        return internal and bool(user.company_ids & self.sudo().parent_ids)
