import logging

import requests

from odoo import api, fields, models
from odoo.addons.iap.tools.iap_tools import InsufficientCreditError
from odoo.exceptions import AccessError

from ..common import no_user_defaults
from ..postal.client import PostalClient, Receipt, Refused, Status, Unavailable
from .chasing_postal_provider import CLIENTS

_logger = logging.getLogger(__name__)
# Odoo's words for why it prints no letter
REASONS = {
    "MISSING_REQUIRED_FIELDS": "incomplete_address",
    "CREDIT_ERROR": "no_credit",
    "TRIAL_ERROR": "not_set_up",
    "NO_PRICE_AVAILABLE": "provider_error",
    "FORMAT_ERROR": "pdf_failed",
    "ATTACHMENT_ERROR": "pdf_failed",
    "UNKNOWN_ERROR": "provider_error",
}


class SnailmailLetter(models.Model):
    _inherit = "snailmail.letter"

    chasing_letter_id = fields.Many2one(
        "chasing.letter", "Chasing", ondelete="set null", index="btree_not_null", groups="base.group_system"
    )

    @api.model
    def default_get(self, fields):
        """Which letter is ours, our queue says alone."""
        return super().default_get([name for name in fields if name != "chasing_letter_id"])

    def _snailmail_print(self, immediate=True):
        """A letter of ours leaves once, when our queue says so; Odoo's queue and its buttons pass it over (R84)."""
        others = self.filtered(lambda letter: not letter.sudo().chasing_letter_id)
        return super(SnailmailLetter, others)._snailmail_print(immediate=immediate)

    def _snailmail_create(self, route):
        """The address is the one on the letter's paper, not what the contact has become since."""
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


class Snailmail(PostalClient):
    """Odoo's own letter service, kept to the contract of the other clients. It knows no idempotency key and tells
    nothing later: an attempt whose outcome was lost is not repeated.

    :param env: an environment that may write everything
    """

    name = "Odoo Snailmail"

    def __init__(self, env):
        super().__init__("", ())
        self.env = env

    def send(self, letter):
        ours = self.env["chasing.letter"].search([("key", "=", letter.key)])
        with self.env.cr.savepoint():
            theirs = self._create(ours)
            self._print(theirs)
        if theirs.state != "sent":
            code, said = REASONS.get(theirs.error_code, "provider_error"), theirs.error_code
            theirs.cancel()
            raise Refused(code, said)
        return Receipt(str(theirs.id), "sent")

    def _create(self, ours):
        theirs = no_user_defaults.create(
            self.env["snailmail.letter"],
            {
                "model": "account.move",
                "res_id": ours.move_id.id,
                "partner_id": ours.partner_id.id,
                "company_id": ours.company_id.id,
                "attachment_id": ours.pdf_id.id,
                "color": ours.provider_id.color,
                "duplex": ours.provider_id.duplex,
                "cover": False,
                "chasing_letter_id": ours.id,
            },
        )
        # the conversation shows our letter; a second note would offer to send it again
        theirs.message_id.unlink()
        return theirs

    def _print(self, theirs):
        try:
            theirs._snailmail_print_valid_address()
        except InsufficientCreditError as error:
            raise Refused("no_credit", str(error)) from None
        except AccessError as error:
            if isinstance(error.__context__, requests.ConnectionError):
                raise Unavailable(str(error)) from None
            said = self.env._("%(said)s The letter may have been posted.", said=error)
            raise Refused("unclear", said) from None

    def find(self, key):
        """It knows no keys."""
        return

    def cancel(self, provider_reference):
        """It takes nothing back."""
        return False

    def status(self, provider_reference):
        """It tells nothing."""
        return Status("unknown")

    def check(self):
        """An account without a token was never used: Odoo makes one with the first letter."""
        self.env["iap.account"].get("snailmail")

    def check_address(self, address):
        parts = {
            self.env._("street"): address.street,
            self.env._("postal code"): address.zip,
            self.env._("city"): address.city,
            self.env._("country"): address.country_code,
        }
        missing = [part for part, value in parts.items() if not value]
        if missing:
            raise Refused("incomplete_address", self.env._("Missing: %(parts)s.", parts=", ".join(missing)))

    def _error(self, body):
        return "", ""


CLIENTS["snailmail"] = lambda provider: Snailmail(provider.env)
