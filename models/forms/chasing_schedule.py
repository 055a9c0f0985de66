from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common import clock, formats
from ..common.json_list import JsonList
from ..common.wording import counted, reason_text, selection_labels
from ..engine import moments
from ..engine.cures import cure_of
from ..engine.shown import PROGRESS
from ..engine.states import (
    ATTEMPTED,
    HANDED_OVER,
    OPEN_STATUSES,
    REACHED,
    RETRYABLE,
    SENDING_STATUSES,
    UNFINISHED,
    UPCOMING,
)
from ..engine.timeline import DATE_REASONS
from ..plan.chasing_schedule import PAUSE_REASONS
from . import schedule_acts
from .schedule_strip import Strip
from .step_explanation import recipient_texts


class ChasingSchedule(models.Model):
    """Show people the chasing of an invoice: one line, banners with their cure, the strip."""

    _inherit = "chasing.schedule"

    next_text = fields.Char(compute="_compute_next_text")
    headline = fields.Char(compute="_compute_headline", compute_sudo=True)
    recipients_text = fields.Text("Recipients", compute="_compute_recipients_text", compute_sudo=True)
    failure_text = fields.Char(compute="_compute_banners", compute_sudo=True)
    failure_cure = fields.Char(compute="_compute_banners", compute_sudo=True)
    money_text = fields.Char(compute="_compute_banners", compute_sudo=True)
    stopped_text = fields.Char(compute="_compute_banners", compute_sudo=True)
    strip = fields.Json(compute="_compute_strip", compute_sudo=True)
    acts = JsonList(compute="_compute_acts", compute_sudo=True)

    @api.depends("allowed")
    @api.depends_context("uid", "lang")
    def _compute_acts(self):
        """Tell what the row of a list offers behind three dots."""
        for schedule in self:
            schedule.acts = schedule_acts.buttons(schedule)

    @api.depends("next_at")
    @api.depends_context("lang", "tz")
    def _compute_next_text(self):
        """Tell the next send in the company's zone, as everywhere else."""
        now = clock.now(self.env)
        for schedule in self:
            schedule.next_text = formats.instant(
                self.env, schedule.next_at, schedule.company_id._chasing_timezone(), now
            )

    def _resolve_recipients(self):
        """Work out whom the next steps of all of these reach: one after the other, each would cost its own queries."""
        self.env["chasing.step"].union(*(schedule._next_step() for schedule in self)).mapped("to_text")

    @api.depends("status", "next_at", "hold_reason", "paused_until", "step_ids.state", "step_ids.scheduled_at")
    @api.depends_context("lang", "tz")
    def _compute_headline(self):
        self._resolve_recipients()
        for schedule in self:
            if schedule.lifecycle == "by_hand":
                schedule.headline = schedule._unchased_text()
                continue
            parts = [
                schedule.cadence_id.name,
                schedule._standing_text(),
                schedule._next_text() or schedule._by_hand_text(),
                schedule._progress_text(),
            ]
            schedule.headline = " · ".join(part for part in parts if part)

    def _unchased_text(self):
        """Return 'Not chased. One message is scheduled for Tue 24 Nov 09:00.', of a closed invoice why it is (R102)."""
        standing = reason_text(self.env, self.closure) or self.env._("Not chased.")
        steps = self.step_ids.filtered("is_by_hand")
        failed = steps.filtered(lambda step: step.state in RETRYABLE and not step.is_dismissed)[-1:]
        sent = steps.filtered(lambda step: step.state in HANDED_OVER)[-1:]
        text = self._by_hand_text()
        if not text and failed:
            text = self.env._("A message sent by hand failed. %(reason)s", reason=failed.reason or "").strip()
        elif not text and sent:
            text = self.env._(
                "One message was sent by hand on %(when)s.",
                when=formats.instant(self.env, sent.sent_at, sent._zone(), clock.now(self.env)),
            )
        return f"{standing} {text}".strip()

    def _by_hand_text(self):
        """Return 'One message is scheduled for Tue 24 Nov 09:00.' of what a person asked for, empty for nothing."""
        coming = self.step_ids.filtered(lambda step: step.is_by_hand and step.state in UPCOMING)
        if not coming:
            return ""
        first = coming[0]
        when = formats.instant(self.env, first._instant(), first._zone(), clock.now(self.env))
        one = self.env._("One message is scheduled for %(when)s.")
        if first.is_thanks:
            one = self.env._("A thank-you is scheduled for %(when)s.")
        many = self.env._("%(count)s messages are scheduled, the first for %(when)s.")
        text = counted(self.env, len(coming), one, many, when=when)
        return f"{text} {self.hold_sentence}" if first.state == "held" and self.hold_sentence else text

    def _standing_text(self):
        """Return why nothing leaves for now and when that ends, empty while it runs (R36)."""
        if self.lifecycle == "paused" and self.status == "paused" and self.hold_reason == "paused":
            return self._pause_text()
        # Of a closed or stopped one it only holds what a person asked for.
        if (self.hold_reason and self.status in OPEN_STATUSES) or self.brake_text:
            return self.hold_sentence or self.brake_text
        if self.status == "expired":
            return self._expired_text()
        if self._chased_status() == "stopped" and self.lifecycle == "disabled":
            return self.env._("stopped on %(day)s", day=formats.day(self.env, self._local_day(self.stopped_at)))
        return ""

    def _expired_text(self):
        messages = self._messages()
        if not messages or self._told(messages)["sent"] < len(messages):
            return self.env._("no reminder left to send, still unpaid")
        return self.env._("all reminders sent, still unpaid")

    def _told(self, steps):
        """Count by what people are told of their state those of these steps of which something was handed over.

        Of one that is to come it would be asked whom it reaches, which many schedules have no time for.
        """
        return Counter(step._shown_state() for step in steps if step.state in ATTEMPTED)

    def _messages(self):
        """Return the steps that sent something, or are to: no task, and nothing that was cancelled."""
        return self.step_ids.filtered(lambda step: step.state != "cancelled" and step.mode != "task")

    def _pause_text(self):
        why = dict(PAUSE_REASONS).get(self.pause_reason, self.pause_reason)
        if self.paused_until:
            text = self.env._("paused until %(day)s", day=formats.day(self.env, self.paused_until))
        else:
            text = self.env._("paused until resumed manually")
        return self.env._("%(text)s: %(why)s", text=text, why=why) if why else text

    def _local_day(self, instant):
        return instant and moments.local(instant, self.company_id._chasing_timezone()).date()

    def _next_text(self):
        """Return 'next: e-mail, Tue 24 Nov 09:00 to ap@example.com'."""
        step = self._next_step()
        if self.status not in SENDING_STATUSES:
            return ""
        if not step:
            return self._next_run_text()
        timezone = step._zone()
        if step.state == "waiting":
            at = formats.instant(self.env, step.scheduled_at, timezone, clock.now(self.env))
            text = (
                self.env._("to do (by %(name)s) since %(when)s: %(step)s")
                if step.mode == "task"
                else self.env._("awaiting approval (by %(name)s) since %(when)s: %(step)s")
            )
            return text % {"name": self._responsible_name(), "when": at, "step": step.step_label}
        at = formats.instant(self.env, step._instant(), timezone, clock.now(self.env))
        channels = step._channels_in_sentence()
        if step.mode != "task" and step.to_text:
            return self.env._("next: %(channel)s, %(when)s to %(to)s", channel=channels, when=at, to=step.to_text)
        text = self.env._("next: %(channel)s, %(when)s", channel=channels, when=at)
        return self.env._("%(text)s (will be skipped)", text=text) if step._is_to_be_skipped() else text

    def _next_run_text(self):
        """Return 'next: the instalment due on 11 Apr 2026' (R7b)."""
        day = self.next_run_date and formats.day(self.env, self.next_run_date)
        return self.env._("next: the instalment due on %(day)s", day=day) if day else ""

    def _progress_text(self):
        """Return '3 of 5 sent, 1 to print': a message counts as sent once nothing of it is still here."""
        messages = self._messages()
        if not messages:
            return ""
        found = self._told(messages)
        sent = sum(found[state] for state in REACHED)
        labels = selection_labels(messages, "shown_state")
        waiting = [f"{found[state]} {labels[state].lower()}" for state in PROGRESS if found[state]]
        return ", ".join([self.env._("%(sent)s of %(all)s sent", sent=sent, all=len(messages)), *waiting])

    @api.depends("step_ids.state")
    @api.depends_context("lang", "tz")
    def _compute_recipients_text(self):
        for schedule in self:
            step = schedule._next_step()._origin
            is_due = step and schedule.status in OPEN_STATUSES
            reached, problems = recipient_texts(step) if is_due else ([], [])
            schedule.recipients_text = "\n".join(reached + problems)

    @api.depends("status", "hold_reason", "is_reopened", "step_ids.state", "step_ids.is_dismissed")
    @api.depends_context("lang", "tz")
    def _compute_banners(self):
        self._resolve_recipients()
        for schedule in self:
            schedule.failure_text, schedule.failure_cure = schedule._failure()
            schedule.money_text = schedule.hold_reason == "unapplied_payment" and schedule.hold_sentence
            schedule.stopped_text = (
                schedule.is_reopened
                and not schedule.closure
                and self.env._(
                    "Chasing stopped on %(day)s. What had been settled is due again.",
                    day=formats.day(self.env, schedule._local_day(schedule.stopped_at)),
                )
            )

    def _failure(self):
        """Return (sentence, cure) of what failed or will: the cure is `contact`, `settings`, `fixed` or `retry`."""
        if self.status not in OPEN_STATUSES:
            return False, False
        if failed := self._last_failed():
            return self._failure_that_was(failed)
        coming = self._next_step()
        if coming.to_problem:
            return self._failure_to_come(coming), cure_of(coming.to_problem_code)
        return False, False

    def _failure_that_was(self, step):
        """Return (sentence, cure) of a failed step, as a retry would go by now (R84)."""
        [foresight] = step._prospects(by_person=False, with_texts=True).values()
        cure = cure_of(foresight.reason_code)
        if cure:
            return step._foresight_sentence(foresight), cure
        if not any(foresight.reached.values()):
            return step.reason, False
        return (self._fixed_text(), "fixed") if cure_of(step.reason_code) else (step.reason, "retry")

    def _fixed_text(self):
        """Tell how much of what failed of this customer can be sent again."""
        failed = self._failed_of_customer()
        stuck = len(failed._blocked_reasons("retry"))
        one = self.env._("Fixed. The failed message can be sent again.")
        many = self.env._("Fixed. %(count)s failed messages to this customer can be sent again.")
        text = counted(self.env, len(failed) - stuck, one, many)
        if not stuck:
            return text
        one, many = self.env._("1 still needs a fix."), self.env._("%(count)s still need a fix.")
        return f"{text} {counted(self.env, stuck, one, many)}"

    def _failed_of_customer(self):
        """Return all failed steps of this invoice's customer that wait for somebody."""
        customer = self.move_id.commercial_partner_id
        return self.search([
            ("move_id.commercial_partner_id", "=", customer.id),
            ("company_id", "=", self.company_id.id),
            ("status", "in", OPEN_STATUSES),
        ])._failed_steps()

    def _failure_to_come(self, step):
        if step._reaches_nobody():
            return self.env._("The next message will fail. %(reason)s", reason=step.to_problem)
        return self.env._("The next message will not reach all recipients. %(reason)s", reason=step.to_problem)

    def _last_failed(self):
        return self.step_ids.filtered(lambda step: step.state in RETRYABLE and not step.is_dismissed)[-1:]

    @api.depends("step_ids.state", "step_ids.scheduled_at", "invoice_date", "due_date")
    @api.depends_context("lang", "tz")
    def _compute_strip(self):
        for schedule in self:
            schedule.strip = Strip(schedule).content() if schedule.step_ids else False

    def _reminder_left_out(self):
        """Return the latest past step of an overdue invoice of which nothing is left to send, empty for none (R11)."""
        steps = self._current_steps() if len(self) == 1 else self.step_ids.browse()
        is_overdue = len(self) == 1 and self.due_date and self.due_date < clock.today(self.company_id)
        if not is_overdue or any(step.state in UNFINISHED for step in steps):
            return steps.browse()
        passed = steps.filtered(
            lambda step: step.state == "skipped"
            and step.reason_code in DATE_REASONS
            and step.trigger != "on_issue"
            and step.mode != "task"
        )
        return passed.sorted("scheduled_at")[-1:]

    def action_ask(self, act):
        """Open the dialog that asks before something is done to these schedules, or to all that a list shows.

        :param act: a word of ACTS, or `change_cadence`, `send`, `send_now`, `pause_customer`, `exclude_customer`
        """
        schedules = self.env["chasing.dialog"]._all_selected(self)
        schedules.check_access("read")
        if act == "change_cadence":
            return self.env["chasing.assign"]._ask(schedules.move_id, is_change=True)
        if act == "send":
            return self.env["chasing.send"]._ask(schedules.move_id)
        if act == "send_now":
            return self._ask_send_next(schedules)
        if act in ("pause_customer", "exclude_customer"):
            return self._ask_customer(act, schedules)
        if act in ("write_off", "take_back_write_off"):
            self._check_accountant()
        return self.env["chasing.write.off" if act == "write_off" else "chasing.bulk"]._ask(act, schedules)

    def _ask_send_next(self, schedules):
        """Ask before the next step of each of these schedules is sent now."""
        steps = self.env["chasing.step"].union(*(schedule._next_step() for schedule in schedules))
        if len(steps) == 1:
            return steps.action_ask_send()
        return self.env["chasing.bulk.steps"]._ask("send_now", steps)

    def _ask_customer(self, act, schedules):
        """Ask before the customer of these schedules is paused, or excluded from chasing."""
        customer = schedules.partner_id.commercial_partner_id
        if len(customer) != 1:
            raise UserError(self.env._("These invoices belong to several customers. Choose those of one customer."))
        if act == "exclude_customer":
            return customer.action_chasing_ask_exclude()
        title = self.env._("Pause %(name)s", name=customer.name)
        return self.env["chasing.customer.pause"]._open({"default_partner_id": customer.id}, title)

    def action_ask_customers(self):
        """Ask what is to be done with the customers of these schedules, or of all that a list shows (R37)."""
        schedules = self.env["chasing.dialog"]._all_selected(self)
        schedules.check_access("read")
        return self.env["chasing.bulk.customers"]._ask_about(schedules.partner_id)

    def action_ask_people(self):
        """Ask who is to look after these schedules, or all that a list shows, and in whose name they are sent."""
        schedules = self.env["chasing.dialog"]._all_selected(self)
        schedules.check_access("read")
        return self.env["chasing.responsible"]._open(
            {"default_selected": schedules.ids}, self.env._("Responsible and Sender")
        )
