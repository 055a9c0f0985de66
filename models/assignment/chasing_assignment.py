from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common import bulk_sql, no_user_defaults
from ..common.access import check_collector
from ..common.client_actions import open_list
from ..common.wording import counted
from ..engine.states import CLOSED, ENDED, LIFECYCLES
from ..plan.chasing_schedule import ASSIGNED_BY
from ..policy.chasing_step_mixin import ENTRY_POINTS
from .chasing_assignable_mixin import SPARED

LINE_COLUMNS = (
    "assignment_id",
    "move_id",
    "old_cadence_id",
    "old_assigned_by",
    "old_rule_id",
    "old_assignment_id",
    "old_lifecycle",
    "old_chosen_none",
    "was_customised",
    "snapshot",
)
SNAPSHOT_FIELDS = [
    "move_id",
    "cadence_id",
    "assigned_by",
    "rule_id",
    "assignment_id",
    "lifecycle",
    "chosen_none",
    "is_customised",
]


class ChasingAssignment(models.Model):
    """An act that gave many invoices a cadence.

    It notes who did it and what each invoice had before, so that it can be undone. Many are given a cadence, and
    their former one again, in the background.
    """

    _name = "chasing.assignment"
    _inherit = ["chasing.undoable.job", "chasing.assignable.mixin"]
    _description = "Bulk Assignment"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    cadence_id = fields.Many2one("chasing.cadence", ondelete="set null", readonly=True)
    opts_out = fields.Boolean("No Chasing", readonly=True)
    rule_id = fields.Many2one("chasing.rule", ondelete="set null", readonly=True)
    assigned_by = fields.Selection(ASSIGNED_BY, "Chosen By", required=True, default="invoice", readonly=True)
    is_reapplied = fields.Boolean(
        "Re-applied", readonly=True, help="They had an earlier version of the cadence; who chose it does not change."
    )
    send_on_issue = fields.Boolean(readonly=True)
    entry_point = fields.Selection(ENTRY_POINTS, "When Steps Are in the Past", readonly=True)
    spares = fields.Selection(SPARED, "Kept", readonly=True, help="Which of them keep what they have.")
    run_id = fields.Many2one(
        "chasing.bulk.run",
        "Bulk Action",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Their customers got this cadence, and it is undone together with that.",
    )
    line_ids = fields.One2many("chasing.assignment.line", "assignment_id", "Previous Values", readonly=True)
    refused_ids = fields.One2many(
        "chasing.assignment.line",
        "assignment_id",
        "Skipped Invoices",
        readonly=True,
        domain=["|", ("reason", "!=", False), ("blocked_reason", "!=", False)],
    )
    line_count = fields.Integer("Invoices Changed", compute="_compute_line_count")

    @api.depends("done")
    def _compute_line_count(self):
        counts = self._count_lines(("reason", "=", False))
        for assignment in self:
            assignment.line_count = counts.get(assignment, 0)

    @api.depends("done")
    def _compute_refused_count(self):
        """Count those that did not get the cadence or, once it was undone, those that keep it."""
        refused, kept = self._count_lines(("reason", "!=", False)), self._count_lines(("blocked_reason", "!=", False))
        for assignment in self:
            assignment.refused_count = (kept if assignment.undone_at else refused).get(assignment, 0)

    def _count_lines(self, condition):
        """Return {assignment: how many of its lines meet a condition}."""
        domain = [("assignment_id", "in", self.ids), condition]
        return dict(self.env["chasing.assignment.line"]._read_group(domain, ["assignment_id"], ["__count"]))

    @api.model
    def _assign(self, name, moves, cadence, rule=None, **values):
        """Give invoices a cadence, at once or in the background if they are many, and note what each had before.

        :param name: what the act was, in a person's words
        :param cadence: one chasing.cadence; an empty one stops their chasing
        :param rule: the chasing.rule that chose them, None: a person did
        :param values: of `send_on_issue`, `is_reapplied`, `entry_point`, `spares`, `assigned_by`, `run_id`, where they
            are others than usual
        :return: the chasing.assignments, one a company
        """
        moves.check_access("read")
        assignments = no_user_defaults.create(
            self,
            [
                {
                    "name": name,
                    "company_id": company.id,
                    "user_id": self.env.uid,
                    "selected": group.ids,
                    "cadence_id": cadence.id,
                    "opts_out": not cadence,
                    "rule_id": rule.id if rule else False,
                    "assigned_by": "rule" if rule else "invoice",
                    **values,
                }
                for company, group in moves.grouped("company_id").items()
            ],
        )
        assignments._begin()
        return assignments

    def _undone_action(self):
        return self._result_action(
            counted(
                self.env,
                sum(self.mapped("total")),
                self.env._("1 invoice has its former cadence again."),
                self.env._("%(count)s invoices have their former cadence again."),
            )
        )

    def _check_undoable(self):
        super()._check_undoable()
        if not self.is_done:
            raise UserError(self.env._("This assignment is still running. Undo it when it is done."))

    def _noted_ids(self):
        return self.line_ids.filtered(lambda line: not line.reason).sorted("id").ids

    def action_open_lines(self):
        """Open what each invoice had before."""
        self.ensure_one()
        return open_list(
            self.env["chasing.assignment.line"], self.name, [("assignment_id", "=", self.id)], views=("list", "kanban")
        )

    def _records(self, ids):
        return self.env["chasing.assignment.line" if self.undone_at else "account.move"].browse(ids)

    def _apply(self, moves):
        """Give these invoices the cadence; return {invoice: why it keeps what it has}."""
        check_collector(moves.env)
        moves.check_access("read")
        refused = self._refused(moves)
        going = moves.browse(move.id for move in moves if move not in refused)
        if self.is_reapplied:
            self._reapply(going.sudo().chasing_schedule_ids)
        else:
            going._chasing_assign_chosen(
                self.cadence_id, self.rule_id, self.send_on_issue, self.entry_point or None, self.assigned_by
            )
        going.sudo().chasing_schedule_ids.assignment_id = self
        return refused

    def _revert(self, lines):
        """Give these invoices what they had; return {line: why its invoice keeps what it has}."""
        refused = {line: why for line in lines if (why := line.sudo()._blocked_reason())}
        lines.browse(line.id for line in lines if line not in refused)._restore()
        return refused

    def _refused(self, moves):
        """Return {move: why it keeps what it has}; an act that waited is judged again."""
        deleted = self._deleted_reason()
        if deleted:
            return dict.fromkeys(moves, deleted)
        _going, kept = self._split_assignable(
            moves, self.cadence_id, self.rule_id, self.is_reapplied, spares=self.spares
        )
        return {move: why for why, unchanged in kept.items() for move in unchanged}

    def _deleted_reason(self):
        """Return what was deleted while the act waited, so that it must not go on; False if nothing was."""
        if self.assigned_by == "rule" and not self.rule_id:
            return self.env._("The rule was deleted in the meantime.")
        return not (self.opts_out or self.cadence_id) and self.env._("The cadence was deleted in the meantime.")

    def _note_before(self, moves):
        if self.undone_at:
            return
        schedules = self.env["chasing.schedule"].search_fetch([("move_id", "in", moves.ids)], SNAPSHOT_FIELDS)
        schedule_of, snapshots = {schedule.move_id.id: schedule for schedule in schedules}, schedules._snapshot()
        self.env.flush_all()
        rows = []
        for move_id in moves.ids:
            schedule = schedule_of.get(move_id, schedules.browse())
            rows.append((
                self.id,
                move_id,
                schedule.cadence_id.id or None,
                schedule.assigned_by or None,
                schedule.rule_id.id or None,
                schedule.assignment_id.id or None,
                schedule.lifecycle or None,
                schedule.chosen_none,
                schedule.is_customised,
                snapshots.get(schedule.id),
            ))
        bulk_sql.insert(self.env["chasing.assignment.line"], LINE_COLUMNS, rows)

    def _reapply(self, schedules):
        """Give these schedules their cadence as it is now."""
        for (assigned_by, rule), group in schedules.grouped(
            lambda schedule: (schedule.assigned_by, schedule.rule_id)
        ).items():
            group._apply_cadence(self.cadence_id, assigned_by, rule, self.send_on_issue)

    def _note_refused(self, refused):
        lines = self.env["chasing.assignment.line"]
        if not self.undone_at:
            moves = [move.id for move in refused]
            lines_of = lines.search([("assignment_id", "=", self.id), ("move_id", "in", moves)]).grouped("move_id")
            refused = {lines_of[move]: why for move, why in refused.items()}
        column = "blocked_reason" if self.undone_at else "reason"
        for line, why in refused.items():
            line.sudo()[column] = why


