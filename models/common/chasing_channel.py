from odoo import api, models
from odoo.tools import ormcache


class ChasingChannel(models.AbstractModel):
    """Hold the contract of a channel, a way on which messages reach people: here how it is found and called.

    A channel is a class that inherits this model and has a `_code`; it brings its box and its template to
    `chasing.step.mixin`, and its code to the field `channel` of `chasing.delivery`. Every room adds to the contract
    what it asks a channel for: `people` for addresses, `dispatch` for all that happens to a message.
    """

    _name = "chasing.channel"
    _description = "Chasing Channel"
    # The value of chasing.delivery.channel, and with `channel_` before it the name of the step's box.
    _code = None
    _sequence = 10
    # The first and the last whole local hour at which it goes, both included; None: at any hour.
    _local_hours = None

    @api.model
    @ormcache()
    def _models(self):
        """Return ((code, name of the model), …) of every channel, in order."""
        heirs = [self.env[name] for name in self.env.registry.descendants(["chasing.channel"], "_inherit")]
        heirs = sorted((heir._sequence, heir._code, heir._name) for heir in heirs if heir._code)
        return tuple((code, name) for _sequence, code, name in heirs)

    @api.model
    def _all(self):
        """Return {code: empty recordset} of every channel, in order."""
        return {code: self.env[name] for code, name in self.env["chasing.channel"]._models()}

    @api.model
    def _boxes(self):
        """Return {code: name of the box that chooses the channel for a step}, in order."""
        return {code: channel._box() for code, channel in self._all().items()}

    @api.model
    def _box(self):
        """Return the name of the box that chooses this channel for a step."""
        return f"channel_{self._code}"

    @api.model
    def _hours(self):
        """Return {code: the first and the last whole local hour at which it goes} of those that keep hours."""
        return {code: channel._local_hours for code, channel in self._all().items() if channel._local_hours}

    @api.model
    def _hours_text(self):
        """Return what somebody is told who chose an hour at which the channel does not go; False: in general words."""
        return False

    @api.model
    def _missing_text(self):
        """Return what a customer lacks who cannot be reached through the channel, as words of a sentence."""
        return self.env._("an address for this channel")

    @api.model
    def _counts_text(self, counts):
        """Return '34 e-mails, 5 SMS', empty for none.

        :param counts: {code: number of messages}
        """
        return ", ".join(channel._count_text(counts[code]) for code, channel in self._all().items() if counts.get(code))

    @api.model
    def _count_text(self, count):
        """Return a number of messages in words, '3 e-mails'."""
        raise NotImplementedError
