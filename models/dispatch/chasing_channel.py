from odoo import api, models

from ..common.errors import ChannelRefused


class ChasingChannel(models.AbstractModel):
    """The contract every channel keeps. It hands deliveries over to a queue and takes them back; it never writes a
    step's state: it says what became of each delivery."""

    _name = "chasing.channel"
    _description = "Chasing Channel"
    # kind of message -> the company's field of its template
    _template_fields = {}

    @api.model
    def _queue(self, deliveries, now):
        """Hand deliveries over in one batch, in the transaction that records them.

        :param deliveries: chasing.delivery in state queued, of one company
        :param now: the UTC instant of this run
        :return: {delivery: values to write on it, or the ChannelRefused that kept it from leaving}; with a `leaves_at`
            among the values it stays queued and is handed over again at that UTC instant
        """
        return {}

    @api.model
    def _withdraw(self, deliveries):
        """Take back what waits, for good; what is being handed over counts as gone (R32).

        :param deliveries: chasing.delivery in state queued
        """

    @api.model
    def _take_back(self, deliveries):
        """Take what waits out of the queue for a hold, so that it can be handed over again (R36).

        :param deliveries: chasing.delivery in state queued
        :return: those that were put aside; what is being handed over counts as gone
        """
        return deliveries.browse()

    @api.model
    def _speechless(self, steps, lang, now):
        """{step: ChannelRefused} of those steps of one company whose text cannot be filled in (R77)."""
        wordings = self._wordings(steps, lang, now).items()
        return {step: wording for step, wording in wordings if isinstance(wording, ChannelRefused)}

    @api.model
    def _wordings(self, steps, lang, now):
        """{step: what it says in this channel, or the ChannelRefused that says why it says nothing}."""
        return {}

    @api.model
    def _unavailable(self, company):
        """Why a company cannot use this channel, in a sentence that says what to do; False if it can."""
        return False

    @api.model
    def _obstacles(self, steps, at):
        """What keeps steps from leaving through this channel, whoever they are for (R85).

        :param steps: chasing.step of one company
        :param at: {step: the UTC instant at which it goes}
        :return: {step: reason code} of those that something keeps
        """
        company = steps.company_id
        if self._unavailable(company):
            return dict.fromkeys(steps, "not_set_up")
        if all(company[name] for name in self._template_fields.values()):
            return {}
        return {step: "no_template" for step in steps if not self._has_text(step, at[step])}

    @api.model
    def _has_text(self, step, at):
        """Whether a step has anything to say through this channel at that UTC instant."""
        return True
