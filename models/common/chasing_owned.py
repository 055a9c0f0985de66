from odoo import api, models
from odoo.exceptions import UserError


class ChasingOwned(models.AbstractModel):
    """Keep records with the company or the record that they were made for.

    Odoo asks its rules before a record changes, not after: whoever may change one could move it to where they may not
    make one.
    """

    _name = "chasing.owned"
    _inherit = ["chasing.readable", "chasing.texts"]
    _description = "Stays With Its Owner"
    _owner_field = "company_id"

    @api.model
    def default_get(self, fields):
        """Leave out of a client's defaults what its user may not write, such as the secrets of a provider."""
        barred = {
            f"default_{name}"
            for name in fields
            if name in self._fields and not self._has_field_access(self._fields[name], "write")
        }
        kept = {key: value for key, value in self.env.context.items() if key not in barred}
        return super(ChasingOwned, self.with_env(self.env(context=kept))).default_get(fields)

    def write(self, vals):
        if self._owner_field in vals:
            self._check_owner_stays(vals[self._owner_field])
        return super().write(vals)

    def _check_owner_stays(self, owner_id):
        for owner in self.sudo()[self._owner_field]:
            if owner.id != owner_id:
                raise UserError(
                    self.env._(
                        "This belongs to %(owner)s and cannot be moved. Create a new one instead.",
                        owner=owner.display_name,
                    )
                )
