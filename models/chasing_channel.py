from odoo import api, models


class ChasingChannel(models.AbstractModel):
    """The contract every channel keeps. It resolves who gets a step, and hands deliveries over to Odoo's own queue; it
    never writes a step's or a delivery's state: it says what became of each."""

    _name = "chasing.channel"
    _description = "Chasing Channel"

    @api.model
    def _resolve(self, steps):
        """{step: engine Resolution}: who gets each step through this channel, each with its why or its problem.

        :param steps: chasing.step, of any number of invoices of one company
        """
        return {}

    @api.model
    def _queue(self, deliveries, now):
        """Hand deliveries over in one batch, in the transaction that records them.

        :param deliveries: chasing.delivery in state queued, of one company
        :param now: the UTC instant of this run
        :return: {delivery: values to write on it, or the ChannelRefused that kept it from leaving}
        """
        return {}
