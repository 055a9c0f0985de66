from odoo import api, fields, models
from odoo.tools import SQL

from ..common import clock
from ..common.errors import user_text


class ChasingPostalEvent(models.Model):
    """Remember the messages of postal providers that were heard, so that none is followed twice."""

    _name = "chasing.postal.event"
    _description = "Message of a Postal Provider"
    _log_access = False

    provider_id = fields.Many2one("chasing.postal.provider", required=True, ondelete="cascade", index=True)
    name = fields.Char("Id", required=True)
    received_at = fields.Datetime(required=True)

    _once = models.UniqueIndex("(provider_id, name)", "This report was already received.")

    @api.model
    def _receive(self, provider, event):
        """Follow one genuine message, once.

        :param provider: the chasing.postal.provider it came to
        :param event: postal.client.Event
        :return: whether it is about a letter of this provider
        """
        letter = (
            self.env["chasing.letter"]
            .sudo()
            .search([("provider_reference", "=", event.provider_reference), ("provider_id", "=", provider.id)], limit=1)
        )
        if not letter:
            return False
        if event.state and self._is_news(provider, event):
            self._lock_letter(letter)
            letter._apply_status(event.state, user_text(event.detail))
            letter._sync_deliveries()
        return True

    def _lock_letter(self, letter):
        """Lock a letter once nobody works on it any more: what is told meanwhile must not be lost.

        Had it changed, PostgreSQL refuses, and Odoo answers the request anew.
        """
        self.env.execute_query(SQL("SELECT id FROM chasing_letter WHERE id = %s FOR NO KEY UPDATE", letter.id))

    def _is_news(self, provider, event):
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO chasing_postal_event (provider_id, name, received_at) VALUES (%s, %s, %s)
                ON CONFLICT DO NOTHING RETURNING id
                """,
                provider.id,
                event.id,
                clock.now(self.env),
            )
        )
        return bool(rows)

    @api.autovacuum
    def _gc_events(self):
        """Forget what was heard long ago: it is not repeated."""
        self.env.execute_query(
            SQL("DELETE FROM chasing_postal_event WHERE received_at < now() - interval '90 days' RETURNING id")
        )
