import contextlib
import logging
from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, split_every

from ..common import batches
from ..common.ir_actions_report import takes_many
from ..engine import verdict
from .account_move_send import Attempt

_logger = logging.getLogger(__name__)
# Odoo's own number of invoices that are printed together, and where it is written.
TOGETHER, TOGETHER_PARAMETER = 80, "account.pdf_generation_batch"
# A wkhtmltopdf that prints one document at a time takes a second for each: so many go into one transaction.
ONE_BY_ONE = 20
# Whoever began with a document longer ago than this, and has made none, has died over it.
TIMEOUT = timedelta(minutes=15)


class ChasingDocuments(models.AbstractModel):
    """Have Odoo make the documents of invoices, many in one go (R73).

    Each batch is a transaction of its own, and what is tried is written down before: one that takes the whole process
    with it fails once, and does not keep all others from leaving. Who was only beside it is tried again alone.
    """

    _name = "chasing.documents"
    _description = "Invoice Chasing Documents"

    @api.model
    def _make(self, schedules, now, commit=None):
        """Make the documents that these schedules' invoices lack.

        No lock is held meanwhile. Of what others hold nothing is made: they may change it.

        :param schedules: those whose invoices may have their documents made now
        :param now: the UTC instant
        :param commit: makes each batch a transaction of its own, and says how many seconds are left; only a scheduled
            action may
        :return: the schedules that have what they need, or for which it was tried, now or before
        """
        moves = schedules.move_id._chasing_without_documents()
        lacking = schedules.filtered(lambda schedule: schedule.move_id in moves)
        lacking -= self._left_to_people(lacking, now)
        ready = schedules - lacking
        if lacking:
            how = f"{self._size()} at a time" if takes_many() else "one by one, since wkhtmltopdf has no patched Qt"
            _logger.info("Making the documents of %s invoices, %s", len(lacking), how)
        for batch in self._batches(lacking):
            ready |= self._try(batch, now, commit)
            if commit and not commit():
                break
        return ready

    @api.model
    def _make_at_once(self, moves):
        """Make the documents that these invoices lack, whatever was tried before: a person waits for them."""
        for group in self._groups(moves._chasing_without_documents(), lambda move: move, self._size()):
            attempt = self.env["account.move.send"]._chasing_prepare(group)
            errors = attempt.errors
            for move in attempt.late:
                errors |= self.env["account.move.send"]._chasing_prepare(move).errors
            failed = self.env["account.move"].union(*errors)
            self._note_errors(failed.sudo().chasing_schedule_ids, errors)

    def _left_to_people(self, schedules, now):
        """Return those whose documents a network would send, though no message about them goes now (R73, R101).

        Their step asks a person first, or is too late, or waits for another day.
        """
        sender = self.env["account.move.send"]
        served = schedules.filtered(lambda schedule: sender._chasing_is_served(schedule.move_id))
        due = served.step_ids.filtered(lambda step: step.state == "planned" and step.scheduled_at <= now)
        due -= due._blocked_by_waiting()
        for company, steps in due.grouped("company_id").items():
            going = [
                step
                for step, decision in steps.with_company(company)._verdicts(now).items()
                if isinstance(decision, verdict.Send)
            ]
            served -= steps.browse(step.id for step in going).schedule_id
        return served

    # ------------------------------------------------------------------ batches

    def _batches(self, schedules):
        """Yield those whose documents are made in one go, what is due first before the others.

        Who was beside one that took the whole process with it is alone. Where the time did not suffice, half as many go
        together: the server has much to do, or one of them takes too long.
        """
        suspects = schedules.filtered(lambda schedule: schedule._documents_are_unfinished())
        for together, group in (schedules - suspects).grouped("documents_together").items():
            size = max(together // 2, 1) if together else self._size()
            yield from self._groups(group, lambda schedule: schedule.move_id, size)
        yield from suspects

    def _groups(self, records, move_of, size):
        """Yield records whose invoices' documents are made in one go: those of one company, printed by one report.

        :param move_of: gives the invoice of a record
        :param size: so many at most
        """
        groups, sender = defaultdict(list), self.env["account.move.send"]
        for record in records:
            groups[sender._chasing_print_group(move_of(record))].append(record.id)
        for ids in groups.values():
            for part in split_every(size, ids):
                yield records.browse(part)

    @api.model
    def _size(self):
        """Return how many documents are made in one go; the company's server may know better (system parameter)."""
        if not takes_many():
            return ONE_BY_ONE
        wanted = self.env["ir.config_parameter"].sudo().get_param(TOGETHER_PARAMETER, "")
        return min(int(wanted), TOGETHER) if wanted.isdecimal() and int(wanted) else TOGETHER

    # ------------------------------------------------------------------ tries

    def _is_free(self, now):
        """Return the SQL condition that nobody is at the documents of a schedule `s`.

        What others are at, and what a process has died over a moment ago, must not take the place of what can go.
        """
        return SQL(
            "(s.documents_tried_at IS NULL OR s.documents_error IS NOT NULL OR s.documents_tried_at <= %s)",
            now - TIMEOUT,
        )

    def _try(self, schedules, now, commit):
        """Make the documents of a batch, and write down before that it was tried.

        :return: those for which it was tried, now or before; without those that somebody else is at
        """
        schedules = schedules.try_lock_for_update(allow_referencing=True).filtered(
            lambda schedule: schedule.next_at and schedule.next_at <= now
        )
        unfinished = schedules.filtered(lambda schedule: schedule._documents_are_unfinished())
        gone = unfinished.filtered(lambda schedule: schedule.documents_tried_at <= now - TIMEOUT)
        tried = schedules.filtered(lambda schedule: schedule._documents_tried_since(schedule.next_at))
        # A document that was made alone has taken its maker with it; one made beside others is tried once more.
        lost = (gone & tried).filtered(lambda schedule: not schedule.documents_together)
        lost.documents_error = self.env._("The server stopped while it made the PDF.")
        over = tried.filtered("documents_error")
        fresh = schedules - (unfinished - gone) - over
        return over | (self._try_now(fresh, now, commit) if fresh else fresh)

    def _try_now(self, schedules, now, commit):
        """Make the documents of a batch that is locked, and return those about which something is known now."""
        schedules.write({
            "documents_tried_at": now,
            "documents_together": len(schedules) if len(schedules) > 1 else 0,
            "documents_error": False,
        })
        if commit:
            commit()
        try:
            return self._make_tried(schedules, Attempt(may_commit=bool(commit)), commit)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            if commit:
                self._forget_try(schedules, commit)
            raise

    def _make_tried(self, schedules, attempt, commit):
        """Make the documents of a batch that is noted as tried, and return those about which something is known now.

        One that breaks it for the others is found by halves. Each half is a transaction of its own if it may be: who
        changes an invoice that is done must not wait until the others are printed.
        """
        for left in reversed(range(batches.MAX_CONFLICTS)):
            try:
                return self._attempt(schedules, attempt, commit)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if not commit or not left:
                    raise
                # Somebody changed one of them meanwhile: the others need not be printed again.
                self.env.cr.rollback()
            except Exception as error:
                if not commit:
                    raise
                self.env.cr.rollback()
                if len(schedules) == 1:
                    self.env["account.move.send"]._chasing_give_up(attempt, schedules.move_id, error)
                    return self._note(schedules, schedules.move_id, attempt)
                break
        half = len(schedules) // 2
        known = self._make_tried(schedules[:half], attempt, commit)
        commit()
        return known | self._make_tried(schedules[half:], attempt, commit)

    def _attempt(self, schedules, attempt, commit):
        """Make the documents of a batch that is noted as tried, and note what came of it.

        Whoever may commit finds what breaks a batch himself: a network's answer is committed at once, which ends every
        savepoint.

        :return: those about which something is known now
        """
        # Who was paid, or reset to draft, meanwhile needs none.
        moves = schedules.filtered("next_at").move_id._chasing_without_documents()
        sender = self.env["account.move.send"]
        if moves:
            (sender._chasing_generate if commit else sender._chasing_prepare)(moves, attempt)
        return self._note(schedules, moves, attempt)

    def _note(self, schedules, moves, attempt):
        """Note what came of making the documents of these invoices; return those about which something is known."""
        missing = moves._chasing_without_documents()
        late = schedules.filtered(lambda schedule: schedule.move_id in attempt.late)
        failed = schedules.filtered(lambda schedule: schedule.move_id in missing) - late
        (schedules - failed).documents_tried_at = False
        (schedules - late).documents_together = 0
        self._note_errors(failed, attempt.errors)
        self.env.flush_all()
        return schedules - late

    def _note_errors(self, schedules, errors):
        """Keep why documents could not be made: the steps say so (R85)."""
        for schedule in schedules:
            schedule.documents_error = errors.get(schedule.move_id) or self.env._("Odoo gave no reason.")

    def _forget_try(self, schedules, commit):
        """Forget the try where somebody changed an invoice meanwhile: that says nothing about its documents."""
        for _time in range(batches.MAX_CONFLICTS):
            self.env.cr.rollback()
            with contextlib.suppress(*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                schedules.write({"documents_tried_at": False, "documents_together": 0})
                commit()
                return
