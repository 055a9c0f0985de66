from typing import NamedTuple

from odoo import api, models
from odoo.tools import str2bool

# Modules that remind customers of their debts beside us, and what they do.
FOLLOW_UPS = (
    "account_followup",
    "snailmail_account_followup",
    "account_credit_control",
    "account_invoice_overdue_reminder",
    "partner_statement",
)
AUTOMATIC_SALES = "sale.automatic_invoice"


class OtherSender(NamedTuple):
    """Something in this database that mails customers about invoices by itself.

    ``text`` is a sentence that tells what it does and where to stop it, ``parameter`` what switches it off, None if
    nothing does.
    """

    text: str
    parameter: str | None = None


class ChasingOtherSender(models.AbstractModel):
    """Find who else reminds or mails invoices by itself (R44).

    Receipts, credit notes and all other mail are none of it.
    """

    _name = "chasing.other.sender"
    _description = "Other Senders of Invoices"

    @api.model
    def _found(self):
        """Return [OtherSender], those that are at work now."""
        return [*self._automatic_sales(), *self._follow_ups(), *self._automations()]

    def _automatic_sales(self):
        if str2bool(self.env["ir.config_parameter"].sudo().get_param(AUTOMATIC_SALES) or "False"):
            yield OtherSender(
                self.env._(
                    "Invoices of paid sales orders are sent automatically. See Settings ▸ Sales ▸ Automatic Invoice."
                ),
                AUTOMATIC_SALES,
            )

    def _follow_ups(self):
        modules = self.env["ir.module.module"].sudo().search([("name", "in", FOLLOW_UPS), ("state", "=", "installed")])
        for module in modules:
            yield OtherSender(
                self.env._(
                    "%(module)s reminds customers too. Switch its reminders off, or use only one of the two.",
                    module=module.shortdesc,
                )
            )

    def _automations(self):
        """Yield automated actions on invoices that send an e-mail or an SMS, also as one of several actions."""
        if "base.automation" not in self.env:
            return
        sending = (
            self.env["ir.actions.server"]
            .sudo()
            .search([
                ("model_id.model", "=", "account.move"),
                ("state", "in", ("mail_post", "sms")),
            ])
        )
        automations = self.env["base.automation"].sudo().search([("action_server_ids", "parent_of", sending.ids)])
        for automation in automations:
            yield OtherSender(
                self.env._(
                    "The automation rule %(name)s sends messages about invoices. See Settings ▸ Automation Rules.",
                    name=automation.name,
                )
            )
