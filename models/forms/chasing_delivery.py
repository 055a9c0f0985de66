from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common import client_actions, clock, formats
from ..common.wording import selection_labels


class ChasingDelivery(models.Model):
    """Show people a delivery: when it went, and the message as it was sent."""

    _inherit = "chasing.delivery"

    when_text = fields.Char("Sent", compute="_compute_when")
    when_exact = fields.Char("Sent at", compute="_compute_when")
    recipient_text = fields.Char("To", compute="_compute_recipient_text")
    acts = fields.Json(compute="_compute_acts")

    message_subject = fields.Char("Subject", related="mail_message_id.subject", related_sudo=True)
    message_body = fields.Html("Text", compute="_compute_message_body", compute_sudo=True, sanitize=False)
    message_from = fields.Char("From", related="mail_message_id.email_from", related_sudo=True)
    attachment_ids = fields.Many2many(related="mail_message_id.attachment_ids", related_sudo=True)

    @api.depends("mail_message_id.body", "channel")
    def _compute_message_body(self):
        """Show the message as it left (R91)."""
        channels = self.env["chasing.channel"]._all()
        for delivery in self:
            delivery.message_body = channels[delivery.channel]._shown(delivery)

    @api.depends("queued_at", "sent_at")
    @api.depends_context("lang", "tz")
    def _compute_when(self):
        now = clock.now(self.env)
        for delivery in self:
            timezone = clock.zone(delivery.company_id)
            at = delivery.sent_at or delivery.queued_at
            delivery.when_text = formats.instant(self.env, at, timezone, now)
            delivery.when_exact = formats.exact_instant(self.env, at, timezone)

    @api.depends("recipient_name", "address", "channel", "cc")
    @api.depends_context("lang")
    def _compute_recipient_text(self):
        """Name who got it, and who got a copy (R74)."""
        for delivery in self:
            texts = (delivery.recipient_name, delivery.address)
            told = " · ".join(dict.fromkeys(filter(None, texts)))
            if delivery.cc:
                told = self.env._("%(recipient)s, copy to %(addresses)s", recipient=told, addresses=delivery.cc)
            delivery.recipient_text = told

    @api.depends("mail_message_id")
    @api.depends_context("lang", "tz")
    def _compute_acts(self):
        opening = {
            "name": "action_open_message",
            "label": self.env._("Open Message"),
            "icon": "fa-envelope-open-o",
        }
        for delivery in self:
            delivery.acts = [opening] if delivery.mail_message_id else []

    def action_open_message(self):
        """Open the message as it was sent in a dialog."""
        if not self.mail_message_id:
            raise UserError(
                self.env._("No message was sent to this recipient. %(why)s", why=self.failure_reason or "…")
            )
        # An SMS has no subject, and a dialog without a title is called Odoo.
        title = self.mail_message_id.sudo().subject or selection_labels(self, "channel")[self.channel]
        return client_actions.open_form(self, title, "invoice_chasing.chasing_delivery_view_form", target="new")
