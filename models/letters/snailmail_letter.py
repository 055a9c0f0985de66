from odoo import api, fields, models


class SnailmailLetter(models.Model):
    _inherit = "snailmail.letter"

    chasing_letter_id = fields.Many2one(
        "chasing.letter", "Chasing", ondelete="set null", index="btree_not_null", groups="base.group_system"
    )

    @api.model
    def default_get(self, fields):
        """Leave it to our queue alone to say which letter is ours."""
        return super().default_get([name for name in fields if name != "chasing_letter_id"])

    def _snailmail_print(self, immediate=True):
        """Pass over our letters in Odoo's queue and buttons: each leaves once, when our queue says so (R84)."""
        others = self.filtered(lambda letter: not letter.sudo().chasing_letter_id)
        return super(SnailmailLetter, others)._snailmail_print(immediate=immediate)

    def _snailmail_create(self, route):
        """Take the address on the letter's paper, not what the contact has become since."""
        parameters = super()._snailmail_create(route)
        for document in parameters["documents"]:
            ours = self.sudo().browse(document["letter_id"]).chasing_letter_id
            if ours:
                document["contact_address"] = ours.address
                document["address"] = _iap_address(ours.recipient)
                document["return_address"] = _iap_address(ours.sender)
        return parameters


def _iap_address(address):
    return {
        "name": address["company"] or address["name"],
        "street": address["street"],
        "street2": address["street2"],
        "zip": address["zip"],
        "city": address["city"],
        "state": address["state_code"] or False,
        "country_code": address["country_code"],
    }
