"""What an own text may tell of its invoice, as people call it (R77)."""

from odoo.tools.translate import LazyTranslate

# Named once, long before anybody asks in a language.
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)

# {field of an invoice: its name in a person's words}, in the order in which people are offered them.
NAMES = {
    "object.name": _lt("Invoice number"),
    "object.ref": _lt("Your reference"),
    "object.commercial_partner_id.name": _lt("Customer"),
    "object.partner_id.name": _lt("Contact"),
    "object.partner_id.ref": _lt("Customer number"),
    "object.chasing_asked_amount": _lt("Amount asked"),
    "object.amount_residual": _lt("Balance due"),
    "object.amount_total": _lt("Invoice total"),
    "object.amount_untaxed": _lt("Invoice total without tax"),
    "object.currency_id.name": _lt("Currency"),
    "object.invoice_date": _lt("Invoice date"),
    "object.invoice_date_due": _lt("Due date"),
    "object.chasing_asked_date": _lt("Due date of the amount asked"),
    "object.chasing_days_late": _lt("Days overdue"),
    "object.invoice_payment_term_id.name": _lt("Payment terms"),
    "object.payment_reference": _lt("Payment reference"),
    "object.chasing_discount_amount": _lt("Amount with early discount"),
    "object.chasing_discount_date": _lt("Date of early discount"),
    "object.chasing_bank_text": _lt("Bank account"),
    "object.chasing_link": _lt("Link to the invoice"),
    "object.invoice_origin": _lt("Order number"),
    "object.company_id.name": _lt("Company"),
    "object.company_id.phone": _lt("Company's phone"),
    "object.company_id.email": _lt("Company's e-mail"),
    "object.company_id.website": _lt("Company's website"),
    "object.invoice_user_id.name": _lt("Salesperson"),
    "object.invoice_user_id.phone": _lt("Salesperson's phone"),
    "object.invoice_user_id.email": _lt("Salesperson's e-mail"),
}

# It is filled with every right, so nothing stands here that the customer may not read. The last is filled for texts
# that have it: it is the salesperson's name by another way.
PATHS = frozenset([*NAMES, "object.user_id.name"])
# What is not there where it is 0.
OPTIONAL = frozenset({"object.chasing_discount_amount"})
