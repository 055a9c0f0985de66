from odoo import api, models
from odoo.exceptions import UserError

from ..common.client_actions import open_list


class ChasingContactRole(models.Model):
    _inherit = "chasing.contact.role"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        """Refuse to delete a role in use, and say what uses it (R62)."""
        for role in self:
            users = role._users()
            if users:
                raise UserError(
                    self.env._(
                        "Role %(role)s is used by %(users)s. Remove it there first.",
                        role=role.name,
                        users=", ".join(users),
                    )
                )

    def action_open_contacts(self):
        """Open the contacts that have this role."""
        self.ensure_one()
        self.env["chasing.schedule"].check_access("read")
        return open_list(self.env["res.partner"], self.name, [("chasing_role_ids", "in", self.ids)])

    def _users(self):
        """Return what uses this role, in words: cadences by name, contacts and invoices by name or number."""
        cadences = self.env["chasing.cadence.step"].sudo().search([("role_id", "=", self.id)]).cadence_id
        contacts = self.sudo().with_context(active_test=False).partner_ids
        moves = self.env["chasing.step"].sudo().search([("role_id", "=", self.id)], limit=100).move_id
        return [
            text
            for text in (
                self._named(self.env._("the cadences"), cadences),
                self._named(self.env._("the contacts"), contacts),
                self._named(self.env._("the invoices"), moves),
            )
            if text
        ]

    def _named(self, kind, records):
        if not records:
            return ""
        names = ", ".join(records[:3].mapped("display_name"))
        return f"{kind} {names}, …" if len(records) > 3 else f"{kind} {names}"
