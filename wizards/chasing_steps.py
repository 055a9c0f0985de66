from odoo import fields, models

from ..models import clock
from ..models.chasing_bulk_run import STEP_ACTS


class ChasingSteps(models.TransientModel):
    """Ask once before something is done with one or many steps (R52, R101)."""

    _name = "chasing.steps"
    _inherit = "chasing.many"
    _description = "Act on Many Steps"
    _about = "chasing.step"

    act = fields.Selection(STEP_ACTS, required=True, readonly=True)

    def _count_text(self, steps):
        invoices = self._invoices_text(len(steps.schedule_id))
        return self.env._("%(steps)s of %(invoices)s", steps=self._steps_text(len(steps)), invoices=invoices)

    def _steps_text(self, count):
        return self.env._("1 step") if count == 1 else self.env._("%(count)s steps", count=count)

    def _messages_text(self, steps):
        """What happens to them."""
        text = {
            "send": self.env._("Each leaves now, whatever its date."),
            "done": self.env._("They are marked as done, and what waited behind them goes on."),
            "retry": self.env._("Each is sent again now, to exactly those whom it did not reach."),
            "reschedule": self.env._("They move."),
            "skip": self.env._("They will not be sent; what waited behind them goes on."),
            "dismiss": self.env._("They are off the list of what needs somebody."),
        }[self.act]
        again = self._count_contacted(steps) if self.act == "send" else 0
        warning = self.env._("%(count)s of these invoices were already contacted today.", count=again)
        return f"{text}\n{warning}" if again else text

    def _count_contacted(self, steps):
        """To how many invoices of these steps something went today already (R17)."""
        histories = steps.schedule_id.sudo()._contact_histories(clock.now(self.env))
        return sum(bool(history.used_today) for history in histories.values())

    def _done_text(self, count):
        return self.env._("%(steps)s changed.", steps=self._steps_text(count))
