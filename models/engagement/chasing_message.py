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
        known = {move: _known(move) for move in self.env["account.move"].union(*(one.move_id for one in texts))}
        named = {
            delivery: address_in_text.named(text, delivery.move_id.sudo().access_token, list(known[delivery.move_id]))
            for delivery, text in texts.items()
            if known[delivery.move_id]
        }
        wanted = {
            (delivery.id, known[delivery.move_id][address][0]) for delivery, found in named.items() for address in found
        }
        tokens = self.env["chasing.link"]._tokens(wanted)
        return {
            delivery: _replaced(
                text,
                delivery.move_id,
                {
                    address: tokens[delivery.id, target] + end
                    for address, (target, end) in known[delivery.move_id].items()
                    if (delivery.id, target) in tokens
                },
            )
            for delivery, text in texts.items()
        }

    @api.model
    def _sample_links(self, text, move):
        ends = {address: "x" * TOKEN_LENGTH + end for address, (_target, end) in _known(move).items()}
        return _replaced(super()._sample_links(text, move), move, ends)


def _known(move):
    """Return {address: (target of its link, how the path of its short link ends)} of an invoice that has a token."""
    move = move.sudo()
    return {address: SHORT[name] for name, address in move._chasing_addresses().items()} if move.access_token else {}


def _replaced(text, move, ends):
    """Return a text with short links in place of addresses.

    :param ends: {address: how the path of its short link ends}, that of the page first if the text names it
    """
    if not ends:
        return text
    base = f"{move.get_base_url()}/c/"
    others = {address: base + end for address, end in ends.items()}
    result = address_in_text.replaced(str(text), move.sudo().access_token, others)
    return Markup(result) if isinstance(text, Markup) else result
