import base64
from contextlib import contextmanager
from urllib.parse import urlencode

from odoo.http import Controller, request, route
from odoo.tools import consteq

from ..models.dispatch import payment_qr
from ..models.engagement.chasing_link import TOKEN_LENGTH

HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}
NOT_STORED = {"Cache-Control": "no-store"}
# A picture shows what is due as it was at most an hour ago.
STORED_SHORTLY = {"Cache-Control": "private, max-age=3600"}
NO_SCRIPT = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
# One transparent point: where there is nothing to pay a message shows nothing.
BLANK = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
PICTURE = ".png"
# Why nothing is asked for an invoice -> the page that says so.
PAGES = {"draft": "withdrawn", "cancelled": "withdrawn", "paid": "paid", "reversed": "settled"}
OPTIONS = {
    "type": "http",
    "auth": "public",
    "methods": ["GET", "HEAD", "OPTIONS"],
    "csrf": False,
    "save_session": False,
    "readonly": True,
}


class MessageLinks(Controller):
    """Serve the links of messages (R92c).

    Machines open them as often as people do, so nothing is written, and the token alone says whose it is. One that
    nobody was given gets the same page whatever is wrong with it.
    """

    @route(["/c", "/c/<chasing_rest:name>"], **OPTIONS)
    def message_link(self, name="", **_ignored):
        """Lead to what a link is for; what a text or a mail program has glued to its end makes no difference."""
        is_picture = name.startswith(PICTURE, TOKEN_LENGTH)
        link = request.env["chasing.link"]._by_token(name[:TOKEN_LENGTH])
        if not link:
            return self._page("unknown", self._lang(request.env.context.get("lang")), status=404)
        move = link.delivery_id.move_id
        if is_picture:
            return self._picture(move)
        return self._follow(move.with_company(move.company_id), link)

    @route("/chasing/qr/<int:move_id>.png", **OPTIONS)
    def payment_qr(self, move_id, access_token="", **_ignored):
        """Serve the payment QR code of an invoice to whoever may open its page: the conversation and previews show it.

        It takes the token of the page, and where links ask for login a user who may read the invoice as well.
        """
        move = request.env["account.move"].sudo().browse(move_id).exists()
        has_token = move.access_token and consteq(move.access_token.encode(), access_token.encode())
        if not has_token or (move.company_id.chasing_link_login and not self._may_read(move)):
            return self._page("unknown", self._lang(request.env.context.get("lang")), status=404)
        return self._picture(move)

    def _may_read(self, move):
        user = request.env.user
        if user._is_public():
            return False
        # Also in a company of the user's that is not the one in use.
        return move.sudo(False).with_context(allowed_company_ids=user.company_ids.ids).has_access("read")

    def _follow(self, move, link):
        lang, kind = self._lang(link.delivery_id._lang()), PAGES.get(move._chasing_closure())
        is_to_pay = link.target == "pay"
        if kind == "withdrawn":
            return self._page(kind, lang, company=move.company_id)
        if kind and is_to_pay:
            return self._page(kind, lang, company=move.company_id, url=self._portal_page(move, lang))
        return self._redirect(self._portal_page(move, lang, is_to_pay and move._chasing_is_payable_online()))

    def _portal_page(self, move, lang, is_to_pay=False):
        """Return the path of an invoice's page in a language, which only its prefix makes Odoo show.

        Where links ask for login it bears no token, and who is not logged in comes to it by the login.
        """
        asks_login = move.company_id.chasing_link_login
        words = {} if asks_login or not move.access_token else {"access_token": move.access_token}
        if is_to_pay:
            words["payment"] = "True"
        path = self._in_language(move.access_url, lang) + (f"?{urlencode(words)}" if words else "")
        if asks_login and request.env.user._is_public():
            return self._in_language("/web/login", lang) + f"?{urlencode({'redirect': path})}"
        return f"{path}#portal_pay" if is_to_pay else path

    def _in_language(self, path, lang):
        """Return a path of the portal with the prefix of that of its languages, if it has several, nearest to one."""
        with _as_on_portal():
            languages, lang = request.env["res.lang"]._get_frontend(), self._lang(lang)
        return f"/{languages[lang].url_code}{path}" if len(languages) > 1 else path

    def _lang(self, code):
        """Return the code of the language nearest to one, of those that there are."""
        pages = request.env["ir.http"]
        return pages.get_nearest_lang(code) or pages._get_default_lang().code

    def _redirect(self, path):
        response = request.redirect(path, 303)
        response.headers.update({**HEADERS, **NOT_STORED})
        return response

    def _page(self, kind, lang, status=200, **values):
        """Return a small page of our own, which needs nothing else to be shown."""
        values = {
            "kind": kind,
            "lang": lang,
            "direction": request.env["res.lang"]._get_data(code=lang).direction,
        } | values
        html = request.env["ir.qweb"].with_context(lang=lang)._render("invoice_chasing.link_page", values, lang=lang)
        headers = {"Content-Type": "text/html; charset=utf-8", **HEADERS, **NOT_STORED, **NO_SCRIPT}
        return request.make_response(f"<!DOCTYPE html>\n{html}", list(headers.items()), status=status)

    def _picture(self, move):
        headers = {"Content-Type": "image/png", **HEADERS, **STORED_SHORTLY}
        is_asked = not move._chasing_closure()
        return request.make_response((is_asked and payment_qr.png(move)) or BLANK, list(headers.items()))


@contextmanager
def _as_on_portal():
    """Let Odoo say what languages there are as it does on the portal: a website has its own, fewer than Odoo."""
    was_there, request.is_frontend = request.is_frontend, True
    try:
        yield
    finally:
        request.is_frontend = was_there
