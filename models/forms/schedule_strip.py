from ..common import clock, formats
from ..common.wording import selection_labels
from ..engine import moments


class Strip:
    """Draw the time line of one schedule: marks for its days and a dot for each step, with places from 0 to 100."""

    def __init__(self, schedule):
        self.schedule, self.env = schedule, schedule.env
        self.timezone = schedule.company_id._chasing_timezone()
        self.marks = [(kind, label, day) for kind, label, day in self.named_days() if day]
        told = schedule.step_ids.filtered(lambda step: step.state != "cancelled")._told_instants()
        self.dots = sorted(
            ((step, self.local_day(instant)) for step, instant in told.items() if instant),
            key=lambda dot: (told[dot[0]], dot[0].id),
        )
        days = [day for *_words, day in (*self.marks, *self.dots)]
        self.first = min(days)
        self.span = max((max(days) - self.first).days, 1)

    def named_days(self):
        """Return [(kind, label, local day)] of the days that have a mark, False for one that is not known yet."""
        schedule = self.schedule
        return [
            ("issue", self.env._("Issued"), schedule.invoice_date),
            ("due", self.env._("Due"), schedule.due_date or schedule.invoice_date),
            ("today", self.env._("Today"), self.local_day(clock.now(self.env))),
        ]

    def content(self):
        """Return {"marks": […], "dots": […]} as the widget draws them."""
        states = selection_labels(self.env["chasing.step"], "shown_state")
        return {
            "marks": [
                {"kind": kind, "label": label, "text": formats.day(self.env, day), "at": self.place(day)}
                for kind, label, day in self.marks
            ],
            "dots": [
                {
                    "id": step.id,
                    "state": step.shown_state,
                    "at": self.place(day),
                    "text": self.dot_text(step, states[step.shown_state]),
                }
                for step, day in self.dots
            ],
        }

    def dot_text(self, step, state):
        """Return '5 days after due: Planned. Friday 13 March 2026, 10:00. To ap@example.com.'."""
        texts = [
            self.env._("%(step)s: %(state)s.", step=step.step_label, state=state),
            self.env._("%(when)s.", when=step.when_exact),
            step.mode != "task" and step.to_text and self.env._("To %(to)s.", to=step.to_text),
        ]
        return " ".join(filter(None, texts))

    def local_day(self, instant):
        return moments.local(instant, self.timezone).date()

    def place(self, day):
        """Return how far a day lies between the first and the last, in per cent."""
        return (day - self.first).days * 100 / self.span
