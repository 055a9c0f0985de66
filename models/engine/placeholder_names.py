"""What an own text may tell of its invoice, as people call it (R77)."""

from .texts import _

# {field of an invoice: its name in a person's words}, in the order in which people are offered them.
NAMES = {
    "object.name": _("Invoice number"),
    "object.ref": _("Your reference"),
    "object.commercial_partner_id.name": _("Customer"),
    "object.partner_id.name": _("Contact"),
    "object.partner_id.ref": _("Customer number"),
    "object.chasing_asked_amount": _("Amount asked"),
    "object.amount_residual": _("Balance due"),
    "object.amount_total": _("Invoice total"),
    "object.amount_untaxed": _("Invoice total without tax"),
    "object.currency_id.name": _("Currency"),
    "object.invoice_date": _("Invoice date"),
    "object.invoice_date_due": _("Due date"),
    "object.chasing_asked_date": _("Due date of the amount asked"),
    "object.chasing_days_late": _("Days overdue"),
    "object.invoice_payment_term_id.name": _("Payment terms"),
    "object.payment_reference": _("Payment reference"),
    "object.chasing_discount_amount": _("Amount with early discount"),
    "object.chasing_discount_date": _("Date of early discount"),
    "object.chasing_bank_text": _("Bank account"),
    "object.chasing_link": _("Link to the invoice"),
    "object.invoice_origin": _("Order number"),
    "object.company_id.name": _("Company"),
    "object.company_id.phone": _("Company's phone"),
    "object.company_id.email": _("Company's e-mail"),
    "object.company_id.website": _("Company's website"),
    "object.invoice_user_id.name": _("Salesperson"),
    "object.invoice_user_id.phone": _("Salesperson's phone"),
    "object.invoice_user_id.email": _("Salesperson's e-mail"),
}

# It is filled with every right, so nothing stands here that the customer may not read. The last is filled for texts
# that have it: it is the salesperson's name by another way.
PATHS = frozenset([*NAMES, "object.user_id.name"])
# What is not there where it is 0.
OPTIONAL = frozenset({"object.chasing_discount_amount"})
