from odoo import api, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    """Give many customers a cadence of their own (R37, R50)."""

    _inherit = "res.partner"

    def _chasing_choose_cadence(self, cadence_id):
        """Let new invoices of these customers get a cadence, in the current company and its branches.

        :param cadence_id: the id of a chasing.cadence; False: rules and the default decide
        """
        customers, cadences = self._chasing_as_collector(), self.env["chasing.cadence"]
        cadence = cadences.browse(cadence_id or ()).exists()
        if cadence_id and not cadence:
            raise UserError(self.env._("The cadence was deleted in the meantime."))
        for company in self.env.company | self.env.company._chasing_branches():
            if cadence:
                cadence.sudo()._check_usable_in(company)
            customers.with_company(company).chasing_cadence_id = cadence

    def _chasing_blocked_reasons(self, act, **values):
        blocked = super()._chasing_blocked_reasons(act, **values)
        if act == "cadence_customer":
            companies = self.env.company | self.env.company._chasing_branches()
            wanted, same = values["cadence_id"] or False, self
            for company in companies:
                here = same.sudo().with_company(company)
                same = same.browse(customer.id for customer in here if customer.chasing_cadence_id.id == wanted)
            why = self.env._("It has this cadence already.") if wanted else self.env._("It has no cadence of its own.")
            blocked = dict.fromkeys(same, why) | blocked
        return blocked

    @api.model
    def _chasing_changed_fields(self, act):
        return ("chasing_cadence_id",) if act == "cadence_customer" else super()._chasing_changed_fields(act)

    @api.model
    def _chasing_standing_text(self, values):
        if "chasing_cadence_id" not in values:
            return super()._chasing_standing_text(values)
        cadence = self.env["chasing.cadence"].sudo().browse(values["chasing_cadence_id"] or ()).exists()
        return cadence.name or self.env._("No cadence of its own")
