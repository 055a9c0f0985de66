from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import split_every

from . import bulk
from .account_move import CHUNK
from .answers import check_collector, notice
from .chasing_schedule import ASSIGNED_BY

LINE_COLUMNS = ("assignment_id", "move_id", "old_cadence_id", "old_assigned_by", "old_rule_id", "was_customised")


class ChasingAssignment(models.Model):
    """One act that gave many invoices a cadence: who did it, and what each had before, so that it can be put back."""

    _name = "chasing.assignment"
    _description = "Cadence Given to Many Invoices"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    cadence_id = fields.Many2one("chasing.cadence", ondelete="set null", readonly=True)
    rule_id = fields.Many2one("chasing.rule", ondelete="set null", readonly=True)
    line_ids = fields.One2many("chasing.assignment.line", "assignment_id", "Invoices", readonly=True)
    line_count = fields.Integer("Invoices Changed", compute="_compute_line_count")
    undone_at = fields.Datetime("Put Back", readonly=True)

    def _compute_line_count(self):
        counts = dict(
            self.env["chasing.assignment.line"]._read_group(
                [("assignment_id", "in", self.ids)], ["assignment_id"], ["__count"]
            )
        )
        for assignment in self:
            assignment.line_count = counts.get(assignment, 0)

    @api.model
    def _assign(self, name, moves, cadence, rule=None, send_on_issue=None):
        """Give invoices of one company a cadence, and note what each had before.

        :param name: what the act was, in a person's words
        :param rule: the chasing.rule that chose them, None: a person did
        :return: the chasing.assignment
        """
        assignment = self.sudo().create({
            "name": name,
            "company_id": moves.company_id.id,
            "cadence_id": cadence.id,
            "rule_id": rule.id if rule else False,
        })
        for ids in split_every(CHUNK, moves.ids):
            part = moves.browse(ids)
            assignment._note(part)
            part._chasing_assign_chosen(cadence, rule, send_on_issue)
            self.env.flush_all()
            self.env.invalidate_all()
        return assignment

    def _note(self, moves):
        """What these invoices have now."""
        schedules = self.env["chasing.schedule"].sudo().search_fetch(
            [("move_id", "in", moves.ids)], ["move_id", "cadence_id", "assigned_by", "rule_id", "is_customised"]
        )
        had = {schedule.move_id.id: schedule for schedule in schedules}
        self.env.flush_all()
        rows = []
        for move_id in moves.ids:
            schedule = had.get(move_id, schedules.browse())
            rows.append((
                self.id,
                move_id,
                schedule.cadence_id.id or None,
                schedule.assigned_by or None,
                schedule.rule_id.id or None,
                schedule.is_customised,
            ))
        bulk.insert(self.env["chasing.assignment.line"], LINE_COLUMNS, rows)

    def action_undo(self):
        """Give every invoice that still has what this act gave it its former cadence back; what was sent stays sent."""
        self.ensure_one()
        self.check_access("read")
        check_collector(self.env)
        if self.undone_at:
            raise UserError(self.env._("This was put back already."))
        assignment = self.sudo()
        lines = assignment.line_ids.filtered(lambda line: line._is_unchanged())
        for (cadence, assigned_by, rule), group in lines.grouped(
            lambda line: (line.old_cadence_id, line.old_assigned_by, line.old_rule_id)
        ).items():
            schedules = group.move_id.chasing_schedule_ids
            if cadence:
                schedules._apply_cadence(cadence, assigned_by, rule)
            else:
                schedules._forget()
        assignment.undone_at = fields.Datetime.now()
        return notice(
            self.env._(
                "%(count)s invoices have their former cadence again; %(left)s changed since and stay as they are.",
                count=len(lines),
                left=len(assignment.line_ids) - len(lines),
            )
        )


class ChasingAssignmentLine(models.Model):
    """What one invoice had before."""

    _name = "chasing.assignment.line"
    _description = "Cadence an Invoice Had Before"
    _log_access = False

    assignment_id = fields.Many2one("chasing.assignment", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="assignment_id.company_id")
    move_id = fields.Many2one("account.move", "Invoice", required=True, ondelete="cascade", index=True)
    old_cadence_id = fields.Many2one("chasing.cadence", "Cadence Before", ondelete="set null")
    old_assigned_by = fields.Selection(ASSIGNED_BY, "Chosen By")
    old_rule_id = fields.Many2one("chasing.rule", ondelete="set null")
    was_customised = fields.Boolean("Customised")

    def _is_unchanged(self):
        """Whether the invoice still has what the act gave it, and lost nothing a person had made."""
        schedule = self.move_id.chasing_schedule_ids
        return (
            schedule.cadence_id == self.assignment_id.cadence_id
            and not schedule.is_customised
            and not self.was_customised
            and not schedule.closure
        )
