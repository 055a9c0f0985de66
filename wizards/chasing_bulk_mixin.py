from collections import Counter, defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.common import clock, user_input
from ..models.common.wording import selection_labels
from .bulk_outcomes import Outcomes
from .chasing_changes import Change, ChangeList

RESCHEDULES = [
    ("day", "To a day"),
    ("days", "By a number of days"),
]


class ChasingBulkMixin(models.AbstractModel):
    """Ask once before something is done to one or many.

    The dialog says how many, how much money, what happens to their messages, and which are left out and why (R52,
    R99). More than a person waits for is done in the background.

    An heir says what it is about: `_about`, `act`, `_count_text`, `_messages_text`, `_describe`.
    """

    _name = "chasing.bulk.mixin"
    _inherit = ["chasing.changes", "chasing.dialog"]
    _description = "Act on Many"
    # The records of this model say of themselves why an act is not possible: `_blocked_reasons`.
    _about = None

    # These may be thousands of ids, which the web client need not know.
    selected = fields.Json(readonly=True)
    is_done = fields.Boolean(readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_preview")
    possible_count = fields.Integer(compute="_compute_preview")
    preview = fields.Text(compute="_compute_preview")
    left_count = fields.Integer(compute="_compute_preview")
    left_text = fields.Text(compute="_compute_preview")
    is_single = fields.Boolean(compute="_compute_is_single")

    how = fields.Selection(RESCHEDULES, "Move", required=True, default="day")
    day = fields.Date(default=lambda self: clock.today(self.env.company) + timedelta(1))
    hour = fields.Integer("At", default=9)
    days = fields.Integer(default=7, help="Overdue steps are rescheduled counting from today.")

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse what names no records, of which nothing could be computed."""
        self._check_named(vals_list)
        for vals in vals_list:
            self._check_selection(self.env[self._about], vals.get("selected"))
        return super().create(vals_list)

    @api.model
    def _ask(self, act, records, title=None):
        """Return the action that opens the dialog.

        :param title: what stands above it; None: the name of the act
        """
        titles = selection_labels(self, "act")
        if not isinstance(act, str) or act not in titles:
            raise UserError(self.env._("There is no action called %(act)s.", act=act))
        dialog = self.create({"act": act, "selected": records.ids, **self._proposed_values(act, records)})
        return dialog._open({}, title or titles[act])

    @api.model
    def _proposed_values(self, act, records):
        """Return the values with which the dialog opens.

        Hook: extended by a dialog that proposes more than its defaults.
        """
        return {}

    # ------------------------------------------------------------------ whom it concerns

    def _records(self):
        records = self.env[self._about].browse(user_input.parse_ids(self.env, self.selected)).exists()
        records.check_access("read")
        return records

    def _split_possible(self):
        """Return (the records on which it is possible, {record: why it is left out})."""
        records = self._records()
        blocked = records.sudo()._blocked_reasons(self.act)
        return records.filtered(lambda record: record not in blocked), blocked

    @api.depends("selected")
    def _compute_is_single(self):
        for dialog in self:
            dialog.is_single = len(dialog._records()) == 1

    # ------------------------------------------------------------------ what changes

    @api.depends("selected", "act", "how", "day", "hour", "days")
    @api.depends_context("lang")
    def _compute_changes(self):
        return super()._compute_changes()

    def _change_lists(self):
        if self.is_single:
            return super()._change_lists()
        possible, blocked = self._split_possible()
        left = self._records() - possible
        return [
            ChangeList(self.env._("Will change"), possible.move_id, lambda moves: self._describe(moves, possible)),
            ChangeList(self.env._("Unchanged"), left.move_id, lambda moves: self._explain(moves, left, blocked)),
        ]

    def _describe(self, moves, possible):
        """Return {move id: Change} of what is done to these invoices.

        :param moves: with the rights to read all of them
        :param possible: the records on which the act is possible
        """
        raise NotImplementedError

    def _explain(self, moves, left, blocked):
        """Return {move id: Change} of what stays as it is, and why.

        :param left: the records on which the act is not possible
        :param blocked: {record: why}
        """
        outcomes = Outcomes(self)
        reasons = defaultdict(list)
        for record in left:
            reasons[record.move_id.id].append(blocked[record])
        return {
            move.id: Change(
                outcomes.standing(move.chasing_schedule_ids[:1]), note=" ".join(dict.fromkeys(reasons[move.id]))
            )
            for move in moves
        }

    @api.depends("selected")
    @api.depends_context("lang")
    def _compute_preview(self):
        for dialog in self:
            possible, blocked = dialog._split_possible()
            left = Counter(blocked.values())
            dialog.company_id = possible.company_id[:1] or self.env.company
            dialog.possible_count = len(possible)
            dialog.preview = (
                "\n".join([dialog._money_text(possible), dialog._messages_text(possible)])
                if possible
                else self.env._("This is not available for any of them.")
            )
            dialog.left_count = sum(left.values())
            dialog.left_text = "\n".join(f"{count}: {reason}" for reason, count in left.items())
            dialog._tell_more(possible)

    def _tell_more(self, possible):
        """Fill in what a dialog tells besides of the records on which it is possible; they are judged once for all."""

    def _money_text(self, records):
        """Return how many they are and how much is at stake."""
        return self.env._(
            "%(records)s, %(amount)s outstanding.",
            records=self._count_text(records),
            amount=self._outstanding(records.move_id),
        )

    # ------------------------------------------------------------------ doing it

    def _values(self):
        """Return the arguments of the act, as JSON holds them."""
        return self._new_place() if self.act == "reschedule" else {}

    def _new_place(self):
        """Return where messages are moved to."""
        if self.how == "day":
            self._check_place(self._records().company_id, self.day, self.hour, self._zone_name())
            return {"day": fields.Date.to_string(self.day), "hour": self.hour}
        if not 1 <= self.days <= user_input.FARTHEST:
            raise UserError(self.env._("Enter a number of days from 1 to %(most)s.", most=user_input.FARTHEST))
        return {"days": self.days}

    def _zone_name(self):
        """Return the name of the zone on whose clocks the new place is, False for that of each company.

        Hook: extended by a dialog in which one is chosen.
        """
        return False

    def action_do(self):
        """Do it."""
        self.ensure_one()
        self._refuse_second_click()
        self._check_selection(self._records(), self.selected)
        if not self.possible_count:
            raise UserError(self.env._("This is not available for any of them: %(reasons)s", reasons=self.left_text))
        count = self.possible_count
        return self.env["chasing.bulk.run"]._act(
            self.act, self._records(), self._values(), message=lambda: self._done_text(count)
        )

    def _done_text(self, count):
        """Return what the toast says once it is done; nothing: to how many it was done.

        Hook: extended by a dialog that has more to say.

        :param count: of how many it was possible
        """
