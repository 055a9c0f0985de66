import logging
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..common import clock, isolation
from ..common.wording import reason_text
from ..engine import moments, transitions
from ..engine.shown import SHOWN_DELIVERY_STATES
from ..engine.states import CAME_BACK, DELIVERY_MOVES, DELIVERY_STATES, LEFT, LIVE, LOST

_logger = logging.getLogger(__name__)


class ChasingDelivery(models.Model):
    """Record what left, or was to leave, for one recipient through one channel: who was told what, and when."""

    _name = "chasing.delivery"
    _description = "Chasing Delivery"
    _rec_name = "address"
    _order = "id desc"

    step_id = fields.Many2one("chasing.step", required=True, ondelete="cascade", index=True)
    schedule_id = fields.Many2one(related="step_id.schedule_id", store=True, index=True)
    move_id = fields.Many2one(related="step_id.schedule_id.move_id", store=True, index=True)
    company_id = fields.Many2one(related="step_id.schedule_id.company_id", store=True, index=True)
    # Each channel adds its own.
    channel = fields.Selection([], required=True)
    partner_id = fields.Many2one("res.partner", "Recipient", ondelete="set null", index=True)
    recipient_name = fields.Char()
    address = fields.Char(required=True, index=True)
    address_works = fields.Boolean(
        "Address Confirmed", help="Someone has confirmed since that messages arrive there again."
    )
    local_day = fields.Date(required=True)
    state = fields.Selection(list(DELIVERY_STATES.items()), required=True, default="queued", index=True)
    shown_state = fields.Selection(
        list(SHOWN_DELIVERY_STATES.items()), "Status", compute="_compute_shown_state", compute_sudo=True
    )
    is_replaced = fields.Boolean(help="A retry was sent to another address instead.")
    failure_code = fields.Char()
    failure_detail = fields.Char()
    failure_reason = fields.Char(compute="_compute_failure_reason")
    lang = fields.Char()
    is_internal = fields.Boolean("Internal Copy", help="A copy for a colleague, not a contact with the customer.")
    leaves_at = fields.Datetime(
        "Waits Until", help="When it is handed over again, for example within the recipient's allowed hours."
    )
    queued_at = fields.Datetime("Time", required=True, index=True)
    sent_at = fields.Datetime(index="btree_not_null")
    lost_at = fields.Datetime("Failed At", help="When it became known that it failed or bounced.")
    has_pending_result = fields.Boolean(help="The step and the schedule do not know of the result yet.")
    taken_back_at = fields.Datetime(
        "Withdrawn At", help="When a hold withdrew its message from the queue. It is queued again when the hold ends."
    )
    mail_message_id = fields.Many2one("mail.message", ondelete="set null", index="btree_not_null")
    notification_id = fields.Many2one("mail.notification", ondelete="set null", index="btree_not_null")
    _once = models.UniqueIndex(
        f"(step_id, channel, address) WHERE state NOT IN {(*LOST, 'cancelled')}",
        "This step was already sent to this recipient.",
    )
    _late = models.Index("(id) WHERE has_pending_result")
    _leaves = models.Index("(leaves_at) WHERE leaves_at IS NOT NULL")
    _held_back = models.Index("(schedule_id) WHERE taken_back_at IS NOT NULL")

    @api.depends("failure_code", "failure_detail", "address", "recipient_name")
    @api.depends_context("lang")
    def _compute_failure_reason(self):
        for delivery in self:
            delivery.failure_reason = reason_text(self.env, delivery.failure_code, delivery._reason_values())

    @api.depends("state", "notification_id.notification_status")
    def _compute_shown_state(self):
        """Tell people the state of these deliveries.

        Hook: extended by `letters`, whose `_progress` depends on more.
        """
        for delivery in self:
            delivery.shown_state = delivery._progress() if delivery.state == "queued" else delivery.state

    def _progress(self):
        """Return how far this delivery, which has not left, has come: a word of the engine's PROGRESS.

        Hook: extended by `letters`.
        """
        return "sending" if self.notification_id.notification_status == "process" else "queued"

    def _is_live(self):
        """Return whether it left, or waits in a queue to leave."""
        return self.state in LEFT or (self.state == "queued" and not self.taken_back_at)

    def _waits_for_its_hour(self):
        """Return whether it is handed over later, not by the very next run, which makes a file that is wanting."""
        return bool(self.leaves_at and self.leaves_at > clock.now(self.env))

    def _is_outcome_unknown(self):
        """Return whether it failed without anybody knowing that nothing left."""
        return self.failure_code == "unclear" and not self.is_replaced

    def _lang(self):
        """Return the code of the language in which its recipient is written to (R65)."""
        return self.company_id._chasing_lang(self.lang)

    def _reason_values(self):
        """Return what the sentence of this delivery's failure says."""
        return {
            "address": self.address,
            "name": self.recipient_name,
            "own": not self.partner_id,
            **({"entered": True} if self.step_id.to_emails and not self.partner_id else {}),
            "channel": self.channel,
            "detail": self.failure_detail or None,
        }

    def _set_state(self, state, failure_code=False, failure_detail=False, follow=True):
        """Write a delivery's state, which nobody else does; the step and the schedule follow (R83, R86, R87).

        :param follow: whether they follow now, with what is computed of them, or when somebody calls `_propagate`
        """
        moving = self.filtered(lambda delivery: transitions.check_move(DELIVERY_MOVES, delivery.state, state))
        if not moving:
            return
        values = {"state": state, "failure_code": failure_code, "failure_detail": failure_detail}
        if state in LOST:
            values["lost_at"] = clock.now(self.env)
        computed = [] if follow else moving._computed_of_schedules()
        with self.env.protecting(computed, moving.schedule_id):
            moving.write({**values, "taken_back_at": False, "has_pending_result": True})
        if state in LEFT:
            moving.filtered(lambda delivery: not delivery.sent_at).sent_at = clock.now(self.env)
        if follow:
            moving._propagate()

    def _computed_of_schedules(self):
        """Return the fields of schedules that are computed from these, and kept."""
        states = self.pool.get_dependent_fields(self._fields["state"])
        return [field for field in states if field.store and field.model_name == self.schedule_id._name]

    def _propagate(self):
        """Let the steps and schedules know what became of these deliveries."""
        # First, for whoever brings back a message locks in this order too.
        for channel, deliveries in self.grouped("channel").items():
            self.env["chasing.channel"]._all()[channel]._put_away(deliveries)
        self.modified(["state"])
        left = self.filtered(lambda delivery: delivery.state in LEFT and not delivery.is_internal)
        firsts = defaultdict(self.schedule_id.browse)
        for schedule, deliveries in left.grouped("schedule_id").items():
            if not schedule.first_sent_at:
                firsts[min(deliveries.mapped("sent_at"))] |= schedule
        for at, schedules in firsts.items():
            schedules._first_sent(at)
        self.step_id._delivery_changed()
        self.filtered(lambda delivery: delivery.state not in LIVE and not delivery.sent_at)._hide_unsent()
        self.filtered(lambda delivery: delivery.state not in LIVE).schedule_id._first_send_failed()
        self.filtered(lambda delivery: delivery.failure_code in CAME_BACK)._on_address_news(in_background=True)
        self.write({"has_pending_result": False})

    def _propagate_if_unlocked(self):
        """Propagate those whose schedules, invoices and steps nobody else is changing, and wait for nobody."""
        schedules = self.schedule_id.try_lock_for_update(allow_referencing=True)
        moves = schedules.filtered(lambda schedule: not schedule.first_sent_at).move_id
        busy = moves - moves.try_lock_for_update(allow_referencing=True)
        schedules = schedules.filtered(lambda schedule: schedule.move_id not in busy)
        steps = self.step_id.filtered(lambda step: step.schedule_id in schedules)
        steps = steps.try_lock_for_update(allow_referencing=True)
        self.filtered(lambda delivery: delivery.step_id in steps)._propagate()

    @api.model
    def _propagate_pending_results(self):
        """Propagate what could not follow in the transaction of Odoo's sending."""
        rows = self.env.execute_query(
            SQL("SELECT id FROM chasing_delivery WHERE has_pending_result", to_flush=self._fields["has_pending_result"])
        )
        isolation.run(self.browse(delivery_id for (delivery_id,) in rows), lambda part: part._propagate_if_unlocked())

    def _on_send_result(self):
        """Note the result of Odoo's sending in the transaction that sent.

        The mail server has the message: were this transaction refused now, the message would leave again. So it writes
        only what it locked before, and whatever follows from it is left to the next run if anybody is in the way.
        """
        self._sync_results(follow=False)
        self._follow_results()

    def _follow_results(self):
        """Let everything follow from the results of these that nobody is in the way of, the rest with the next run."""
        changed = self.filtered("has_pending_result")
        if not changed:
            return
        try:
            isolation.run(changed, lambda part: part._propagate_if_unlocked())
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            _logger.info("The results of %s deliveries follow later", len(changed))
        if any(changed.mapped("has_pending_result")):
            self.env.ref("invoice_chasing.ir_cron_dispatch")._trigger()

    def _sync_results(self, follow=True):
        """Read what became of these from their channels (R83, R87).

        What is said of a delivery that has come to its end is no news: Odoo's own *Ignore all* cancels the
        notifications of what failed.
        """
        groups, channels = defaultdict(self.browse), self.env["chasing.channel"]._all()
        for channel, deliveries in self.grouped("channel").items():
            for delivery, result in channels[channel]._read_results(deliveries).items():
                if result.state in DELIVERY_MOVES[delivery.state]:
                    groups[result] |= delivery
        for result, deliveries in groups.items():
            deliveries._set_state(*result, follow=follow)

    def _cancel_notifications(self):
        """Note that these were taken out of Odoo's queue: nothing leaves."""
        self.notification_id.filtered(lambda notification: notification.notification_status == "ready").write({
            "notification_status": "canceled"
        })

    def _check_may_resend(self):
        """Refuse to send again what is over (R33, R80, R84).

        It leaves again only through its step, whose guards know who has paid and who was reached meanwhile.
        """
        over = self.filtered(lambda delivery: delivery.state != "queued")
        if over:
            raise UserError(
                self.env._(
                    "This message belongs to the chasing of %(invoice)s. Use Retry there, so that it is not sent "
                    "twice.",
                    invoice=over[0].move_id.name,
                )
            )

    def _withdraw(self):
        """Take back for good what still waits to leave; what is being handed over counts as gone (R32)."""
        queued = self.filtered(lambda delivery: delivery.state == "queued")
        waiting = queued.filtered(lambda delivery: delivery.leaves_at or delivery.taken_back_at)
        waiting._set_state("cancelled")
        for channel, deliveries in (queued - waiting).grouped("channel").items():
            self.env["chasing.channel"]._all()[channel]._withdraw(deliveries)

    def _take_back(self):
        """Take what still waits to leave out of the queues for a hold (R36).

        It stays ours, without a message. What is being handed over counts as gone.
        """
        queued = self.filtered(lambda delivery: delivery.state == "queued" and not delivery.taken_back_at)
        waiting = queued.filtered("leaves_at")
        waiting._put_aside()
        for channel, deliveries in (queued - waiting).grouped("channel").items():
            waiting |= self.env["chasing.channel"]._all()[channel]._take_back(deliveries)
        waiting.step_id._delivery_changed()

    def _hide_unsent(self):
        """Let the customer's portal not see what these were to say, which never left: it sees what was sent (R109)."""
        self._keep_formal_files()
        shown = self.mail_message_id.sudo().filtered(lambda one: not (one.is_internal or one.subtype_id.internal))
        shown.is_internal = True

    def _formal_files(self):
        """Return the formal reminders that these bring: neither the invoice's own files nor what a person added."""
        channels = self.env["chasing.channel"]._all()
        bringing = self.filtered(lambda delivery: channels[delivery.channel]._brings_files)
        files = bringing.mail_message_id.sudo().attachment_ids - bringing.step_id.sudo().attachment_ids
        return files.filtered(lambda file: file.res_model == "account.move" and not file.res_field)

    def _keep_formal_files(self):
        """Let the formal reminders of these, which do not leave, live with their steps, where no customer reads.

        What another message brings that left, or waits to leave, stays with the invoice.
        """
        for step, group in self.filtered(lambda delivery: delivery._formal_files()).grouped("step_id").items():
            others = (step.delivery_ids - self).filtered(lambda other: other._is_live() or other.sent_at)
            files = group._formal_files() - others._formal_files()
            files.write({"res_model": step._name, "res_id": step.id})

    def _put_aside(self):
        """Forget the message, which does not leave. It is no part of the conversation, for nobody got it."""
        self._keep_formal_files()
        messages = self.mail_message_id.sudo()
        self.write({"taken_back_at": clock.now(self.env), "leaves_at": False, **self._without_message()})
        messages.write({"model": False, "res_id": False})

    @api.model
    def _detach(self, name, records):
        """Take from the ledger what is about to be deleted with its notifications, and return who lost it.

        Hook: what else goes with it, extended by `email`. PostgreSQL would take both in an order that it does not
        promise, and one of two refuses the deletion of what this transaction has written.

        :param name: the field in which these records stand
        """
        detached = self.sudo().search([(name, "in", records.ids)])
        detached.write({name: False, "notification_id": False})
        detached.flush_recordset([name, "notification_id"])
        return detached

    def _without_message(self):
        """Return the values of a delivery whose message is no longer its own.

        Hook: each channel adds what it ties to a delivery.
        """
        return {"mail_message_id": False, "notification_id": False}

    def _taken_back(self):
        """Return those of these that a hold took out of the queue."""
        return self.filtered(lambda delivery: delivery.state == "queued" and delivery.taken_back_at)

    def _was_taken_back_on_day(self, instant):
        """Return whether a hold took it out of the queue on the local day of a UTC instant."""
        return moments.same_day(self.taken_back_at, instant, self.company_id._chasing_timezone())

    def _hand_over_again(self, now):
        """Let the next run compose and hand over anew what was taken back (R36)."""
        for company, deliveries in self.grouped("company_id").items():
            deliveries.write({
                "taken_back_at": False,
                "leaves_at": now,
                "queued_at": now,
                "local_day": clock.local_day(now, company),
            })

    def _give_up(self):
        """Cancel these; their steps know."""
        self._set_state("cancelled", follow=False)
        self.modified(["state"])
        self.has_pending_result = False

    def _awaited_reason(self):
        """Return the reason code of what keeps this queued delivery waiting (R83).

        Hook: extended by `letters`.

        :return: False if it waits for nothing but its queue
        """
        return False

    def _held_back(self, follow):
        """Put aside what a queue took back for a hold, and let it go again where that has ended since.

        :param follow: whether the step follows now, or when somebody calls `_propagate`
        """
        self._put_aside()
        if not self.schedule_id.hold_reason:
            self._hand_over_again(clock.now(self.env))
        self.has_pending_result = True
        if follow:
            self._propagate()

    @api.model
    def _came_back(self, addresses):
        """Return {address: reason code} of those of these normalised addresses from which a message of ours came back.

        That ends when one that was queued afterwards leaves and stays away, or when somebody says that the address
        works. Only what was really tried tells: a report that names no message of ours is anybody's word.
        """
        self.flush_model(["address", "channel", "state", "failure_code", "address_works", "queued_at", "lost_at"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT address, max(failure_code) FROM chasing_delivery delivery
                    WHERE address = ANY(%s) AND failure_code = ANY(%s) AND address_works IS NOT TRUE
                        AND lost_at IS NOT NULL
                        AND NOT EXISTS (
                            SELECT FROM chasing_delivery later
                            WHERE later.address = delivery.address AND later.channel = delivery.channel
                                AND later.queued_at >= delivery.lost_at AND later.id > delivery.id
                                AND later.state = ANY(%s)
                        )
                    GROUP BY address
                    """,
                    list(addresses),
                    list(CAME_BACK),
                    list(LEFT),
                )
            )
        )

    @api.model
    def _address_works(self, addresses):
        """Note that somebody says that messages arrive at these normalised addresses again."""
        lost = self.sudo().search([
            ("address", "in", list(addresses)),
            ("failure_code", "in", CAME_BACK),
            ("address_works", "=", False),
        ])
        if lost:
            lost.address_works = True
            self.env["res.partner"].invalidate_model(["chasing_bounced"])
            lost._on_address_news()

    def _on_address_news(self, in_background=False):
        """Hear that messages to the addresses of these come back, or arrive there again.

        Hook: what else is to go there, extended by `forecast`.

        :param in_background: nobody who changes one of the invoices is waited for
        """
