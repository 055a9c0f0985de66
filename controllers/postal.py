import logging

from odoo.http import Controller, request, route

from ..models.common import clock

_logger = logging.getLogger(__name__)
# A message is about one letter; whoever sends more sends something else.
MAX_BODY = 1_000_000


class PostalWebhooks(Controller):
    """Hear what providers tell about letters.

    Shape, signature, look-up, guarded transition, in this order; whatever is refused is refused alike and changes
    nothing.
    """

    @route(
        "/chasing/postal/<string:code>/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def postal_message(self, code, token):
        providers = request.env["chasing.postal.provider"]
        provider_class = providers._class_of(code)
        # More than it is said to be is not read, and what does not say its length is not read at all.
        is_short = 0 < (request.httprequest.content_length or 0) <= MAX_BODY
        if not provider_class.sends_webhooks() or not is_short:
            return self._refused(code, "address or size")
        provider = providers._by_token(code, token)
        if not provider:
            return self._refused(code, "address or size")
        body = request.httprequest.get_data(cache=False)
        headers = dict(request.httprequest.headers)
        if not provider_class.verify_webhook(provider.webhook_secret or "", headers, body, clock.now(request.env)):
            return self._refused(code, "signature")
        try:
            event = provider_class.read_webhook(body)
        except ValueError as error:
            return self._refused(code, error)
        if not request.env["chasing.postal.event"]._receive(provider, event):
            return self._refused(code, "no such letter")
        return request.make_response("", headers=[("Content-Type", "text/plain")])

    def _refused(self, code, why):
        _logger.warning("A message for the postal provider %.20r was refused: %s", code, why)
        return request.make_response("Not found", headers=[("Content-Type", "text/plain")], status=404)
