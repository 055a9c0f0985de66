from collections import defaultdict

from lxml import html
from markupsafe import Markup

from odoo import api, models

from ..common import formats

LISTED_LINES = 10


class ChasingAlert(models.AbstractModel):
    """Tells the responsible people, inside Odoo, what of a run needs them (R40, R98).

    Each gets one alert, however many steps. While an alert is open, what fails later is added to it.
    """

    _name = "chasing.alert"
    _description = "Invoice Chasing Alert"

    @api.model
    def _notify(self, steps):
        """Alert the responsible of each step's schedule, everybody in a group of which nobody has taken it yet.

        :param steps: chasing.step that failed, were missed or wait for a person
        """
        steps_of = defaultdict(steps.browse)
        for schedule, group in steps.grouped("schedule_id").items():
            for user in schedule._responsible_users():
                steps_of[user] |= group
        for user, group in steps_of.items():
            self._notify_user(user, group)

    def _notify_user(self, user, steps):
        alert = self.env.ref("invoice_chasing.mail_activity_type_alert")
        lines = self._lines(steps)
        earlier = (
            self.env["mail.activity"]
            .sudo()
            .search([("activity_type_id", "=", alert.id), ("user_id", "=", user.id)], limit=1)
        )
        if earlier:
            earlier.note = Markup("%s%s") % (earlier.note, lines)
            return
        steps[0].move_id.with_context(mail_activity_quick_update=True).activity_schedule(
            "invoice_chasing.mail_activity_type_alert",
            summary=self.env._("Chasing needs attention"),
            note=lines,
            user_id=user.id,
        )

    def _lines(self, steps):
        """Return one line an invoice and reason, the first few by name."""
        lines = [
            Markup("<li class='%s'>%s</li>")
            % (
                self._line_class(step.schedule_id),
                self.env._(
                    "%(invoice)s, %(step)s: %(reason)s",
                    invoice=step.move_id.name,
                    step=step.step_label,
                    reason=step.reason or "",
                ),
            )
            for step in steps[:LISTED_LINES]
        ]
        if len(steps) > LISTED_LINES:
            more = self.env._(
                "and %(count)s more, listed under Chasing", count=formats.number(self.env, len(steps) - LISTED_LINES)
            )
            lines.append(Markup("<li>%s</li>") % more)
        return Markup("<ul>%s</ul>") % Markup().join(lines)

    @api.model
    def _line_class(self, schedule):
        """Return the class by which a line is found again."""
        return f"o_chasing_{schedule.id}"

    @api.model
    def _dismiss_for(self, users, schedules):
        """Take what tells of these schedules out of these users' alerts, which vanish without any line."""
        alert = self.env.ref("invoice_chasing.mail_activity_type_alert")
        classes = {self._line_class(schedule) for schedule in schedules}
        for activity in (
            self.env["mail.activity"].sudo().search([("activity_type_id", "=", alert.id), ("user_id", "in", users.ids)])
        ):
            note = html.fragment_fromstring(str(activity.note), create_parent="div")
            lines = note.findall(".//li")
            gone = [line for line in lines if line.get("class") in classes]
            if gone and len(gone) == len(lines):
                activity.unlink()
            elif gone:
                for line in gone:
                    line.drop_tree()
                activity.note = Markup(html.tostring(note, encoding="unicode"))