class ChasingAssignmentLine(models.Model):
    """An invoice of an act, with what it had before."""

    _name = "chasing.assignment.line"
    _description = "Cadence an Invoice Had Before"
    _rec_name = "move_id"
    _log_access = False

    assignment_id = fields.Many2one("chasing.assignment", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="assignment_id.company_id")
    move_id = fields.Many2one("account.move", "Invoice", required=True, ondelete="cascade", index=True)
    partner_id = fields.Many2one(related="move_id.partner_id")
    old_cadence_id = fields.Many2one("chasing.cadence", "Cadence Before", ondelete="set null")
    old_assigned_by = fields.Selection(ASSIGNED_BY, "Chosen By")
    old_rule_id = fields.Many2one("chasing.rule", ondelete="set null")
    old_assignment_id = fields.Many2one("chasing.assignment", "Previous Bulk Assignment", ondelete="set null")
    old_lifecycle = fields.Selection(list(LIFECYCLES.items()), "Before")
    old_chosen_none = fields.Boolean("No Chasing Before")
    was_customised = fields.Boolean("Customised")
    snapshot = fields.Json(prefetch=False, help="The terms and steps it had.")
    reason = fields.Char("Skipped Because", help="Why the invoice did not get the cadence.")
    blocked_reason = fields.Char("Not Undone", help="Why the invoice keeps what it got.")

    def _blocked_reason(self):
        """Return why the invoice keeps what it has now, False if it is to have again what it had."""
        schedule, act = self.move_id.chasing_schedule_ids, self.assignment_id
        if not schedule:
            return self.env._("No longer chased.")
        if schedule.assignment_id != act:
            return self.env._("Reassigned since.")
        if act.opts_out and not schedule.chosen_none:
            return self.env._("Started again since.")
        if schedule.closure in CLOSED or schedule.lifecycle in ENDED:
            return self.env._("Closed or ended since.")
        if schedule.is_customised and not act.opts_out:
            return self.env._("Customised since.")
        return False

    def _former_text(self):
        """Return the cadence that the invoice had before."""
        if not self.old_assigned_by or self.old_lifecycle == "by_hand":
            return self.env._("Not chased")
        return self.old_cadence_id._standing_text(self.old_chosen_none, self.was_customised)

    def _restore(self):
        """Give these invoices what they had."""
        self.move_id.check_access("read")
        lines = self.sudo()
        for group in lines.grouped(
            lambda line: (line._origin_values(), line.old_lifecycle, repr(line.snapshot))
        ).values():
            schedules, first = group.move_id.chasing_schedule_ids, group[0]
            if not first.old_assigned_by or first.old_lifecycle == "by_hand":
                schedules._leave_unchased()
            elif group.assignment_id.opts_out:
                schedules._start_again()
                schedules.write({**dict(first._origin_values()), "lifecycle": first.old_lifecycle})
            else:
                schedules._restore(first.snapshot)
                if first.old_chosen_none:
                    schedules._opt_out(first.old_assigned_by, first.old_rule_id)
                elif first.old_lifecycle in ENDED:
                    schedules._end(first.old_lifecycle, "chasing_cancelled")
                schedules.write(dict(first._origin_values()))

    def _origin_values(self):
        """Return where the invoice's steps came from, as pairs of a schedule's column and value."""
        return (
            ("cadence_id", self.old_cadence_id.id),
            ("assigned_by", self.old_assigned_by),
            ("rule_id", self.old_rule_id.id),
            ("assignment_id", self.old_assignment_id.id),
            ("chosen_none", self.old_chosen_none),
            ("is_customised", self.was_customised),
        )

    def action_open_invoice(self):
        """Open the invoice."""
        return self.move_id.chasing_schedule_ids.action_open_invoice()
