from odoo import api, fields, models
from odoo.fields import Domain

from ..common.sql_fields import OneToOne
from ..common.user_groups import READER_GROUPS


class AccountMove(models.Model):
    """Show the invoice's schedule in Odoo's invoice list.

    It is not stored there, and searched, sorted and grouped all the same (R93).
    """

    _inherit = "account.move"

    chasing_schedule_id = OneToOne(
        "chasing.schedule",
        "Chasing",
        column="move_id",
        compute="_compute_chasing_schedule_id",
        compute_sudo=True,
        search="_search_chasing_schedule_id",
        groups=READER_GROUPS,
    )
    # The dependencies go along the relation that is stored: along the computed one, each change would be searched for.
    chasing_status = fields.Selection(
        related="chasing_schedule_id.status",
        string="Chasing Status",
        depends=["chasing_schedule_ids.status"],
        groups=READER_GROUPS,
    )
    chasing_next_at = fields.Datetime(
        related="chasing_schedule_id.next_at",
        string="Next Send",
        depends=["chasing_schedule_ids.next_at"],
        groups=READER_GROUPS,
    )
    chasing_cadence_id = fields.Many2one(
        related="chasing_schedule_id.cadence_id",
        string="Cadence",
        depends=["chasing_schedule_ids.cadence_id"],
        groups=READER_GROUPS,
    )
    chasing_light = fields.Selection(
        related="chasing_schedule_id.light",
        string="Delivery",
        depends=["chasing_schedule_ids.light"],
        groups=READER_GROUPS,
    )
    chasing_next_day = fields.Date(
        related="chasing_schedule_id.local_day",
        string="Day of Next Send",
        depends=["chasing_schedule_ids.local_day"],
        groups=READER_GROUPS,
    )

    @api.depends(
        "chasing_schedule_ids.status",
        "chasing_schedule_ids.next_at",
        "chasing_schedule_ids.cadence_id",
    )
    def _compute_chasing_schedule_id(self):
        # One query reads them for all invoices: a slice of each invoice's schedules would read them one by one.
        schedules = self.env["chasing.schedule"].search_fetch(
            [("move_id", "in", self._origin.ids)], ["move_id", "status", "next_at", "cadence_id"], order="id"
        )
        # To work out what is pending may delete the activity of one that was reopened, and that empties the cache of
        # what is assigned here.
        schedules.mapped("status")
        by_move, none = schedules.grouped("move_id"), schedules.browse()
        for move in self:
            move.chasing_schedule_id = by_move.get(move._origin, none)

    def _search_chasing_schedule_id(self, operator, value):
        # Nobody asks whether a computed field may be searched by, nor one that is related through it.
        self._check_field_access(self._fields["chasing_schedule_id"], "read")
        if operator.startswith("not "):
            return NotImplemented
        condition = value if operator in ("any", "any!") else Domain("id", operator, value)
        matches = Domain("chasing_schedule_ids", "any!", condition)
        return matches | Domain("chasing_schedule_ids", "=", False) if operator == "in" and False in value else matches

    def _traverse_related_sql(self, alias, field, query):
        # For a related field Odoo asks for the rights on the last field of the path alone.
        self._check_field_access(field, "read")
        return super()._traverse_related_sql(alias, field, query)
