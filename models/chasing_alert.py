from collections import defaultdict

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
        earlier = self.env["mail.activity"].sudo().search(
            [("activity_type_id", "=", alert.id), ("user_id", "=", user.id)], limit=1
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
            self.env._(
                "%(invoice)s, %(step)s: %(reason)s",
                invoice=step.move_id.name,
                step=step.step_label,
                reason=step.reason or "",
            )
            for step in steps[:LISTED]
        ]
        if len(steps) > LISTED:
            lines.append(self.env._("and %(count)s more, listed under Chasing", count=len(steps) - LISTED))
        return Markup("<ul>%s</ul>") % Markup().join(Markup("<li>%s</li>") % line for line in lines)
