from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common import clock
from ..common.access import check_collector
from ..common.wording import counted
from ..engine.states import OPEN_STATUSES

INNER_FIELDS = frozenset({
    "acts",
    "awaits_approval",
    "because_of_id",
    "copied",
    "floor_date",
    "floor_hour",
    "is_today",
    "mail_server_id",
    "occurrence",
    "paid_floor_date",
    "prediction_code",
    "prediction_values",
    "reason_code",
    "reason_values",
    "released_at",
    "run",
    "start_date",
    "unreached",
    "waits_until",
})


class ChasingStep(models.Model):
    """Show the steps of all invoices in one list: what waits for a person, what goes today (R101)."""

    _name = "chasing.step"
    _inherit = ["chasing.step", "chasing.list.mixin"]
    _instant_field = "scheduled_at"
    _inner_fields = INNER_FIELDS

    partner_id = fields.Many2one(related="schedule_id.partner_id")
    currency_id = fields.Many2one(related="move_id.currency_id")
    amount_residual = fields.Monetary(related="move_id.amount_residual", string="Outstanding", aggregator=None)

    awaits_approval = fields.Boolean(
        "Awaiting Approval", store=False, search="_search_awaits_approval", exportable=False
    )

    def _search_awaits_approval(self, operator, value):
        """Find the messages that ask before they leave, of invoices that are chased (R101)."""
        if operator != "in":
            return NotImplemented
        asking = Domain("state", "=", "waiting") & Domain("mode", "=", "ask")
        asking &= Domain("schedule_id.status", "in", OPEN_STATUSES)
        return asking if True in value else ~asking

    def _company_sql(self, alias):
        return SQL(
            "(SELECT chasing.company_id FROM chasing_schedule AS chasing WHERE chasing.id = %s)",
            SQL.identifier(alias, "schedule_id"),
        )

    def action_open_invoice(self):
        """Open the invoice of this step, where its chasing is steered."""
        return self.schedule_id.action_open_invoice()

    def action_act(self, act):
        """Do at once what a person clicked to these steps, and offer to undo it; ask first where there is a question.

        :param act: `send_now`, `done`, `retry`, `reschedule`, `skip` or `dismiss`
        """
        self.check_access("read")
        check_collector(self.env)
        if act == "retry":
            return self.action_ask_retry()
        if act == "reschedule" or (act == "send_now" and not self._is_sure()):
            return self.action_ask_many(act) if len(self) != 1 else self._ask_one(act)
        if act != "send_now":
            return self.action_do(act)
        one, many = self.env._("1 message is on its way."), self.env._("%(count)s messages are on their way.")
        return self.env["chasing.bulk.run"]._act(act, self, message=counted(self.env, len(self), one, many))

    def _ask_one(self, act):
        return self.action_ask_reschedule() if act == "reschedule" else self.action_ask_send()

    def _is_sure(self):
        """Return whether sending these raises no question: all are reached, and nobody was contacted today (R17)."""
        steps = self.sudo()
        histories = steps.schedule_id._contact_histories(clock.now(self.env))
        prospects = steps._prospects(by_person=False, with_texts=True)
        return not any(
            histories[step.schedule_id.id].used_today or foresight.state != "sent"
            for step, foresight in prospects.items()
        )
