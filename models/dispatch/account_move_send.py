import logging

from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..common import clock, trusted_context
from ..common.ir_actions_report import limited

_logger = logging.getLogger(__name__)
# What the documents of one invoice may take to print; a second is usual, a thousand lines take twenty.
SECONDS = 60
# Odoo's method of who sends an invoice by hand.
MANUAL = "manual"


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _chasing_prepare(self, move):
        """Make an invoice's documents by Odoo's own sending (R73).

        The customer's own methods are used but those that bring a message, which is ours. What goes wrong is logged on
        the invoice by Odoo, and its step will fail for want of a PDF.

        :param move: one posted account.move
        """
        sender = trusted_context.put(self.sudo().with_company(move.company_id), chasing_only_documents=True)
        methods = sender._get_default_sending_methods(move) - self._chasing_message_methods()
        try:
            with self.env.cr.savepoint(), limited(SECONDS):
                sender._generate_and_send_invoices(
                    move.sudo().with_company(move.company_id), sending_methods=methods, allow_raising=False
                )
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # No fault of this invoice's: the whole transaction begins anew.
            raise
        except Exception:
            # One invoice whose documents cannot be made must not keep the others from leaving.
            _logger.exception("The documents of invoice %s could not be made", move.id)

    @api.model
    def _link_invoice_documents(self, invoices_data):
        """Keep Odoo from taking an invoice whose PDF it made for sent; ours are when their message is (R86)."""
        unsent = [invoice for invoice in invoices_data if not invoice.is_move_sent]
        result = super()._link_invoice_documents(invoices_data)
        if trusted_context.get(self.env, "chasing_only_documents"):
            for invoice in unsent:
                invoice.is_move_sent = False
        return result

    @api.model
    def _hook_if_success(self, moves_data, from_cron=False):
        """Note what Odoo itself sent: it counts as the invoice's first send and as today's contact (R9, R17)."""
        result = super()._hook_if_success(moves_data, from_cron=from_cron)
        sent = self.env["account.move"].union(
            *(move for move, data in moves_data.items() if self._chasing_left_by(move, data))
        )
        self.env["chasing.schedule"].sudo().search([("move_id", "in", sent.ids)])._sent_by_odoo(clock.now(self.env))
        return result

    @api.model
    def _chasing_left_by(self, move, data):
        """Return the methods by which Odoo's own sending really sent an invoice (R86).

        It passes in silence over a message that reaches nobody.
        Hook: extended by channels that know where nothing left.
        """
        messages = self._chasing_message_methods()
        return {
            method
            for method in data.get("sending_methods") or ()
            if method != MANUAL and (method not in messages or self._is_applicable_to_move(method, move, **data))
        }

    @api.model
    def _chasing_message_methods(self):
        """Return Odoo's methods of sending that bring messages of their own: those of our channels, and none at all."""
        channels = self.env["chasing.channel"]._all().values()
        return {MANUAL}.union(*(channel._odoo_methods for channel in channels))
