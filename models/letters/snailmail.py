import requests

from odoo.addons.iap.tools.iap_tools import InsufficientCreditError
from odoo.exceptions import AccessError

from ..common import no_user_defaults
from ..postal.client import PostalClient, Receipt, Refused, Status, Unavailable

# Odoo's word for why it prints no letter -> our reason code.
REASONS = {
    "MISSING_REQUIRED_FIELDS": "incomplete_address",
    "CREDIT_ERROR": "no_credit",
    "TRIAL_ERROR": "not_set_up",
    "NO_PRICE_AVAILABLE": "provider_error",
    "FORMAT_ERROR": "pdf_failed",
    "ATTACHMENT_ERROR": "pdf_failed",
    "UNKNOWN_ERROR": "provider_error",
}


class Snailmail(PostalClient):
    """Talk with Odoo's own letter service by the contract of the other clients.

    It knows no idempotency key and tells nothing later: an attempt whose outcome was lost is not repeated.

    :param env: an environment that may write everything
    """

    code = "snailmail"
    label = "Odoo Snailmail"
    sequence = 10
    layouts = ("din_a", "din_b")

    @classmethod
    def connect(cls, account, setting):
        return cls(account.env)

    def __init__(self, env):
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
        # The conversation shows our letter; a second note would offer to send it again.
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
        """Find nothing: it knows no keys."""
        return

    def cancel(self, provider_reference):
        """Return False: it takes nothing back."""
        return False

    def status(self, provider_reference):
        """Return nothing: it tells nothing."""
        return Status("unknown")

    def check(self):
        """Make the account, if there is none: one without a token was never used, it gets one with the first letter."""
        self.env["iap.account"].get(self.code)

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
