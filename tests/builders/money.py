from odoo import Command

from .builders import ChasingCommon, utc


class MoneyCommon(ChasingCommon):
    """A customer's money that nobody has applied, in every shape it comes in."""

    def receive(self, amount=100, partner=None, memo="", **values):
        """A receipt that is not applied to anything."""
        payment = self.env["account.payment"].create({
            "amount": amount,
            "date": "2026-03-02",
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": (partner or self.customer).id,
            "memo": memo,
            **values,
        })
        payment.action_post()
        self.env.cr.flush()
        return payment

    def give_credit(self, amount=100, **values):
        note = self._create_invoice(
            "out_refund",
            partner_id=self.customer,
            invoice_date="2026-03-02",
            invoice_line_ids=[Command.create({"name": "Back", "price_unit": amount, "tax_ids": []})],
            post=True,
            **values,
        )
        self.env.cr.flush()
        return note

    def bank_line(self, amount=100, text="transfer", partner=True, day="2026-03-02", **values):
        line = self.env["account.bank.statement.line"].create({
            "journal_id": self.company_data["default_journal_bank"].id,
            "date": day,
            "payment_ref": text,
            "amount": amount,
            "partner_id": self.customer.id if partner is True else partner and partner.id,
            **values,
        })
        self.env.cr.flush()
        return line

    def without_entry(self, amount=100, state="in_process", **values):
        """A payment that has no journal entry, as where the bank's own line is the entry."""
        payment = self.env["account.payment"].create({
            "amount": amount,
            "date": "2026-03-02",
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.customer.id,
            **values,
        })
        payment.outstanding_account_id = False
        payment.action_post()
        self.assertFalse(payment.move_id)
        payment.state = state
        self.env.cr.flush()
        return payment

    def pay_online(self, invoice, code, state="pending", amount=100, day="2026-03-02 08:30"):
        if "transaction_ids" not in invoice._fields:
            self.skipTest("online payments are not installed")
        provider = self.env["payment.provider"].sudo().search([("company_id", "=", self.company.id)], limit=1)
        provider = provider or self.env["payment.provider"].sudo().search([], limit=1)
        # which provider it is decides the way, and none is set up
        self.env.cr.execute("UPDATE payment_provider SET code = %s WHERE id = %s", [code, provider.id])
        transactions = self.env.registry["payment.transaction"]
        self.patch(transactions, "_check_state_authorized_supported", lambda _transactions: None)
        method = self.env["payment.method"].sudo().create({"name": "Test", "code": f"test_{code}"})
        number = self.env["payment.transaction"].sudo().search_count([])
        payment = (
            self.env["payment.transaction"]
            .sudo()
            .create({
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": f"chasing {number}",
                "amount": amount,
                "currency_id": invoice.currency_id.id,
                "partner_id": self.customer.id,
                "state": state,
                "last_state_change": utc(day),
                "invoice_ids": [Command.set(invoice.ids)],
            })
        )
        self.env.cr.flush()
        return payment

    def hold(self, invoice):
        return invoice.chasing_schedule_id.hold_reason or False

    def holds(self, *invoices):
        return [self.hold(invoice) for invoice in invoices]
