from collections import Counter

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common import formats
from ..common.wording import counted, pace_text
from ..email.chasing_pace import SENDER
from ..engine import moments, pace


class ChasingPace(models.AbstractModel):
    """Tell how long mail servers take for what is to be sent (R113)."""

    _inherit = "chasing.pace"

    @api.model
    def _texts(self, steps, now):
        """Return sentences that say how long it takes to send these by hand now, none if all go at once.

        What a person sends waits for nobody who waits already.
        """
        chosen, counts = self._servers(steps.schedule_id, only_limited=True), Counter()
        for step, count in self._messages(steps).items() if chosen else ():
            if server := chosen[step.schedule_id]:
                counts[server, step.company_id] += count
        return self._duration_texts(counts, now)

    @api.model
    def _texts_of_today(self, companies, now):
        """Return sentences that say how long what is to go today takes, as the forecast lists it."""
        limited = Domain("chasing_per_minute", ">", 0) | Domain("chasing_per_day", ">", 0)
        if not self.env["ir.mail_server"].sudo().search_count(limited, limit=1):
            return []
        counts = Counter()
        for schedule, count in self._by_sender(companies):
            chosen = self.with_company(schedule.company_id)._servers(schedule)
            if server := chosen.get(schedule):
                counts[server, schedule.company_id] += count
        return self._duration_texts(counts, now)

    def _by_sender(self, companies):
        """Yield (one schedule, how many e-mails go today) of all that share what decides about their sender."""
        lines = self.env["chasing.forecast.line"]._until_tomorrow()
        today = Domain("is_today", "=", True) & Domain("outcome", "=", "goes")
        today &= Domain("company_id", "in", companies.ids)
        today &= Domain("channel", "=", self.env["chasing.channel.email"]._code)
        numbers = {schedule.id: count for schedule, count in lines._read_group(today, ["schedule_id"], ["__count"])}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT min(s.id), sum(given.number)::int
                FROM unnest(%s::int[], %s::int[]) AS given (id, number)
                JOIN chasing_schedule s ON s.id = given.id JOIN account_move m ON m.id = s.move_id
                GROUP BY %s
                """,
                list(numbers),
                list(numbers.values()),
                SENDER,
            )
        )
        schedules = self.env["chasing.schedule"].sudo()
        return [(schedules.browse(schedule_id), count) for schedule_id, count in rows]

    def _duration_texts(self, counts, now):
        """Return a sentence for each server that has no room for all of these now.

        :param counts: {(server, company): how many e-mails}
        """
        servers = self.env["ir.mail_server"].sudo().union(*(server for server, _company in counts))
        paced, texts = servers.filtered(lambda server: server._chasing_pace()), []
        if not paced:
            return []
        loads, given = self._loads(paced, now), Counter()
        for (server, company), count in sorted(counts.items(), key=lambda item: item[0][1].id):
            if server not in paced:
                continue
            # A server knows no companies: the messages of one go behind those of the other.
            earlier, given[server] = given[server], given[server] + count
            if given[server] > pace.room(server._chasing_pace(), loads[server]):
                texts.append(self._duration_text(server, company, count, earlier, loads[server], now))
        return texts

    def _duration_text(self, server, company, count, before, load, now):
        """Say how long a server takes for so many e-mails: in minutes, or until which day."""
        limits, policy = server._chasing_pace(), self._policy(company)
        last = pace.goes_at(before + count - 1, limits, load, now, policy)
        values = {
            "limit": pace_text(self.env, limits.minute, limits.day),
            "server": server.name,
            "messages": formats.number(self.env, count),
        }
        if moments.same_day(last, now, policy.timezone):
            return counted(
                self.env,
                max((last - now) // pace.MINUTE, 1),
                self.env._("At %(limit)s by %(server)s, these %(messages)s messages take about a minute."),
                self.env._("At %(limit)s by %(server)s, these %(messages)s messages take about %(count)s minutes."),
                **values,
            )
        return self.env._(
            "At %(limit)s by %(server)s, these %(messages)s messages are sent until %(day)s.",
            day=formats.day(self.env, moments.local(last, policy.timezone).date()),
            **values,
        )
