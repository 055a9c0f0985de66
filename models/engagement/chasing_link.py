import re
import secrets
import string

from odoo import api, fields, models

from ..common import bulk_sql

# 22 of these 62 characters make 131 bits.
TOKEN_CHARACTERS = string.ascii_letters + string.digits
TOKEN_LENGTH = 22
TOKEN = re.compile(f"[A-Za-z0-9]{{{TOKEN_LENGTH}}}")
TARGETS = [
    ("portal", "Invoice Page"),
    ("pay", "Online Payment"),
    ("pdf", "PDF"),
    ("answer", "Answer"),
    ("pixel", "Opened"),
    ("honeypot", "Automatic Visitors"),
]


class ChasingLink(models.Model):
    """Tie a link of a message to the delivery that carried it (R92c).

    Where it leads is stored here, nothing of it stands in the address. Whoever has the token has the link, so nobody
    reads it but administrators.
    """

    _name = "chasing.link"
    _description = "Link of a Message"
    _rec_name = "target"

    delivery_id = fields.Many2one("chasing.delivery", required=True, ondelete="cascade", index=True, readonly=True)
    token = fields.Char(required=True, readonly=True, copy=False, groups="base.group_system")
    target = fields.Selection(TARGETS, required=True, readonly=True)
    _token = models.UniqueIndex("(token)")
    _once = models.UniqueIndex("(delivery_id, target)", "This message already has such a link.")

    @api.model
    def _by_token(self, token):
        """Return the link of a token, empty without one, with every right.

        What cannot be a token is looked up like one, so that an answer takes the same time.
        """
        known = token if TOKEN.fullmatch(token) else ""
        return self.sudo().search_fetch([("token", "=", known)], ["delivery_id", "target"], limit=1)

    @api.model
    def _tokens(self, wanted):
        """Return {(delivery id, target): token}, made for those that have none yet.

        :param wanted: a set of (delivery id, target)
        """
        if not wanted:
            return {}
        own = self.sudo().search_fetch(
            [("delivery_id", "in", sorted({delivery_id for delivery_id, _target in wanted}))],
            ["delivery_id", "target", "token"],
        )
        tokens = {(link.delivery_id.id, link.target): link.token for link in own}
        missing = {key: _new_token() for key in sorted(wanted - tokens.keys())}
        rows = [(delivery_id, target, token) for (delivery_id, target), token in missing.items()]
        bulk_sql.insert(self, ("delivery_id", "target", "token"), rows)
        return tokens | missing


def _new_token():
    return "".join(secrets.choice(TOKEN_CHARACTERS) for _place in range(TOKEN_LENGTH))
