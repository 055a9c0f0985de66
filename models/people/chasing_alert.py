from collections import defaultdict

from lxml import html
from markupsafe import Markup

from odoo import api, models

LISTED = 10


class ChasingAlert(models.AbstractModel):
    """Tells the responsible people, inside Odoo, what of a run needs them: one alert a person, however many steps
    (R40, R98). While an alert is open, what fails later is added to it."""

    _name = "chasing.alert"
    _description = "Invoice Chasing Alert"

    @api.model
    def _tell(self, steps):
        """Alert the responsible of each step's schedule, everybody in a group of which nobody has taken it yet.

        :param steps: chasing.step that failed, were missed or wait for a person
        """
        told = defaultdict(steps.browse)
        for schedule, group in steps.grouped("schedule_id").items():
            for user in schedule._people():
                told[user] |= group
        for user, group in told.items():
            self._tell_user(user, group)

    def _tell_user(self, user, steps):
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
            summary=self.env._("Chasing needs you"),
            note=lines,
            user_id=user.id,
        )

    def _lines(self, steps):
        """One line an invoice and reason, the first few by name."""
        lines = [
            Markup("<li class='%s'>%s</li>")
            % (
                self._mark(step.schedule_id),
                self.env._(
                    "%(invoice)s, %(step)s: %(reason)s",
                    invoice=step.move_id.name,
                    step=step.step_label,
                    reason=step.reason or "",
                ),
            )
            for step in steps[:LISTED]
        ]
        if len(steps) > LISTED:
            more = self.env._("and %(count)s more, listed under Chasing", count=len(steps) - LISTED)
            lines.append(Markup("<li>%s</li>") % more)
        return Markup("<ul>%s</ul>") % Markup().join(lines)

    @api.model
    def _mark(self, schedule):
        """The class by which a line is found again."""
        return f"o_chasing_{schedule.id}"

    @api.model
    def _relieve(self, users, schedules):
        """These users need not see to these schedules any more: their alerts lose the lines, and vanish without any."""
        alert = self.env.ref("invoice_chasing.mail_activity_type_alert")
        marks = {self._mark(schedule) for schedule in schedules}
        for activity in (
            self.env["mail.activity"].sudo().search([("activity_type_id", "=", alert.id), ("user_id", "in", users.ids)])
        ):
            note = html.fragment_fromstring(str(activity.note), create_parent="div")
            lines = note.findall(".//li")
            gone = [line for line in lines if line.get("class") in marks]
            if gone and len(gone) == len(lines):
                activity.unlink()
            elif gone:
                for line in gone:
                    line.drop_tree()
                activity.note = Markup(html.tostring(note, encoding="unicode"))
