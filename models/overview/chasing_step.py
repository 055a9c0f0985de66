from odoo import fields, models
from odoo.exceptions import UserError

from ..common import clock
from ..engine import pauses

INNER_FIELDS = frozenset({
    "because_of_id",
    "floor_date",
    "floor_hour",
    "is_today",
    "occurrence",
    "prediction_code",
    "prediction_values",
    "reason_code",
    "reason_values",
    "released_at",
    "run",
    "start_date",
    "unreached",
})


class ChasingStep(models.Model):
    """The steps of all invoices in one list: what waits for a person, what goes today (R101)."""

    _name = "chasing.step"
    _inherit = ["chasing.step", "chasing.company.clock", "chasing.search"]
    _instant_field = "scheduled_at"
    _inner_fields = INNER_FIELDS

    partner_id = fields.Many2one(related="schedule_id.partner_id")
    currency_id = fields.Many2one(related="move_id.currency_id")
    amount_residual = fields.Monetary(related="move_id.amount_residual", string="Outstanding", aggregator=None)

    def action_open_invoice(self):
        """The invoice of this step, where its chasing is steered."""
        return self.schedule_id.action_open_invoice()

    def action_done(self):
        """A person did the task this step was (R101)."""
        steps = self._steered()
        if any((step.mode, step.state) != ("task", "waiting") for step in steps):
            raise UserError(self.env._("Only a task that waits for a person can be marked as done."))
        now = clock.now(self.env)
        steps._set_state("sent", "done_by_person", {"user": self.env.user.name}, sent_at=now)
        steps._log_each(lambda step: self.env._("Task done: %(step)s.", step=step.step_label))
        steps._shift_following(now)
        return True

    def _shift_following(self, now):
        """What steps that waited for a person held up moves by as long as they waited, in whole days; while another one
        still waits it stays where it is (R101).

        :param now: the UTC instant until which they waited
        """
        policies = self.env["chasing.planner"]._policies()
        for schedule, waited in self.grouped("schedule_id").items():
            steps = schedule.step_ids
            if "waiting" not in steps.mapped("state"):
                since = min(waited.mapped("scheduled_at"))
                steps._place_all(pauses.delay(steps._facts(), since, policies.of(schedule), now))
