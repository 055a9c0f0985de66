import contextlib
import logging

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError

from ..common import clock, isolation, trusted_context
from ..common.errors import explain, user_text
from ..common.ir_actions_report import NotInTime, limited, together

_logger = logging.getLogger(__name__)
# What the documents of one invoice, or of some together, may take to print; a second is usual, a thousand lines take
# twenty. A worker of Odoo's lives two minutes.
SECONDS = 60
# Odoo writes on each invoice that it has a PDF, and would look each time whether its lines still add up.
NO_CHANGE = {"check_move_validity": False, "skip_invoice_sync": True, "skip_is_manually_modified": True}
# Odoo's method of who sends an invoice by hand.
MANUAL = "manual"


class Attempt:
    """Hold what came of making the documents of some invoices.

    Where it is undone, since one breaks it or somebody else was faster, it goes on with what is printed already.

    :param may_commit: Odoo may commit what a network has taken as soon as it has, since nobody relies on a lock or a
        savepoint
    """

    def __init__(self, may_commit=False):
        self.may_commit = may_commit
        # {account.move: what people are told, or None} of those that have none
        self.errors = {}
        # Those for whose printing time did not suffice beside the others: nothing is known about them.
        self.late = set()
        # {id: (digest, PDF)} of those that were printed.
        self.kept = {}


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _chasing_prepare(self, moves, attempt=None):
        """Make invoices' documents by Odoo's own sending, those of all in one go (R73).

        The customer's own methods are used but those that bring a message, which is ours. One that breaks it for the
        others is found by halves; what goes wrong is logged, and its step will fail for want of a PDF.

        :param moves: posted account.move of one company and one report; one whose documents are more than a PDF alone
        :param attempt: an Attempt that was undone
        :return: Attempt
        """
        attempt = attempt or Attempt()
        isolation.run(
            moves,
            lambda part: self._chasing_generate(part, attempt),
            lambda move, error: self._chasing_give_up(attempt, move, error),
        )
        return attempt

    def _chasing_give_up(self, attempt, move, error):
        """Note that an invoice has no documents, since making them broke."""
        _logger.warning("The documents of invoice %s could not be made: %s", move.id, error)
        attempt.errors[move] = explain(self.env, error)

    def _chasing_generate(self, moves, attempt):
        """Have Odoo make the documents of invoices, within the time for all."""
        for move in moves:
            attempt.errors.pop(move, None)
            attempt.late.discard(move)
        company = moves.company_id
        sender = trusted_context.put(self.sudo().with_company(company), chasing_only_documents=attempt)
        methods = sender._chasing_document_methods(moves[:1])
        # A network's own code asks from the invoice whether it may commit.
        moves = moves.with_env(sender.env)
        if len(moves) > 1:
            moves = moves.with_context(**NO_CHANGE)
        # Some do not ask.
        commits = contextlib.nullcontext() if attempt.may_commit else isolation.without_commits(self.env.cr)
        with limited(SECONDS), commits:
            sender._generate_and_send_invoices(moves, sending_methods=methods, allow_raising=False)

    @api.model
    def _can_commit(self):
        """Keep Odoo from committing within what is one transaction: savepoints and locks would be lost (R81)."""
        attempt = trusted_context.get(self.env, "chasing_only_documents")
        return (not attempt or attempt.may_commit) and super()._can_commit()

    @api.model
    def _chasing_document_methods(self, move):
        """Return the customer's methods of sending that are no message: they come with the documents (R73)."""
        return self._get_default_sending_methods(move) - self._chasing_message_methods()

    @api.model
    def _chasing_is_served(self, move):
        """Return whether a network sends an invoice as soon as its documents are made (R73)."""
        sender, move = self.sudo().with_company(move.company_id), move.sudo().with_company(move.company_id)
        return bool(sender._chasing_document_methods(move))

    @api.model
    def _chasing_print_group(self, move):
        """Return what invoices share whose documents can be made in one go; something of its own for one that cannot.

        An e-invoice, or a network to send it by, is made as Odoo does it.
        """
        sender, move = self.sudo().with_company(move.company_id), move.sudo().with_company(move.company_id)
        methods = sender._chasing_document_methods(move)
        e_invoice = sender._get_default_invoice_edi_format(move, sending_methods=methods)
        if methods or e_invoice or sender._get_default_extra_edis(move):
            return move.id
        try:
            return move.company_id, sender._get_default_pdf_report_id(move)
        except UserError:
            # No report prints it: that is told when its documents are made.
            return move.id

    @api.model
    def _prepare_invoice_pdf_report(self, invoices_data):
        """Print the PDFs of all in few processes, but let each go its own way through Odoo, and fail alone (R82)."""
        attempt = trusted_context.get(self.env, "chasing_only_documents")
        ahead, moves = self.env["chasing.document.ahead"], self.env["account.move"].union(*invoices_data)
        if attempt:
            # What this attempt printed itself is newer.
            attempt.kept = ahead._printed(moves) | attempt.kept
        if not attempt or not (len(invoices_data) > 1 or attempt.kept.keys() & {one.id for one in invoices_data}):
            return super()._prepare_invoice_pdf_report(invoices_data)
        [report] = {data["pdf_report"] for data in invoices_data.values()}
        with together(report, [invoice.id for invoice in invoices_data], attempt.kept) as documents:
            for invoice, data in invoices_data.items():
                try:
                    super()._prepare_invoice_pdf_report({invoice: data})
                except psycopg2.Error:
                    raise
                except Exception as error:
                    if not documents.is_done:
                        # What breaks for all is found by halves.
                        raise
                    self._chasing_note(attempt, invoice, data, error)
        ahead._forget(moves)
        return None

    def _chasing_note(self, attempt, invoice, data, error):
        """Note that an invoice was not printed, for Odoo too, which then leaves it out."""
        text = explain(self.env, error)
        data.update(error={"error_title": text}, is_chasing_error=True)
        if isinstance(error, NotInTime):
            attempt.late.add(invoice)
        else:
            is_told = isinstance(error, UserError)
            _logger.warning("The PDF of invoice %s could not be made: %s", invoice.id, error, exc_info=not is_told)
            attempt.errors[invoice] = text

    @api.model
    def _hook_if_errors(self, moves_data, allow_raising=True):
        """Keep what goes wrong with documents for the invoice's step; what Odoo found itself it logs (R85)."""
        attempt = trusted_context.get(self.env, "chasing_only_documents")
        if attempt:
            moves_data = {move: data for move, data in moves_data.items() if not data.get("is_chasing_error")}
            for move, data in moves_data.items():
                if isinstance(data["error"], str):
                    # Some networks say it in a word, which Odoo itself then trips over.
                    data["error"] = {"error_title": data["error"]}
                attempt.errors[move] = user_text(self._format_error_text(data["error"]))
        return super()._hook_if_errors(moves_data, allow_raising) if moves_data else None

    @api.model
    def _link_invoice_documents(self, invoices_data):
        """Keep Odoo from taking an invoice whose PDF it made for sent; ours are when their message is (R86)."""
        unsent = [invoice.id for invoice in invoices_data if not invoice.is_move_sent]
        result = super()._link_invoice_documents(invoices_data)
        if unsent and trusted_context.get(self.env, "chasing_only_documents"):
            next(iter(invoices_data)).browse(unsent).is_move_sent = False
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
