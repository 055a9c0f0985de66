from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.mail import email_split_and_format_normalize

from ..common.wording import pace_text
from ..engine import pace
from ..engine.facts import PACED, Policy
from ..engine.pace import Load
from ..engine.states import LIVE

# An e-mail counts from its hand-over; one that Odoo's queue kept for longer than this, from so long before it left.
QUEUE_TIME = timedelta(seconds=20)
# What was let go has the room it was let go for, and loses it if nobody takes it within this time.
RESERVED = pace.MINUTE
# What decides who sends what is due of a schedule `s` and its invoice `m`.
SENDER = SQL("s.company_id, s.own_sender_id, s.responsible_id, s.cadence_id, m.invoice_user_id")


class ChasingPace(models.AbstractModel):
    """Keep chasing's e-mails within what each mail server takes in a minute and in a day (R113).

    They are counted by the server that Odoo would choose for their sender. What exceeds it waits before it is handed
    over, in the order of the planned instants: nothing of it is written yet, and whatever happens meanwhile is judged
    as if it had never been due. What Odoo's queue has and did not send yet counts as long as it is there, so that a
    queue that stood still does not catch up all at once.

    A person's own click never waits, and counts.
    """

    _name = "chasing.pace"
    _description = "Pace per Mail Server"

    # ------------------------------------------------------------------ which server

    @api.model
    def _servers(self, schedules, only_limited=False):
        """Return {schedule: the mail server that Odoo would choose for its sender}, empty where it needs none.

        Of what is sent by mail servers of the command line nothing is counted.

        :param only_limited: nothing is looked up where no server has a limit
        """
        servers = self.env["ir.mail_server"].sudo().search([], order="sequence, id")
        # Messages are created by the superuser, and a person's own server is not for these.
        servers = self.env["mail.mail"]._filter_mail_mail_servers(servers)
        if not (servers.filtered(lambda server: server._chasing_pace()) if only_limited else servers):
            return {}
        domains = schedules.move_id._mail_get_alias_domains(default_company=self.env.company)
        chosen, found = {}, {}
        for schedule in schedules:
            key = schedule._sender()[1], domains[schedule.move_id.id]
            if key not in found:
                found[key] = self._server(*key, servers)
            chosen[schedule] = found[key]
        return chosen

    def _server(self, sender, alias_domain, servers):
        """Return which of these servers Odoo's queue chooses for a sender, empty for that of the command line."""
        finder = servers.browse()
        if alias_domain:
            finder = finder.with_context(
                domain_notifications_email=alias_domain.sudo().default_from_email,
                domain_bounce_address=alias_domain.sudo().bounce_email,
            )
        formatted = email_split_and_format_normalize(sender or "")
        return finder._find_mail_server(formatted[0] if formatted else sender, servers)[0] or servers.browse()

    @api.model
    def _limit_text(self, step):
        """Return which mail server a step's e-mails go by and how many it takes, False if as many as there are."""
        if "email" not in step._channels():
            return False
        server = self._servers(step.schedule_id).get(step.schedule_id)
        limits = server and server._chasing_pace()
        return limits and self.env._(
            "Mail server: %(server)s, %(limit)s.",
            server=server.name,
            limit=pace_text(self.env, limits.minute, limits.day),
        )

    # ------------------------------------------------------------------ how much it was given

    @api.model
    def _loads(self, servers, now):
        """Return {server: engine Load} of what was handed over for these and has left, or still waits in the queue."""
        deliveries = self.env["chasing.delivery"]
        deliveries.flush_model(["mail_server_id", "state", "queued_at", "sent_at", "lost_at", "taken_back_at"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT mail_server_id, count(*) FILTER (WHERE at > %(minute)s), count(*), min(at)
                FROM (
                    SELECT mail_server_id, CASE
                        WHEN state = 'queued' THEN %(now)s
                        ELSE GREATEST(queued_at, COALESCE(sent_at, lost_at) - %(queue_time)s)
                    END AS at
                    FROM chasing_delivery
                    WHERE mail_server_id = ANY(%(servers)s) AND queued_at > %(oldest)s AND taken_back_at IS NULL
                        AND (state = ANY(%(live)s) OR sent_at IS NOT NULL OR lost_at IS NOT NULL)
                ) AS given
                WHERE at > %(day)s GROUP BY mail_server_id
                """,
                now=now,
                minute=now - pace.MINUTE,
                day=now - pace.DAY,
                oldest=now - 2 * pace.DAY,
                queue_time=QUEUE_TIME,
                live=list(LIVE),
                servers=servers.ids,
            )
        )
        loads = {server_id: Load(minute, day, first + pace.DAY) for server_id, minute, day, first in rows}
        return {server: loads.get(server.id, Load()) for server in servers}

    def _take_turn(self, servers):
        """Return those of these servers for which nobody else is handing over at this moment.

        Whoever looked at the counts before the other one's became known is refused by PostgreSQL, and begins anew.
        """
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE ir_mail_server SET chasing_turn_at = now() AT TIME ZONE 'UTC' WHERE id IN (
                    SELECT id FROM ir_mail_server WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
                ) RETURNING id
                """,
                servers.ids,
            )
        )
        return servers.browse(server_id for (server_id,) in rows)

    def _waiting(self, servers, now, without):
        """Return {server id: (how many were let go, how many wait, the first that may go now)} besides these steps."""
        self.env["chasing.step"].flush_model(["mail_server_id", "waits_until"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT t.mail_server_id, s.company_id, count(*) FILTER (WHERE t.waits_until <= %(now)s),
                    count(*) FILTER (WHERE t.waits_until > %(now)s),
                    (array_agg(t.id ORDER BY t.scheduled_at, t.id) FILTER (WHERE t.waits_until > %(now)s))[1]
                FROM chasing_step t JOIN chasing_schedule s ON s.id = t.schedule_id
                WHERE t.waits_until > %(reserved)s AND t.mail_server_id = ANY(%(servers)s) AND t.id <> ALL(%(without)s)
                GROUP BY t.mail_server_id, s.company_id
                """,
                now=now,
                reserved=now - RESERVED,
                servers=servers.ids,
                without=without.ids,
            )
        )
        steps, companies, found = self.env["chasing.step"].sudo(), self.env["res.company"], {}
        for server_id, company_id, let_go, waiting, first in rows:
            counts = found.setdefault(server_id, [0, 0, steps])
            counts[0] += let_go
            counts[1] += waiting
            # Who waits for the morning is in nobody's way.
            if first and pace.is_open(now, self._policy(companies.browse(company_id))):
                counts[2] = min(filter(None, (counts[2], steps.browse(first))), key=_place)
        return found

    # ------------------------------------------------------------------ before the hand-over

    @api.model
    def _wait(self, messages, now):
        """Let those of these steps wait for which their servers have no room, and return them.

        :param messages: {step: how many e-mails it sends}, of steps of one company, their schedules locked
        :param now: the UTC instant of this run
        """
        steps = self.env["chasing.step"].union(*messages)
        groups, chosen = defaultdict(steps.browse), self._servers(steps.schedule_id, only_limited=True)
        for step in steps:
            if (server := chosen.get(step.schedule_id)) and server._chasing_pace():
                groups[server] |= step
        if not groups:
            return steps.browse()
        servers = self.env["ir.mail_server"].sudo().union(*groups)
        turns, loads, others = self._take_turn(servers), self._loads(servers, now), self._waiting(servers, now, steps)
        waiting = steps.browse()
        for server, group in groups.items():
            queue = Queue(server._chasing_pace(), loads[server], server in turns, *others.get(server.id, ()))
            waiting |= self._wait_for(server, group, queue, messages, now)
        return waiting

    def _wait_for(self, server, steps, queue, messages, now):
        """Let those of these steps wait that find no room, in the order of their planned instants."""
        policy, waiting, untils = self._policy(steps.company_id), steps.browse(), defaultdict(steps.browse)
        for step in steps.sorted(_place):
            if not queue.takes(messages[step], step):
                waiting |= step
                untils[queue.next_turn(messages[step], now, policy)] |= step
        for until, group in untils.items():
            group._wait_turn(until, PACED, _reason_values(server), mail_server_id=server.id)
        if untils:
            self._wake(min(untils))
        return waiting

    @api.model
    def _later(self, deliveries, servers, now):
        """Return {delivery: values} of those of which a step has more than its server takes at once.

        They leave as the server takes them; the first of them leave now.

        :param servers: {schedule: its mail server}, of those that have one
        """
        later = {}
        for step, group in deliveries.grouped("step_id").items():
            server = servers.get(step.schedule_id)
            limits = server and server._chasing_pace()
            at_once = pace.needed(limits, len(group)) if limits else len(group)
            for number, delivery in enumerate(group[at_once:], at_once):
                leaves_at = pace.goes_at(number, limits, Load(), now, self._policy(step.company_id))
                later[delivery] = {"leaves_at": leaves_at, "mail_server_id": server.id}
        if later:
            self._wake(min(values["leaves_at"] for values in later.values()))
        return later

    # ------------------------------------------------------------------ when there is room again

    @api.model
    def _let_go(self, now):
        """Let go those that wait longest, as many as there is room for, within their companies' sending windows.

        :param now: the UTC instant of this run
        """
        queues = self._queues(now)
        if queues and self._judge_strayed(now):
            queues = self._queues(now)
        for server, companies in queues.items():
            limits = server._chasing_pace()
            if not (limits and server.active):
                server._chasing_judge_waiting()
                continue
            load = self._loads(server, now)[server]
            let_go, *_others = self._waiting(server, now, self.env["chasing.step"]).get(server.id, (0,))
            policies = {company: self._policy(company) for company in companies}
            ready = [company.id for company, policy in policies.items() if pace.is_open(now, policy)]
            released = self._release(server, ready, pace.room(limits, load) - let_go, now)
            load = load.plus(let_go + len(released))
            self._wake(min(pace.goes_at(0, limits, load, now, policy) for policy in policies.values()))

    @api.model
    def _judge_anew(self, steps, now):
        """Let the next run judge these anew, none of which has room by right: whoever comes first takes what there is.

        :param now: the UTC instant of this run
        """
        steps.waits_until = now - 2 * RESERVED

    def _judge_strayed(self, now):
        """Let those be judged anew for whose sender Odoo would choose another server by now, and return them.

        Their invoice has another sender, say, or the sender another address.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT t.mail_server_id, min(s.id), array_agg(t.id)
                FROM chasing_step t JOIN chasing_schedule s ON s.id = t.schedule_id
                JOIN account_move m ON m.id = s.move_id
                WHERE t.waits_until > %s AND t.mail_server_id IS NOT NULL GROUP BY t.mail_server_id, %s
                """,
                now,
                SENDER,
            )
        )
        schedules, chosen = self.env["chasing.schedule"].sudo().browse(row[1] for row in rows), {}
        for company, group in schedules.grouped("company_id").items():
            chosen |= self.with_company(company)._servers(group)
        strayed = self.env["chasing.step"].sudo()
        for server_id, schedule_id, ids in rows:
            server = chosen.get(schedules.browse(schedule_id))
            if not server or server.id != server_id:
                strayed |= strayed.browse(ids)
        free = strayed.schedule_id.try_lock_for_update(allow_referencing=True)
        strayed = strayed.filtered(lambda step: step.schedule_id in free)
        self._judge_anew(strayed, now)
        return strayed

    def _queues(self, now):
        """Return {server: the companies of which steps wait for it}."""
        self.env["chasing.step"].flush_model(["mail_server_id", "waits_until"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT t.mail_server_id, array_agg(DISTINCT s.company_id)
                FROM chasing_step t JOIN chasing_schedule s ON s.id = t.schedule_id
                WHERE t.waits_until > %s AND t.mail_server_id IS NOT NULL GROUP BY t.mail_server_id
                """,
                now,
            )
        )
        servers, companies = self.env["ir.mail_server"].sudo(), self.env["res.company"].sudo()
        return {servers.browse(server_id): companies.browse(company_ids) for server_id, company_ids in rows}

    def _release(self, server, company_ids, count, now):
        """Let so many go, of those whose schedules nobody else is changing, and return them."""
        steps = self.env["chasing.step"].sudo()
        if count <= 0:
            return steps
        waiting = [("mail_server_id", "=", server.id), ("waits_until", ">", now)]
        waiting.append(("schedule_id.company_id", "in", company_ids))
        first = steps.search(waiting, order="scheduled_at, id", limit=count)
        schedules = first.schedule_id.try_lock_for_update(allow_referencing=True)
        free = first.filtered(lambda step: step.schedule_id in schedules)
        free._wait_turn(now, PACED, _reason_values(server))
        return free

    def _wake(self, at):
        """Let the next run come when there is room again."""
        self.env.ref("invoice_chasing.ir_cron_dispatch").sudo()._trigger(at)

    def _policy(self, company):
        """Return the sending window of a company, as an engine Policy."""
        company = company.sudo()
        return Policy(company._chasing_timezone(), company.chasing_window_from, company.chasing_window_to)


