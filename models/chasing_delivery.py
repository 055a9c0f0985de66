import re
from collections import defaultdict

from odoo import api, fields, models

from . import clock
from .engine import transitions
from .sentences import sentence

STATES = [
    ("queued", "Queued"),
    ("sent", "Sent"),
    ("delivered", "Delivered"),
    ("bounced", "Bounced"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]
CHANNELS = [("email", "E-mail")]
NOTIFICATION_STATES = {
    "sent": "sent",
    "bounce": "bounced",
    "exception": "failed",
    "canceled": "cancelled",
}
FAILURES = {
    "mail_bounce": "bounced",
    "mail_email_invalid": "invalid_email",
    "mail_email_missing": "no_recipient",
    "mail_bl": "blacklisted",
    "mail_smtp": "smtp_error",
}
# a mail server that will not take this recipient, as Odoo quotes it: code and words
REFUSAL = re.compile(r"SMTPRecipientsRefused: .*\((5\d\d), b['\"](.*)['\"]\)")


class ChasingDelivery(models.Model):
    """What left, or was to leave, for one recipient through one channel: the ledger of who was told what, and when."""

    _name = "chasing.delivery"
    _description = "Chasing Delivery"
    _rec_name = "address"
    _order = "id desc"

    step_id = fields.Many2one("chasing.step", required=True, ondelete="cascade", index=True)
    schedule_id = fields.Many2one(related="step_id.schedule_id", store=True, index=True)
    move_id = fields.Many2one(related="step_id.schedule_id.move_id", store=True, index=True)
    company_id = fields.Many2one(related="step_id.schedule_id.company_id", store=True, index=True)
    channel = fields.Selection(CHANNELS, required=True)
    partner_id = fields.Many2one("res.partner", "Recipient", ondelete="set null", index=True)
    recipient_name = fields.Char()
    address = fields.Char(required=True)
    local_day = fields.Date(required=True)
    state = fields.Selection(STATES, required=True, default="queued", index=True)
    is_replaced = fields.Boolean(help="A retry went to another address instead.")
    failure_code = fields.Char()
    failure_detail = fields.Char()
    failure_reason = fields.Char(compute="_compute_failure_reason")
    lang = fields.Char()
    queued_at = fields.Datetime("Time", required=True)
    sent_at = fields.Datetime()
    mail_message_id = fields.Many2one("mail.message", ondelete="set null", index="btree_not_null")
    notification_id = fields.Many2one("mail.notification", ondelete="set null", index="btree_not_null")

    _once = models.UniqueIndex(
        "(step_id, channel, address) WHERE state NOT IN ('failed', 'bounced', 'cancelled')",
        "This step has already gone to this recipient.",
    )

    @api.depends("failure_code", "failure_detail", "address", "recipient_name")
    @api.depends_context("lang")
    def _compute_failure_reason(self):
        for delivery in self:
            delivery.failure_reason = sentence(self.env, delivery.failure_code, delivery._reason_values())

    def _reason_values(self):
        """What the sentence of this delivery's failure says."""
        return {"address": self.address, "name": self.recipient_name, "detail": self.failure_detail or None}

    def _set_state(self, state, failure_code=False, failure_detail=False):
        """The one writer of a delivery's state; the step and the schedule follow (R83, R86, R87)."""
        moving = self.filtered(lambda one: transitions.check_move(transitions.DELIVERY_MOVES, one.state, state))
        if not moving:
            return
        values = {"state": state, "failure_code": failure_code, "failure_detail": failure_detail}
        now = clock.now(self.env)
        if state == "sent":
            values["sent_at"] = now
        moving.write(values)
        if state == "sent":
            moving.schedule_id.filtered(lambda schedule: not schedule.first_sent_at).write({"first_sent_at": now})
        moving.step_id._delivery_changed()

    def _notification_changed(self):
        """Read the result of Odoo's own sending off the notifications (R83, R87). What they say of a delivery that has
        come to its end is no news: Odoo's own *Ignore all* cancels the notifications of what failed."""
        groups = defaultdict(self.browse)
        for delivery in self:
            notification = delivery.notification_id
            state = NOTIFICATION_STATES.get(notification.notification_status)
            if state in transitions.DELIVERY_MOVES[delivery.state]:
                code = FAILURES.get(notification.failure_type, "mail_failed") if notification.failure_type else False
                said = " ".join((notification.failure_reason or "").split())
                if code == "mail_failed" and (refusal := REFUSAL.search(said)):
                    code, said = "bounced", " ".join(refusal.groups())
                groups[state, code, said or False] |= delivery
        for (state, code, reason), deliveries in groups.items():
            deliveries._set_state(state, code, reason)

    def _taken_back(self):
        """Their mails were taken out of Odoo's queue: nothing leaves."""
        self.notification_id.filtered(lambda one: one.notification_status == "ready").write(
            {"notification_status": "canceled"}
        )

    def _withdraw(self):
        """Take back what still waits in Odoo's mail queue; what is being handed over counts as gone (R32).

        Odoo locks a mail's notifications while it talks to the mail server, so a notification that can be locked here
        belongs to a mail nobody is sending.
        """
        notifications = self.filtered(lambda one: one.state == "queued").notification_id.try_lock_for_update()
        waiting = notifications.filtered(lambda one: one.notification_status == "ready")
        if not waiting:
            return
        waiting.mail_mail_id.filtered(lambda mail: mail.state == "outgoing").cancel()
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
