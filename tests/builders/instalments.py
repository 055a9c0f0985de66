"""Builders for what is paid in instalments."""

from odoo import Command

from .builders import ChasingCommon


class ChasingInstalmentsCommon(ChasingCommon):
    """The usual invoice of 2 March, 100.00, is due in three parts: 40.00 on 12 March, 30.00 on 11 April, 30.00 on
    11 May. No cadence is given by itself."""

    has_default = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.env["account.payment.term"].create({
            "name": "Three parts",
            "line_ids": [
                Command.create({"value": "percent", "value_amount": share, "nb_days": days})
                for share, days in ((40, 10), (30, 40), (30, 70))
            ],
        })

    @classmethod
    def make_invoice(cls, **values):
        return super().make_invoice(**{"due": False, "invoice_payment_term_id": cls.term.id, **values})

    def parts(self, invoice):
        """The lines of its instalments, in order."""
        return invoice.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")

    def extend(self, invoice, number, day):
        """The customer gets until that day for an instalment."""
        self.parts(invoice)[number - 1].date_maturity = day
        self.env.cr.flush()

    def pay_part(self, invoice, number):
        """Pay an instalment in full: apply a receipt of its amount to its line."""
        line = self.parts(invoice)[number - 1]
        payment = self.env["account.payment"].create({
            "partner_id": invoice.partner_id.id,
            "payment_type": "inbound",
            "partner_type": "customer",
            "amount": line.amount_residual_currency,
            "date": self.now.date(),
        })
        payment.action_post()
        receipt = payment.move_id.line_ids.filtered(lambda one: one.account_id == line.account_id)
        (line | receipt).reconcile()
        self.env.cr.flush()
        return payment
