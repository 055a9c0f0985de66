from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ChasingContactRole(models.Model):
    """A role that contacts of customers, or some of our own people, can have.

    They get the steps that are limited to it (R62, R63).
    """

    _name = "chasing.contact.role"
    _inherit = ["chasing.owned"]
    _description = "Chasing Contact Role"
    _order = "sequence, name"
    _check_company_auto = True

    _check_company_domain = models.check_company_domain_parent_of
    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    partner_ids = fields.Many2many(
        "res.partner", "chasing_contact_role_partner_rel", "role_id", "partner_id", "Contacts"
    )
    # Every employee sees which roles a contact has, and need not know who of us holds them.
    holder_ids = fields.One2many(
        "chasing.contact.role.holder",
        "role_id",
        "Colleagues",
        copy=True,
        groups="invoice_chasing.group_user,account.group_account_readonly",
    )
    contact_count = fields.Integer("Number of Contacts", compute="_compute_contact_count")
    _name_once = models.Constraint("UNIQUE (company_id, name)", "There is already a contact role with this name.")

    def _compute_contact_count(self):
        counts = {
            role.id: count
            for role, count in self.env["res.partner"]._read_group(
                [("chasing_role_ids", "in", self.ids)], ["chasing_role_ids"], ["__count"]
            )
        }
        for role in self:
            role.contact_count = counts.get(role.id, 0)


class ChasingContactRoleHolder(models.Model):
    """One of our own people who holds a role: a user for named customers, or the invoice's salesperson.

    They get copies, never in the customer's stead (R62).
    """

    _name = "chasing.contact.role.holder"
    _inherit = ["chasing.owned"]
    _description = "Chasing Contact Role Holder"
    _owner_field = "role_id"

    role_id = fields.Many2one("chasing.contact.role", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="role_id.company_id", store=True, index=True)
    is_salesperson = fields.Boolean("Salesperson", help="The salesperson of each invoice.")
    user_id = fields.Many2one("res.users", domain="[('share', '=', False)]", ondelete="cascade")
    customer_ids = fields.Many2many(
        "res.partner",
        "chasing_contact_role_holder_customer_rel",
        "holder_id",
        "partner_id",
        "For Customers",
        domain="[('parent_id', '=', False)]",
        help="If empty, for every customer.",
    )
    _somebody = models.Constraint(
        "CHECK (COALESCE(is_salesperson, FALSE) = (user_id IS NULL))",
        "Choose either a user or the salesperson.",
    )

    @api.constrains("user_id")
    def _check_user_id(self):
        """Refuse a holder who is none of our own people, as what goes to a holder is an internal copy (R62)."""
        for holder in self.sudo():
            user, company = holder.user_id, holder.company_id
            if user and (user.share or not user.active or company not in user.company_ids.parent_ids):
                raise ValidationError(
                    self.env._(
                        "%(user)s is not a user of %(company)s and cannot have the role. Choose one of its users.",
                        user=user.name,
                        company=company.name,
                    )
                )

    def _user_for(self, move):
        """Return the user who holds the role for an invoice (R60, R62).

        It is nobody if the role is for other customers, or if who has it left or is none of the company's people.
        """
        self.ensure_one()
        if self.customer_ids and move.commercial_partner_id not in self.customer_ids.commercial_partner_id:
            return self.env["res.users"]
        user = move.invoice_user_id if self.is_salesperson else self.user_id
        mine = move.company_id._chasing_is_colleague
        return user.filtered(lambda holder: holder.partner_id.active and mine(holder))