class Queue:
    """The room that a mail server has in one run, and those who wait for it."""

    def __init__(self, limits, load, has_turn=True, let_go=0, waiting=0, first=None):
        self.limits, self.load, self.waiting = limits, load, waiting
        self.first = _place(first) if first else None
        # Whoever was let go and comes later in this run keeps its room.
        self.room = pace.room(limits, load) - let_go if has_turn else 0

    def takes(self, count, step=None):
        """Return whether so many e-mails go now; a step does not go before one that waits and is planned earlier."""
        is_behind = step and self.first and self.first < _place(step)
        if is_behind or pace.needed(self.limits, count) > self.room:
            return False
        self.room -= count
        self.load = self.load.plus(count)
        return True

    def next_turn(self, count, now, policy):
        """Return the UTC instant at which so many more are expected to go, after all who wait already."""
        # From here on there is no room for anybody who comes later.
        self.room = 0
        load = replace(self.load, minute=max(self.load.minute, self.limits.minute))
        at = pace.goes_at(self.waiting, self.limits, load, now, policy)
        self.waiting += count
        return max(at, now + pace.MINUTE)


def _place(step):
    """Return where a step stands in the queue."""
    return step.scheduled_at, step.id


def _reason_values(server):
    return {"server": server.name, "minute": server.chasing_per_minute, "day": server.chasing_per_day}
