"""What can go wrong with a channel, in the two families that matter to whoever handles it."""


class ChannelRefused(Exception):
    """Final: this delivery cannot leave as things are (R85).

    :param code: a reason code of the engine
    :param detail: what was said by whoever refused, or None
    """

    def __init__(self, code, detail=None):
        super().__init__(code, detail)
        self.code, self.detail = code, detail
