"""The plans that new schedules get, as rows of their steps."""

from datetime import datetime
from types import SimpleNamespace
from typing import NamedTuple

from ..common import clock
from ..engine import timeline, transitions


class NewPlan(NamedTuple):
    """Hold what a new schedule gets: its status, its next instant, and its steps' column values but for its id."""

    status: str
    next_at: datetime | None
    rows: list


class NewPlans:
    """The plans one cadence gives to new invoices of one company, each worked out once.

    Invoices with the same dates share theirs, which is what makes a hundred thousand of them cheap.
    """

    def __init__(self, env, company, cadence, entry_point=None):
        """Read what the plans follow from.

        :param entry_point: R43's, None: the cadence's
        """
        self.now = clock.now(env)
        self.templates = cadence.step_ids._templates()
        terms = SimpleNamespace(**cadence._terms_from(entry_point))
        self.policies = {may_send: env["chasing.facts"]._policy(company, terms, may_send) for may_send in (True, False)}
        self.known = {}

    def of(self, invoice, may_send_on_issue, holds):
        """Return the NewPlan of an invoice.

        :param invoice: facts.InvoiceFacts
        :param may_send_on_issue: R46
        :param holds: a tuple of Holds in the order in which they are told
        """
        key = (invoice, may_send_on_issue, holds)
        if key not in self.known:
            self.known[key] = self.planned(*key) if invoice.posted else self.unplanned()
        return self.known[key]

    def unplanned(self):
        """Return the plan of a draft, whose steps have no place yet (R31)."""
        rows = [self.row(values, step, posted=False) for step, values in self.templates]
        return NewPlan("draft", None, rows)

    def planned(self, invoice, may_send_on_issue, holds):
        """Return the plan of an invoice that is posted, held if something holds it."""
        copied = {facts.key: values for facts, values in self.templates}
        steps = [facts for facts, _values in self.templates]
        planned = timeline.attach(steps, invoice, self.policies[may_send_on_issue], self.now)
        upcoming = [step.scheduled_at for step in planned if step.state == "planned"]
        rows = [self.row(copied[step.key], step) for step in planned]
        for row in rows:
            if holds and row["state"] == "planned":
                row.update(state="held", reason_code=holds[0].code)
        status = transitions.status(transitions.StatusFacts(held=bool(holds), upcoming=len(upcoming)))
        return NewPlan(status, transitions.next_at(upcoming, holds[:1]), rows)

    def row(self, copied, planned, posted=True):
        """Return the column values of a step of the first run; of which instalment it is, is noted afterwards."""
        return {**copied, **placement_values(planned, posted), "run": 0, "instalment": 0}


def placement_values(planned, posted=True):
    """Return the column values that say where a new step stands; a draft invoice's step stands nowhere yet (R31).

    :param planned: facts.PlannedStep; of a draft's step only the occurrence is asked
    """
    floor_date, floor_hour = (posted and planned.floor) or (None, 0)
    return {
        "occurrence": planned.occurrence,
        "scheduled_at": planned.scheduled_at if posted else None,
        "state": planned.state if posted else "draft",
        "reason_code": planned.reason_code if posted else None,
        "start_date": planned.start_date if posted else None,
        "floor_date": floor_date,
        "floor_hour": floor_hour,
        "paid_floor_date": planned.paid_floor if posted else None,
    }
