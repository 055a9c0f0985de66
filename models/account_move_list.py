from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .account_move import READERS
from .chasing_schedule_columns import LIGHTS

# column of the invoice -> column of its schedule
COLUMNS = {"chasing_light": "light", "chasing_next_day": "local_day"}


class AccountMove(models.Model):
    """What Odoo's invoice list shows of the chasing beside status, next send and cadence (R93)."""

    _inherit = "account.move"

    chasing_light = fields.Selection(
        LIGHTS,
        "Last Message",
        compute="_compute_chasing_light",
        compute_sudo=True,
        search="_search_chasing_light",
        groups=READERS,
    )
    chasing_next_day = fields.Date(
        "Day of Next Send",
        compute="_compute_chasing_next_day",
        compute_sudo=True,
        search="_search_chasing_next_day",
        groups=READERS,
    )

    @api.depends("chasing_schedule_ids.light")
    def _compute_chasing_light(self):
        for move in self:
            move.chasing_light = move.chasing_schedule_id.light

    @api.depends("chasing_schedule_ids.local_day")
    def _compute_chasing_next_day(self):
        for move in self:
            move.chasing_next_day = move.chasing_schedule_id.local_day

    def _search_chasing_light(self, operator, value):
        return self._search_chasing_column("light", operator, value)

    def _search_chasing_next_day(self, operator, value):
        return self._search_chasing_column("local_day", operator, value)

    def _search_chasing_column(self, column, operator, value):
        found = Domain("chasing_schedule_ids", "any!", Domain(column, operator, value))
        return found | Domain("chasing_schedule_ids", "=", False) if operator == "in" and False in value else found

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        if field_expr not in COLUMNS or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        schedule = query.left_join(alias, "id", "chasing_schedule", "move_id", "chasing")
        return self.env["chasing.schedule"]._field_to_sql(schedule, COLUMNS[field_expr], query)
