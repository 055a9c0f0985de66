from markupsafe import Markup

from odoo import api, models

from ..engine import address_in_text
from .chasing_link import TOKEN_LENGTH

# What `/c/` serves in place of an address that a text may name: the target of its link, and how the path ends.
SHORT = {"page": ("portal", ""), "payment": ("pay", ""), "qr": ("portal", ".png")}


class ChasingMessage(models.AbstractModel):
    _inherit = "chasing.message"

    @api.model
    def _links(self, texts):
        texts = super()._links(texts)
        named = {}
        for delivery, text in texts.items():
            names = {address: name for name, address in delivery.move_id.sudo()._chasing_addresses().items()}
            found = address_in_text.named(text, names)
            named[delivery] = {address: SHORT[names[address]] for address in found}
        wanted = {(delivery.id, target) for delivery, found in named.items() for target, _end in found.values()}
        tokens = self.env["chasing.link"]._tokens(wanted)
        return {
            delivery: _replaced(
                text,
                delivery.move_id,
                {address: tokens[delivery.id, target] + end for address, (target, end) in named[delivery].items()},
            )
            for delivery, text in texts.items()
        }

    @api.model
    def _sample_links(self, text, move):
        addresses = move.sudo()._chasing_addresses()
        ends = {address: "x" * TOKEN_LENGTH + SHORT[name][1] for name, address in addresses.items()}
        return _replaced(super()._sample_links(text, move), move, ends)


def _replaced(text, move, ends):
    """Return a text with short links in place of addresses.

    :param ends: {address: how the path of its short link ends}
    """
    base = f"{move.get_base_url()}/c/"
    result = address_in_text.replaced(text, {address: base + end for address, end in ends.items()})
    return Markup(result) if isinstance(text, Markup) else result
