from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common import clock
from ..common.user_groups import INTERNAL_USERS, READER_GROUPS


class AccountMove(models.Model):
    _inherit = "account.move"

    # What messages say of it, see `_chasing_addresses`; a template can use it like any field of the invoice.
    chasing_link = fields.Char("Invoice Page", compute="_compute_chasing_link", groups=INTERNAL_USERS)
    # It may stand for several files, one in each language (R79).
    chasing_copy_file = fields.Binary("Copy of the Invoice", attachment=True, readonly=True, copy=False)

    chasing_bank_text = fields.Char("Bank Account", compute="_compute_chasing_bank_text", groups=READER_GROUPS)

    @api.depends("access_token", "move_type")
    def _compute_chasing_link(self):
        """Return the address of the page on which the customer sees the invoice, with the token that it has by now."""
        for move in self:
            token = f"?access_token={move.access_token}" if move.access_token else ""
            move.chasing_link = bool(move.id) and f"{move.get_base_url()}{move.access_url}{token}"

    def _chasing_addresses(self):
        """Return {what it is: address} of what a message may link to: `page`, `payment` and the image `qr` (R92c).

        Each invoice needs its token for it, see `_chasing_ensure_tokens`.
        """
        page, route = self.chasing_link, f"{self.get_base_url()}/chasing/qr/{self.id}.png"
        return {
            "page": page,
            "payment": f"{page}&payment=True#portal_pay",
            "qr": f"{route}?access_token={self.access_token}",
        }

    @api.depends("partner_bank_id")
    def _compute_chasing_bank_text(self):
        """Tell the account to pay to in one line, as texts say it: its holder, its number and its bank's code (R72)."""
        for move in self:
            account = move.sudo()._chasing_bank_account()
            holder = account.acc_holder_name or account.partner_id.name
            move.chasing_bank_text = ", ".join(filter(None, [holder, account.acc_number, account.bank_bic])) or False

    @api.model
    def mail_allowed_qweb_expressions(self):
        """Let every writer of templates name what own texts may, as far as Odoo prints it as it stands (R77).

        In a text that names nothing else Odoo prints a date or an amount unformatted: those are left out.
        """
        texts = self.env["chasing.placeholder"]._plain_paths()
        return tuple(dict.fromkeys([*super().mail_allowed_qweb_expressions(), *texts]))

    # What messages say, and templates may: 0 and empty where paying early saves nothing (R76).
    chasing_discount_amount = fields.Monetary(
        "Amount With Early Discount",
        compute="_compute_chasing_discount",
        compute_sudo=True,
        help="What is to be paid by the date of the early-payment discount.",
    )
    chasing_discount_date = fields.Date(
        "Date of Early Discount", compute="_compute_chasing_discount", compute_sudo=True
    )

    @api.depends(
        "invoice_payment_term_id.early_discount",
        "invoice_date",
        "line_ids.discount_date",
        "line_ids.discount_amount_currency",
        "line_ids.matched_credit_ids",
        "line_ids.matched_debit_ids",
    )
    @api.depends_context("chasing_now")
    def _compute_chasing_discount(self):
        """Tell what Odoo would take today, on the company's clocks and in the invoice's currency (R76)."""
        for move in self:
            lines = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
            today = clock.today(move.company_id)
            is_open = lines and move._is_eligible_for_early_payment_discount(move.currency_id, today)
            move.chasing_discount_amount = lines[:1].discount_amount_currency if is_open else 0
            move.chasing_discount_date = is_open and lines[:1].discount_date

    def _chasing_pdfs(self):
        """Return {move id: attachment id} of the official PDF of those that have one."""
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search_fetch(
                [
                    ("res_model", "=", "account.move"),
                    ("res_id", "in", self.ids),
                    ("res_field", "=", "invoice_pdf_report_file"),
                ],
                # The model is what creating a message asks every attachment for, one by one.
                ["res_model", "res_id"],
            )
        )
        return {attachment.res_id: attachment.id for attachment in attachments}

    def _chasing_without_documents(self):
        """Return those that have no official PDF yet."""
        pdfs = self._chasing_pdfs()
        return self.filtered(lambda move: move.id not in pdfs and move.state == "posted")

    def _chasing_ensure_tokens(self):
        """Give every invoice the token its portal link needs, in one statement.

        Odoo's own way writes invoice by invoice, each through the whole of an invoice's write.
        """
        missing = self.filtered(lambda move: not move.access_token)
        if missing:
            missing.flush_recordset(["access_token"])
            self.env.execute_query(
                SQL(
                    "UPDATE account_move SET access_token = gen_random_uuid()::text"
                    " WHERE id = ANY(%s) AND COALESCE(access_token, '') = '' RETURNING id",
                    missing.ids,
                )
            )
            missing.invalidate_recordset(["access_token"])
            missing.modified(["access_token"])

    def _chasing_payment_url(self):
        """Return the address at which the invoice can be paid online now, False where it cannot (R74)."""
        if not self._chasing_is_payable_online():
            return False
        self._chasing_ensure_tokens()
        return self.sudo()._chasing_addresses()["payment"]

    def _chasing_is_payable_online(self):
        """Return whether the invoice can be paid online now, by Odoo's own payment pages."""
        return bool(self._chasing_payable())

    def _chasing_payable(self):
        """Return those that can be paid online now (R74).

        Who takes the money is asked once for all invoices of a country and a currency, and where providers mind it of
        an amount.
        """
        if "payment.provider" not in self.env or not hasattr(self, "_has_to_be_paid"):
            return self.browse()
        wanted = self.filtered(lambda move: move.sudo()._has_to_be_paid())
        providers = self.env["payment.provider"].sudo()
        minds_amount = wanted and providers.search_count([("maximum_amount", ">", 0)], limit=1)
        groups = wanted.grouped(
            lambda move: (
                move.company_id,
                move.partner_id.country_id,
                move.currency_id,
                minds_amount and move.amount_residual,
            )
        )
        return self.browse().union(*(group for group in groups.values() if group[0]._chasing_providers()))

    def _chasing_providers(self):
        """Return the payment providers that a visitor of the invoice's page may choose from."""
        providers = self.env["payment.provider"].sudo()
        found = providers._get_compatible_providers(
            self.company_id.id, self.partner_id.id, self.amount_residual, currency_id=self.currency_id.id
        )
        return found.filtered("is_published")

    def _chasing_bank_account(self):
        """Return the account to pay to (R72).

        It is the invoice's, or where that was archived another that our company trusts and that takes the invoice's
        currency, if there is one.
        """
        chosen = self.partner_bank_id
        if not chosen or chosen.active:
            return chosen
        return chosen.partner_id.bank_ids.filtered(
            lambda account: account.active
            and account.allow_out_payment
            and (account.currency_id or self.currency_id) == self.currency_id
            and (account.company_id or self.company_id) == self.company_id
        )[:1]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_chased(self):
        """Refuse to delete an invoice about which something was sent (R39)."""
        if self.env["chasing.delivery"].sudo().search_count([("move_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._("A message about this invoice was sent. Cancel the invoice instead of deleting it.")
            )
