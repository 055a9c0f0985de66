from odoo import api, models

from ..engine import recipients


class ChasingChannel(models.AbstractModel):
    """Ask a channel at which addresses it reaches people."""

    _inherit = "chasing.channel"
    # Whether the e-mail addresses that stand on an invoice itself come before its contacts (R61).
    _uses_own_list = False
    # Whether others can get a copy of its messages (R74).
    _takes_copies = False
    # The reason code with which each contact stands where none has an address; without one they are left out (R85).
    _unreachable = None
    # The fields of a contact on which its address stands.
    _contact_fields = ()

    @api.model
    def _addresses(self, contact, country=None):
        """Return [(normalised address, reason code of what is wrong with it or None)] of a contact.

        :param contact: an engine Contact
        :param country: the two letters of the country of what names none
        """
        return []

    @api.model
    def _route(self):
        """Return the engine's Route: how this channel finds its recipients."""
        return recipients.Route(self._code, self._addresses, self._uses_own_list, self._unreachable)

    @api.model
    def _fit(self, resolutions, company):
        """Return {key: engine Resolution} with those addresses refused that a company's channel cannot use (R85).

        :param resolutions: {key: engine Resolution} of invoices of one company
        """
        return resolutions

    @api.model
    def _blacklisted(self, known):
        """Return those of these normalised addresses that must not be used (R85), a frozenset.

        :param known: normalised addresses of every channel
        """
        return frozenset()

    @api.model
    def _obstacles(self, steps, at):
        """Return {step: reason code} of those that cannot leave through this channel, whoever they are for (R85).

        Hook: what a step needs before it can leave, extended by `dispatch`.

        :param steps: chasing.step of one company
        :param at: {step: the UTC instant at which it goes}
        """
        return {}
