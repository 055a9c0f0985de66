from markupsafe import Markup

from odoo import fields

from ..common import clock, formats
from ..common.wording import reason_text
from ..engine.states import NOT_BY_HAND, UNSENT


class Explanation:
    """Explain one step (R104): what became of it, its date, what decides about it, whom it reaches, what it says.

    It reads the step with the rights of whoever hands it in, and writes nothing.
    """

    def __init__(self, step):
        self.step, self.env = step, step.env
        self.schedule, self.move, self.company = step.schedule_id, step.move_id, step.company_id
        self.timezone = step._zone()

    def sections(self):
        """Return [(title, lines of text)], in the order in which a person asks."""
        return [
            (self.env._("Outcome"), self.state()),
            (self.env._("Date"), self.date()),
            (self.env._("Conditions"), self.conditions()),
            (self.env._("Recipients"), self.recipients()),
            (self.env._("Message"), self.message()),
        ]

    def html(self):
        """Return the sections as titles and lists."""
        return Markup("").join(
            Markup("<h5>%s</h5><ul>%s</ul>")
            % (title, Markup("").join(Markup("<li>%s</li>") % line for line in lines if line))
            for title, lines in self.sections()
        )

    def state(self):
        """Return its state and reason, then what it does by itself and what a click would do now."""
        step, label = self.step, self.label(self.step, "shown_state")
        lines = [self.env._("%(state)s. %(reason)s", state=label, reason=step.reason) if step.reason else label]
        if step.state in UNSENT:
            lines.append(step._automatic_outcome()[1])
        if step.state not in NOT_BY_HAND and step.mode != "task":
            lines.append(step._manual_outcome()[1])
        return lines

    def date(self):
        """Return how its instant is counted, and the instants that it has."""
        step, schedule = self.step, self.schedule
        hour = step._place()[1] if step.is_by_hand and step.scheduled_at else step.hour
        lines = [
            self.env._("%(step)s at %(hour)02d:00, %(zone)s.", step=step.step_label, hour=hour, zone=self.timezone),
            self.env._(
                "The invoice is dated %(issue)s and due %(due)s.",
                issue=self.day(schedule.invoice_date),
                due=self.day(schedule.due_date or schedule.invoice_date),
            ),
        ]
        if step.start_date:
            lines.append(self.env._("The repeats are counted from %(date)s.", date=self.day(step.start_date)))
        if step.floor_date:
            lines.append(
                self.env._(
                    "Not before %(date)s at %(hour)02d:00: it was planned late, postponed or moved by a person.",
                    date=self.day(step.floor_date),
                    hour=step.floor_hour,
                )
            )
        # One that was undone keeps nothing back any more.
        if step.paid_floor_date and step.scheduled_at and step._place()[0] >= step.paid_floor_date:
            lines.append(
                self.env._("Not before %(date)s: a part of the invoice was paid.", date=self.day(step.paid_floor_date))
            )
        return lines + self.instants()

    def instants(self):
        """Return when it is planned, and when it was tried."""
        step, lines = self.step, []
        if step.state == "draft" and (at := step._goes_at()[step]):
            lines.append(self.env._("Confirmed now, it is planned for %(at)s.", at=self.exact(at)))
        if step.scheduled_at:
            lines.append(self.env._("Planned for %(at)s.", at=self.exact(step.scheduled_at)))
        if step.waits_until:
            lines.append(self.env._("Expected to be sent from %(at)s.", at=self.exact(step.waits_until)))
        if step.sent_at:
            lines.append(self.env._("Sent or attempted on %(at)s.", at=self.exact(step.sent_at)))
        return lines

    def conditions(self):
        """Return each thing that decides, with its value now."""
        schedule, company = self.schedule, self.company
        now = clock.now(self.env)
        first = formats.instant(self.env, schedule.first_sent_at, self.timezone, now) or self.env._("nothing yet")
        last = self.day(schedule._contact_histories(now)[schedule.id].last_contact_day) or self.env._("none")
        limit = self.env["chasing.pace"]._limit_text(self.step)
        return [
            self.env._("Invoice: %(state)s.", state=self.label(self.move, "state")),
            self.env._("Open balance: %(amount)s.", amount=self.money(self.move.amount_residual)),
            self.asked(),
            self.env._("Hold: %(hold)s", hold=schedule.hold_sentence or self.env._("none.")),
            self.env._("First sent: %(when)s.", when=first),
            self.env._("Last contact about this invoice: %(day)s.", day=last),
            self.env._(
                "Minimum days between messages: %(days)s. Catch-up window (days): %(catchup)s. Sending window: "
                "%(start)02d:00–%(end)02d:00.",
                days=schedule.min_contact_days,
                catchup=company.chasing_catchup_days,
                start=company.chasing_window_from,
                end=company.chasing_window_to,
            ),
            *filter(None, [limit, self.part_payment()]),
        ]

    def part_payment(self):
        """Return when the last payment came that left a balance, and how long its customer gets (R42b)."""
        days, count = self.schedule.partial_days, self.company.chasing_partial_days
        if not (days and count):
            return None
        return self.env._(
            "Last part payment: %(day)s. Days without a reminder after it: %(count)s.",
            day=self.day(fields.Date.to_date(days[-1])),
            count=count,
        )

    def asked(self):
        """Return what the message asks for at the instant at which it goes (R7)."""
        move = clock.at(self.move, self.step._shown_at()[self.step])
        if not move.chasing_asked_amount:
            return self.env._("It asks for nothing.")
        amount, day = self.money(move.chasing_asked_amount), self.day(move.chasing_asked_date)
        if move.chasing_days_late:
            return self.env._("It asks for %(amount)s, overdue since %(day)s.", amount=amount, day=day)
        return self.env._("It asks for %(amount)s, due on %(day)s.", amount=amount, day=day)

    def recipients(self):
        """Return whom it would reach and why, or of one that was tried what became of each delivery."""
        if self.step.state in UNSENT:
            reached, problems = recipient_texts(self.step)
            return problems + reached
        return [
            self.env._(
                "%(address)s: %(state)s. %(reason)s",
                address=delivery.address,
                state=self.label(delivery, "shown_state"),
                reason=delivery.failure_reason or "",
            )
            for delivery in self.step.delivery_ids.sorted("id")
        ] or [self.env._("Nobody, it was not attempted.")]

    def message(self):
        """Return which message it sends, and why that one."""
        step = self.step
        if self.env["chasing.message"]._own_template(step):
            origin = self.env._("The step names this template.")
        elif step.subject or self.env["chasing.message"]._is_edited(step):
            origin = self.env._("The step has its own text.")
        else:
            origin = self.env._("What the tone says on the day it is sent.")
        return [self.env._("%(message)s. %(origin)s", message=step.message_text, origin=origin)]

    # ------------------------------------------------------------------ words

    def label(self, record, name):
        """Return the label of the value of a selection field."""
        return dict(record._fields[name]._description_selection(self.env))[record[name]]

    def day(self, date):
        return formats.day(self.env, date)

    def exact(self, instant):
        return formats.exact_instant(self.env, instant, self.timezone)

    def money(self, amount):
        return formats.amount(self.env, amount, self.move.currency_id)


def recipient_texts(step):
    """Return (a line for each recipient of a step, one for each channel that has a problem) (R66)."""
    resolutions = step._addressed()[step].values()
    problems = [
        reason_text(step.env, resolution.problem, {"channel": resolution.channel, "role": step.role_id.name})
        for resolution in resolutions
        if resolution.problem
    ]
    found = [recipient for resolution in resolutions for recipient in resolution.recipients]
    reached = [step._why_text(recipient) for recipient in step._as_seen(found)]
    return reached + (step._copy_texts() if reached else []), problems
