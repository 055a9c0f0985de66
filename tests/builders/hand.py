"""Messages by hand for tests: made and sent as the sheet does it."""

from datetime import date

from .builders import ChasingCommon

WORDS = {"channel_email": True, "channel_sms": False, "channel_letter": False}


class HandCommon(ChasingCommon):
    """Nobody chases an invoice of these tests unless one says so."""

    has_default = False

    @property
    def hand(self):
        return self.env["chasing.hand"]

    def send_by_hand(self, invoices, **words):
        """Send a message of each now; return {step: why it did not go}."""
        return self.hand._send(self.hand._make(invoices, WORDS | words))

    def schedule_by_hand(self, invoices, local, zone=False, **words):
        """Schedule a message of each at a "YYYY-MM-DD HH" of a zone; return the steps."""
        day, hour = local.split()
        place = date.fromisoformat(day), int(hour), zone
        return self.hand._make(invoices, WORDS | words, dict.fromkeys(invoices, place))
