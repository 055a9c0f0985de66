from collections import Counter

from odoo import api, models

from ..common import formats
from ..common.wording import counted, pace_text
from ..engine import moments, pace


class ChasingPace(models.AbstractModel):
    """Tell how long mail servers take for what is to be sent (R113)."""

    _inherit = "chasing.pace"

    @api.model
    def _texts(self, messages, now):
        """Return sentences that say how long the mail servers take for these e-mails, none where all go at once.

        :param messages: {step: how many e-mails it sends}
        """
        chosen, counts, texts = self._servers(self.env["chasing.step"].union(*messages).schedule_id), Counter(), []
        for step, count in messages.items():
            if server := chosen.get(step.schedule_id):
                counts[server, step.company_id] += count
        paced = [(server, company, count) for (server, company), count in counts.items() if server._chasing_pace()]
        loads = self._loads(
            self.env["ir.mail_server"].sudo().union(*(server for server, _company, _count in paced)), now
        )
        for server, company, count in paced:
            limits, load = server._chasing_pace(), loads[server]
            if count > pace.room(limits, load):
                texts.append(self._duration_text(server, company, count, load, now))
        return texts

    def _duration_text(self, server, company, count, load, now):
        """Say how long a server takes for so many e-mails: in minutes, or until which day."""
        waiting, let_go = self._waiting(server, now, self.env["chasing.step"]).get(server.id, (0, 0))
        limits, policy = server._chasing_pace(), self._policy(company)
        last = pace.goes_at(waiting + let_go + count - 1, limits, load, now, policy)
        values = {
            "limit": pace_text(self.env, limits.minute, limits.day),
            "server": server.name,
            "count": formats.number(self.env, count),
        }
        if moments.same_day(last, now, policy.timezone):
            minutes = max((last - now) // pace.MINUTE, 1)
            return counted(
                self.env,
                minutes,
                self.env._("At %(limit)s by %(server)s, these %(messages)s messages take about a minute."),
                self.env._("At %(limit)s by %(server)s, these %(messages)s messages take about %(count)s minutes."),
                **{**values, "messages": values.pop("count")},
            )
        return self.env._(
            "At %(limit)s by %(server)s, these %(count)s messages are sent until %(day)s.",
            day=formats.day(self.env, moments.local(last, policy.timezone).date()),
            **values,
        )
