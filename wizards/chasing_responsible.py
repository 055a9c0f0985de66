from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.common import user_input
from ..models.common.client_actions import notification
from .chasing_changes import Change, ChangeList

CHOICES = [
    ("keep", "Keep"),
    ("cadence", "Use the cadence's"),
    ("user", "Choose"),
]


class ChasingResponsible(models.TransientModel):
    """Choose who looks after one or many invoices, and in whose name their messages leave (R98)."""

    _name = "chasing.responsible"
    _inherit = ["chasing.changes", "chasing.dialog"]
    _description = "Responsible and Sender"

    selected = fields.Json(readonly=True)
    company_ids = fields.Many2many("res.company", compute="_compute_schedules")
    schedule_count = fields.Integer(compute="_compute_schedules")
    now_text = fields.Text("Now", compute="_compute_schedules")
    responsible_way = fields.Selection(CHOICES, "Responsible", required=True, default="keep")
    responsible_id = fields.Many2one("res.users", "Responsible Person", domain="[('share', '=', False)]")
    sender_way = fields.Selection(CHOICES, "Sender", required=True, default="keep")
    sender_id = fields.Many2one("res.users", "Sending Person", domain="[('share', '=', False)]")

    def _schedules(self):
        schedules = self.env["chasing.schedule"].browse(user_input.parse_ids(self.env, self.selected)).exists()
        schedules.check_access("read")
        return schedules

    @api.depends("selected")
    @api.depends_context("lang")
    def _compute_schedules(self):
        for dialog in self:
            schedules = dialog._schedules()
            dialog.company_ids = schedules.sudo().company_id
            dialog.schedule_count = len(schedules)
            dialog.now_text = dialog._describe(schedules) if len(schedules) == 1 else False

    @api.depends("selected", "responsible_way", "responsible_id", "sender_way", "sender_id")
    @api.depends_context("lang")
    def _compute_changes(self):
        return super()._compute_changes()

    def _change_lists(self):
        schedules = self._schedules()
        if len(schedules) < 2 or (self.responsible_way, self.sender_way) == ("keep", "keep"):
            return super()._change_lists()
        return [ChangeList(self.env._("Will change"), schedules.move_id, self._describe_changes)]

    def _describe_changes(self, moves):
        """Return who it is now and who it will be, {move id: Change}."""
        return {schedule.move_id.id: self._described(schedule) for schedule in moves.chasing_schedule_ids}

    def _described(self, schedule):
        nobody, before, after = self.env._("nobody"), [], []
        if self.responsible_way != "keep":
            usual = schedule._usual_responsible(schedule.cadence_id, schedule.move_id)
            chosen = self.responsible_id if self.responsible_way == "user" else usual
            before.append(schedule.responsible_id.name or nobody)
            after.append(chosen.name or nobody)
        if self.sender_way != "keep":
            chosen = self.sender_id.name if self.sender_way == "user" else self.env._("as the cadence says")
            before.append(self.env._("sender %(name)s", name=schedule.sender_text))
            after.append(self.env._("sender %(name)s", name=chosen or nobody))
        return Change(", ".join(before), ", ".join(after))

    def _describe(self, schedule):
        """Return who it is now, of one invoice."""
        people = schedule.sudo()
        name = people.responsible_id.name or people.responsible_text or self.env._("nobody")
        return "\n".join([
            self.env._("Responsible: %(name)s.", name=name),
            self.env._("Messages are sent as %(name)s.", name=people.sender_text),
        ])

    def action_save(self):
        """Give them to these people."""
        self.ensure_one()
        schedules, people = self._schedules(), {}
        for name, way, user in (
            ("own_responsible_id", self.responsible_way, self.responsible_id),
            ("own_sender_id", self.sender_way, self.sender_id),
        ):
            if way == "user" and not user:
                raise UserError(self.env._("Choose the person, or another answer."))
            if way != "keep":
                people[name] = user.id if way == "user" else False
        if not people:
            return notification(self.env._("Nothing was changed."), "info")
        return self.env["chasing.bulk.run"]._act("responsible", schedules, people)
