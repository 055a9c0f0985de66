from odoo import api, fields, models
from odoo.fields import Domain

from ..common.user_groups import READER_GROUPS
from ..engine.states import STATUSES
from .chasing_schedule import LIGHTS

# column of the invoice -> column of its schedule
MIRRORS = {
    "chasing_schedule_id": "id",
    "chasing_status": "status",
    "chasing_next_at": "next_at",
    "chasing_cadence_id": "cadence_id",
    "chasing_light": "light",
    "chasing_next_day": "local_day",
}


class AccountMove(models.Model):
    """The invoice's schedule and what Odoo's invoice list shows of it: not stored, and searched, sorted and grouped all
    the same (R93)."""

    _inherit = "account.move"

    chasing_schedule_id = fields.Many2one(
        "chasing.schedule",
        "Chasing",
        compute="_compute_chasing",
        compute_sudo=True,
        search="_search_chasing_schedule_id",
        groups=READER_GROUPS,
    )
    chasing_status = fields.Selection(
        list(STATUSES.items()),
        compute="_compute_chasing",
        compute_sudo=True,
        search="_search_chasing_status",
        groups=READER_GROUPS,
    )
    chasing_next_at = fields.Datetime(
        "Next Send",
        compute="_compute_chasing",
        compute_sudo=True,
        search="_search_chasing_next_at",
        groups=READER_GROUPS,
    )
    chasing_cadence_id = fields.Many2one(
        "chasing.cadence",
        "Cadence",
        compute="_compute_chasing",
        compute_sudo=True,
        search="_search_chasing_cadence_id",
        groups=READER_GROUPS,
    )
    chasing_light = fields.Selection(
        LIGHTS,
        "Last Message",
        compute="_compute_chasing_light",
        compute_sudo=True,
        search="_search_chasing_light",
        groups=READER_GROUPS,
    )
    chasing_next_day = fields.Date(
        "Day of Next Send",
        compute="_compute_chasing_next_day",
        compute_sudo=True,
        search="_search_chasing_next_day",
        groups=READER_GROUPS,
    )

    @api.depends(
        "chasing_schedule_ids.status",
        "chasing_schedule_ids.next_at",
        "chasing_schedule_ids.cadence_id",
    )
    def _compute_chasing(self):
        # one query for all of them: a slice of each one's line-up would read them one by one
        found = self.env["chasing.schedule"].search_fetch(
            [("move_id", "in", self._origin.ids)], ["move_id", "status", "next_at", "cadence_id"], order="id"
        )
        # to work out what is pending may delete the activity of one that was reopened, and that empties the cache of
        # what is assigned here
        found.mapped("status")
        schedules, none = found.grouped("move_id"), found.browse()
        for move in self:
            schedule = schedules.get(move._origin, none)
            move.chasing_schedule_id = schedule
            move.chasing_status = schedule.status
            move.chasing_next_at = schedule.next_at
            move.chasing_cadence_id = schedule.cadence_id

    @api.depends("chasing_schedule_ids.light")
    def _compute_chasing_light(self):
        for move in self:
            move.chasing_light = move.chasing_schedule_id.light

    @api.depends("chasing_schedule_ids.local_day")
    def _compute_chasing_next_day(self):
        for move in self:
            move.chasing_next_day = move.chasing_schedule_id.local_day

    def _search_mirror(self, name, operator, value):
        # unlike what is stored, nobody asks whether a computed field may be searched by
        self._check_field_access(self._fields[name], "read")
        if operator.startswith("not "):
            return NotImplemented
        column = MIRRORS[name]
        found = Domain("chasing_schedule_ids", "any!", Domain(column, operator, value))
        return found | Domain("chasing_schedule_ids", "=", False) if operator == "in" and False in value else found

    def _search_chasing_schedule_id(self, operator, value):
        return self._search_mirror("chasing_schedule_id", operator, value)

    def _search_chasing_status(self, operator, value):
        return self._search_mirror("chasing_status", operator, value)

    def _search_chasing_cadence_id(self, operator, value):
        return self._search_mirror("chasing_cadence_id", operator, value)

    def _search_chasing_next_at(self, operator, value):
        return self._search_mirror("chasing_next_at", operator, value)

    def _search_chasing_light(self, operator, value):
        return self._search_mirror("chasing_light", operator, value)

    def _search_chasing_next_day(self, operator, value):
        return self._search_mirror("chasing_next_day", operator, value)

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr not in MIRRORS or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        schedule = query.left_join(alias, "id", "chasing_schedule", "move_id", "chasing")
        return self.env["chasing.schedule"]._field_to_sql(schedule, MIRRORS[field_expr], query)
