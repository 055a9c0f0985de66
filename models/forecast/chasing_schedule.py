from odoo import api, fields, models

from ..engine.facts import LEFT_OPEN, Hold
from ..engine.holds import MONEY
from ..engine.states import OPEN_STATUSES

# What the forecast of an invoice is told from, on itself, its steps and its deliveries, but for the channels' boxes.
OWN_FACTS = (
    "closure",
    "lifecycle",
    "status",
    "chosen_none",
    "hold_reason",
    "next_at",
    "money_until",
    "held_at",
    "invoice_date",
    "due_date",
    "partial_days",
    "min_contact_days",
    "may_send_on_issue",
    "first_sent_at",
    "sent_before",
    "odoo_sent_at",
    "run",
)
STEP_FACTS = (
    "state",
    "reason_code",
    "scheduled_at",
    "hour",
    "mode",
    "role_id",
    "released_at",
    "waits_until",
    "taken_back_at",
    "unreached",
    "copied",
    "prediction_code",
)
DELIVERY_FACTS = ("state", "taken_back_at", "is_internal", "local_day")


class ChasingSchedule(models.Model):
    _inherit = "chasing.schedule"

    # Whether something has changed since its messages to come were foretold.
    is_forecast_stale = fields.Boolean(compute="_compute_is_forecast_stale", store=True)
    # Whether that broke the last time: nothing is told of it.
    is_forecast_missing = fields.Boolean(readonly=True)
    # In the words of the ORM: PostgreSQL takes it for no other.
    _forecast_stale = models.Index("(id) WHERE is_forecast_stale IS TRUE")
    _forecast_missing = models.Index("(id) WHERE is_forecast_missing IS TRUE")

    @api.depends(
        lambda self: (
            *OWN_FACTS,
            *(f"step_ids.{name}" for name in (*STEP_FACTS, *self.env["chasing.channel"]._boxes().values())),
            *(f"delivery_ids.{name}" for name in DELIVERY_FACTS),
        )
    )
    def _compute_is_forecast_stale(self):
        """Mark those of which anything was written that the forecast depends on."""
        marked = self.filtered("is_forecast_stale")
        (self - marked).is_forecast_stale = True
        self.env["chasing.forecast.change"]._note(marked.filtered(lambda schedule: isinstance(schedule.id, int)))

    def _is_foretold(self):
        """Return whether the forecast tells of its steps: chasing goes on, or a person disabled it for now."""
        is_disabled = self.lifecycle == "disabled" and not self.closure and not self.chosen_none
        return is_disabled or self.status in OPEN_STATUSES

    def _foretold_steps(self, steps):
        """Return those of its engine StepFacts of which the forecast tells: those by hand always (R102)."""
        return steps if self._is_foretold() else [step for step in steps if step.by_hand]

    def _foretold_holds(self):
        """Return the engine's Hold that is told, as a tuple, with the instant at which it ends by itself.

        Money is looked at again before that, but holds until it is known to end.
        """
        if not self.hold_reason:
            return ()
        until = self.money_until if self.hold_reason in MONEY else self.next_at
        if self.hold_reason in LEFT_OPEN:
            # What goes at the next instant was asked for by a person.
            until = None
        return (Hold(self.hold_reason, until or None),)

    def _recipients_changed(self):
        """Predict these schedules again: their e-mails go to others now (R96)."""
        super()._recipients_changed()
        self.env["chasing.prediction"]._changed(self)
