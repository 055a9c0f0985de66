from odoo import api, fields, models

from ..common import formats, settings_log

LOGGED = ("currency_id", "amount")


class ChasingMinimum(models.Model):
    """The open balance in one currency below which a company does not chase (R46b)."""

    _name = "chasing.minimum"
    _inherit = ["chasing.owned"]
    _description = "Minimum to Chase"
    _order = "company_id, currency_id"
    _rec_name = "currency_id"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, ondelete="cascade", default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary(required=True)

    _currency_once = models.Constraint(
        "UNIQUE (company_id, currency_id)", "The company already has a minimum in this currency. Change that one."
    )
    _not_negative = models.Constraint("CHECK (amount >= 0)", "The minimum to chase must be 0 or more.")

    @api.model_create_multi
    def create(self, vals_list):
        minimums = super().create(vals_list)
        minimums._log(dict.fromkeys(minimums, dict.fromkeys(LOGGED, (None, ""))))
        return minimums

    def write(self, vals):
        before = {minimum: settings_log.snapshot(minimum, LOGGED) for minimum in self.sudo()}
        result = super().write(vals)
        self._log(before)
        return result

    def unlink(self):
        for minimum in self.sudo():
            text = self.env._(
                "Minimum to chase of %(company)s removed: %(amount)s.",
                company=minimum.company_id.name,
                amount=formats.amount(self.env, minimum.amount, minimum.currency_id),
            )
            minimum.company_id.partner_id._message_log(body=text)
        return super().unlink()

    def _log(self, before):
        """Note who changed it, old → new (R23), on the company's own contact, as a company has no conversation."""
        for minimum in self.sudo():
            title = self.env._("Minimum to chase of %(company)s changed.", company=minimum.company_id.name)
            settings_log.log_changes(minimum, before[minimum], minimum.company_id.partner_id, title)
