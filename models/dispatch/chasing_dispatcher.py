import logging
from collections import Counter, defaultdict
from datetime import timedelta

import psycopg2

from odoo import api, models
from odoo.tools import SQL, split_every

from ..common import batches, clock, isolation
from ..common.errors import user_message
from ..engine.states import WANTS_PERSON
from .chasing_brake import Tally

_logger = logging.getLogger(__name__)
BATCH_SIZE = 100
RETRY_DELAY = timedelta(minutes=1)
EVERY = SQL("TRUE")


class ChasingDispatcher(models.AbstractModel):
    """Send what is due, as the scheduled action (R33, R40, R80, R81).

    It claims what is due, asks the engine for a verdict on each step now, hands over what is to be sent, and writes
    everything down in the transaction that holds the lock.
    """

    _name = "chasing.dispatcher"
    _description = "Invoice Chasing Dispatcher"

    # ------------------------------------------------------------------ entry points

    @api.model
    def _cron_dispatch(self):
        """Send batch after batch until nothing is due or the time is up; then wake itself for the rest.

        Where a payment or another run was faster PostgreSQL refuses the batch, or others hold all of it by now: what is
        left is claimed anew.
        """
        commit = self.env["ir.cron"]._commit_progress

        tally = Tally({}, {})

        def prepare():
            now = clock.now(self.env)
            prepared = not self._is_idle(now) and self._prepare(now, BATCH_SIZE, tally, commit)
            return prepared and (now, prepared)

        def count_due():
            return self._count_due(clock.now(self.env))

        # The claim must be the first thing its transaction reads, so that it decides on what was committed until then.
        ending = batches.run(self.env, prepare, lambda batch: self._dispatch_batch(*batch)["claimed"], count_due)
        if count_due():
            if not ending.done:
                # What is due and could not be claimed is in someone else's hands: no hurry.
                commit(remaining=0)
            self.env.ref("invoice_chasing.ir_cron_dispatch")._trigger(
                None if ending.done else clock.now(self.env) + RETRY_DELAY
            )

    @api.model
    def _dispatch(self, now, limit=None):
        """Send one batch of what is due, without committing.

        :param now: the UTC instant to act at
        :param limit: how many invoices at most; None: the usual batch
        :return: {outcome: number of steps}, with `claimed`, the number of invoices looked at
        """
        if self._is_idle(now):
            return defaultdict(int, claimed=0)
        self = clock.at(self, now)
        return self._dispatch_batch(now, self._prepare(now, limit or BATCH_SIZE, Tally({}, {})))

    def _is_idle(self, now):
        """Return whether nothing is due and no result is left to follow: one look at four partial indexes (R80)."""
        [(busy,)] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (SELECT FROM chasing_schedule WHERE next_at <= %s)
                    OR EXISTS (SELECT FROM chasing_delivery WHERE leaves_at <= %s)
                    OR EXISTS (SELECT FROM chasing_delivery WHERE has_pending_result)
                    OR EXISTS (SELECT FROM chasing_step WHERE waits_until IS NOT NULL)
                """,
                now,
                now,
                to_flush=self.env["chasing.schedule"]._fields["next_at"],
            )
        )
        return not busy

    def _prepare(self, now, limit, tally, commit=None):
        """Do all that comes before the claim.

        :param tally: what the brake has found out in this run
        :param commit: commits what was done; None: it stays one transaction
        :return: the schedules that may be claimed
        """
        self = clock.at(self.sudo().with_context(tracking_disable=True), now)
        self.env["chasing.delivery"]._propagate_pending_results()
        self.env["chasing.message.files"]._prepare_deferred(now, commit)
        self.env["chasing.outbox"]._release_deferred(now)
        if not self._let_go(now, commit):
            return self.env["chasing.schedule"]
        self.env["chasing.brake"]._hold(now, tally)
        # What the brake holds needs no documents yet.
        prepared = self._prepare_documents(now, limit, commit)
        if commit:
            commit()
        return prepared

    def _let_go(self, now, commit=None):
        """Let go what no hold keeps any more, so that the brake counts what then leaves (R35b, R47).

        :param commit: makes each batch a transaction of its own
        :return: whether there was time for all of it
        """
        held = self.env["chasing.schedule"].search([("next_at", "<=", now), ("hold_reason", "!=", False)])
        for ids in split_every(BATCH_SIZE, held.ids):
            self._apply_elapsed_time_each(self._lock_due(now, BATCH_SIZE, SQL("s.id = ANY(%s)", list(ids))), now)
            if commit and not commit():
                return False
        return True

    def _dispatch_batch(self, now, prepared):
        self = clock.at(self.sudo().with_context(tracking_disable=True), now)
        schedules = self._claim(now, prepared)
        counts = defaultdict(int, claimed=len(schedules))
        if not schedules:
            return counts
        self._apply_elapsed_time_each(schedules, now)
        due = self.env["chasing.step"]._due(schedules, now)
        # One whose hold has ended is looked at, though what is overdue may wait with a step that waits for a person.
        due -= due._blocked_by_waiting()
        for company, steps in due.grouped("company_id").items():
            for outcome, count in (
                self.with_company(company)._dispatch_isolated(steps.with_company(company), now).items()
            ):
                counts[outcome] += count
        isolation.run(
            due.filtered(lambda step: step.state in WANTS_PERSON or step.reason_code == "too_late"),
            self.env["chasing.alert"]._notify,
        )
        self.env.flush_all()
        return counts

    def _dispatch_isolated(self, steps, now):
        """Dispatch steps; if that breaks, invoice by invoice, so that only what is broken fails (R82)."""
        try:
            with self.env.cr.savepoint():
                return self._dispatch_steps(steps, now)
        except psycopg2.OperationalError:
            # The transaction's own trouble, not a record's: whoever owns it begins anew.
            raise
        except Exception as error:
            if len(steps.schedule_id) == 1:
                _logger.exception("The steps %s could not be sent", steps.ids)
                steps._set_state("failed", "unknown", {"detail": user_message(error)})
                return {"failed": len(steps)}
        counts = Counter()
        for single in steps.grouped("schedule_id").values():
            counts.update(self._dispatch_isolated(single, now))
        return counts

    def _dispatch_steps(self, steps, now):
        """Ask for a verdict on the due steps of one company, and carry it out."""
        sending, counts = self.env["chasing.step"], defaultdict(int)
        channels = {}
        for step, decision in steps._verdicts(now).items():
            outcome = step._apply_verdict(decision)
            if outcome == "send":
                sending |= step
                channels[step] = decision.channels
            else:
                counts[outcome] += 1
        sending, unprepared = self._split_unprepared(sending)
        counts["waited"] += len(unprepared)
        self.env["chasing.outbox"]._hand_over(sending, channels, now)
        for step in sending:
            counts["waited" if step.state == "planned" else step.state] += 1
        return counts

    # ------------------------------------------------------------------ claim

    def _claim(self, now, prepared):
        """Lock what this run sends, of what was prepared.

        Two runs get disjoint sets, and a payment and a sending exclude each other.
        """
        return self._lock_due(now, len(prepared), SQL("s.id = ANY(%s)", prepared.ids))

    def _lock_due(self, now, limit, condition=EVERY):
        """Lock what is due together with its invoice, without waiting.

        The order is total: two that are due at one instant change places for nobody.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT s.id FROM chasing_schedule s JOIN account_move m ON m.id = s.move_id
                WHERE s.next_at <= %s AND %s ORDER BY s.next_at, s.id LIMIT %s
                FOR NO KEY UPDATE OF s, m SKIP LOCKED
                """,
                now,
                condition,
                limit,
                to_flush=self.env["chasing.schedule"]._fields["next_at"],
            )
        )
        return self.env["chasing.schedule"].browse(schedule_id for (schedule_id,) in rows)

    def _count_due(self, now):
        return self.env["chasing.schedule"].sudo().search_count([("next_at", "<=", now)])

    def _apply_elapsed_time_each(self, schedules, now):
        """Do as `_apply_elapsed_time`; one that breaks it stops no other (R82)."""
        isolation.run(
            schedules,
            lambda part: self._apply_elapsed_time(part, now),
            lambda schedule, error: self._give_up(schedule, error, now),
        )

    def _apply_elapsed_time(self, schedules, now):
        """Apply what the clock alone changes: holds that ended (R35b, R36), money in flight that came or went (R45)."""
        over = schedules._filter_pause_over(now)
        over._end_pause()
        over._log(self.env._("The pause has ended. Chasing continues."))
        for company, group in schedules.grouped("company_id").items():
            customers = group.move_id.commercial_partner_id | group.partner_id
            customers._chasing_end_pause(company, clock.local_day(now, company))
        stale = schedules.filtered(lambda schedule: schedule.planned_tz != schedule.company_id._chasing_timezone())
        if stale:
            stale._replan()
        self.env["chasing.hold"]._check_money(schedules, now)
        self.env["chasing.hold"]._ask_again(schedules)
        self.env["chasing.instalment.run"]._begin_due(schedules, now)
        self.env.flush_all()

    def _give_up(self, schedule, error, now):
        """Fail what is due of an invoice that cannot even be looked at, so that it is not claimed again and again."""
        due = self.env["chasing.step"]._due(schedule, now)
        due._set_state("failed", "unknown", {"detail": user_message(error)})

    # ------------------------------------------------------------------ documents

    def _prepare_documents(self, now, limit, commit=None):
        """Have Odoo make the documents of invoices that are about to be sent, before the claim (R73).

        No document is made while a lock is held. Of what others hold nothing is prepared: they may change it, and it
        could not be claimed.

        :param commit: makes each batch of documents a transaction of its own; only a scheduled action may
        :return: the schedules that have what they need, or for which it was tried
        """
        due = self._lock_due(now, limit, self.env["chasing.documents"]._is_free(now))
        covered = self._covered_by_money(due, now)
        if commit:
            commit()
        ready = self.env["chasing.documents"]._make(due - covered, now, commit)
        self.env["chasing.message.files"]._prepare_due(ready, now, commit)
        return covered | ready

    def _covered_by_money(self, schedules, now):
        """Return those that need no documents yet, since money in flight covers their invoices (R45).

        A pause that ends now lets go what is to be sent at once.
        """
        covered = self.env["chasing.money"]._holds(schedules.move_id, now)
        return schedules.filtered(lambda schedule: schedule.move_id.id in covered)

    def _split_unprepared(self, steps):
        """Return (steps that can be sent, those that wait for the next batch, which makes their invoices' documents).

        What held these ended after the documents of this batch were made.
        """
        lacking = steps.move_id._chasing_without_documents()
        waiting = steps.filtered(
            lambda step: step.move_id in lacking and not step.schedule_id._documents_tried_since(step.scheduled_at)
        )
        return steps - waiting, waiting
