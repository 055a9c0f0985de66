from odoo import api, fields, models

from ..models.common.client_actions import notification
from ..models.common.wording import counted, reason_text
from ..models.engine import address_list


class ChasingContacts(models.TransientModel):
    """Choose who gets the e-mails about one invoice: the customer's contacts, or a list of its own (R61)."""

    _name = "chasing.contacts"
    _inherit = "chasing.dialog"
    _description = "E-mail Contacts of an Invoice"

    schedule_id = fields.Many2one("chasing.schedule", required=True, readonly=True, ondelete="cascade")
    use_customer_contacts = fields.Boolean(
        "Use Customer E-mail Contacts",
        compute="_compute_from_schedule",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    emails = fields.Text(
        "E-mail Addresses", compute="_compute_from_schedule", compute_sudo=False, store=True, readonly=False
    )
    customer_text = fields.Char("Customer E-mail Contacts", compute="_compute_customer_text")
    verdict = fields.Char(compute="_compute_verdict")
    is_wrong = fields.Boolean(compute="_compute_verdict")

    @api.depends("schedule_id")
    def _compute_from_schedule(self):
        for dialog in self:
            dialog.use_customer_contacts = not dialog.schedule_id.use_own_contacts
            dialog.emails = dialog.schedule_id.own_emails

    @api.depends("schedule_id")
    def _compute_customer_text(self):
        for dialog in self:
            contacts = dialog.schedule_id.sudo().move_id._chasing_invoice_contacts()
            partners = contacts.get(dialog.schedule_id.move_id.id) or []
            dialog.customer_text = ", ".join(partner.email_formatted or partner.name for partner in partners)

    @api.depends("emails", "use_customer_contacts")
    @api.depends_context("lang")
    def _compute_verdict(self):
        """Say while the list is typed how many addresses it holds, and the first that is not one."""
        for dialog in self:
            wrong = dialog._wrong_addresses()
            count = len(address_list.parse_address_list(dialog.emails or ""))
            is_long = count > address_list.MAX_RECIPIENTS and not dialog.use_customer_contacts
            dialog.is_wrong = bool(wrong) or is_long
            if is_long:
                dialog.verdict = reason_text(self.env, "too_many_recipients")
            elif wrong:
                dialog.verdict = self.env._(
                    "“%(address)s” is not an e-mail address. Correct or remove it.", address=wrong[0]
                )
            else:
                one = self.env._("1 address gets the e-mails.")
                dialog.verdict = counted(self.env, count, one, self.env._("%(count)s addresses get the e-mails."))

    def _wrong_addresses(self):
        if self.use_customer_contacts:
            return []
        entries = address_list.parse_address_list(self.emails or "")
        return [address for _name, address in entries if not address_list.is_email(address)]

    def action_save(self):
        """Give the unsent steps these recipients."""
        self.ensure_one()
        self.schedule_id._set_contacts(not self.use_customer_contacts, self.emails)
        return notification(self.env._("The recipients are saved."))
