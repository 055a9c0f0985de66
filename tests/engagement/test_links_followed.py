"""Whoever follows a link of a message comes to what is stored, in the language of the message (R92c)."""

import re
from unittest.mock import patch

from odoo.addons.base.models.res_lang import LangDataDict
from odoo.http import request
from odoo.sql_db import Cursor
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...models.letters import letter_pdf
from ..builders.letters import LetterCommon
from .test_chasing_link import LinkCommon

CHANGES = re.compile(r"\s*(insert|update|delete|with\b.*\b(insert|update|delete))\b", re.IGNORECASE | re.DOTALL)
PNG = b"\x89PNG\r\n\x1a\n"
GUARDED = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}


@tagged("post_install", "-at_install")
class TestLinksFollowed(LinkCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.move, self.delivery = self.sent_invoice()
        self.links(self.delivery, f"{self.move.chasing_link}&payment=True#portal_pay")

    def path(self, target="portal"):
        return f"/c/{self.tokens(self.delivery)[target]}"

    def follow(self, path, method="GET", **options):
        self.env.flush_all()
        answer = self.url_open(path, method=method, allow_redirects=False, **options)
        self.env.invalidate_all()
        return answer

    def location(self, target="portal", **options):
        """Where a link leads, without the server."""
        answer = self.follow(self.path(target), **options)
        self.assertEqual(answer.status_code, 303)
        return answer.headers["Location"].replace(self.base_url(), "")

    def let_pay_online(self, is_payable=True):
        self.patch(self.registry["account.move"], "_chasing_is_payable_online", lambda _move: is_payable)

    # ------------------------------------------------------------------ where it leads

    def test_it_leads_to_the_page_of_the_invoice(self):
        """R92c: which opens, and nobody is told where from."""
        answer = self.follow(self.path())
        self.assertEqual(answer.status_code, 303)
        page = f"/my/invoices/{self.move.id}?access_token={self.move.access_token}"
        self.assertEqual(answer.headers["Location"].replace(self.base_url(), ""), page)
        self.assertEqual({name: answer.headers[name] for name in GUARDED}, GUARDED)
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertIn(self.move.name, self.url_open(self.path()).text)

    def test_a_payment_link_leads_where_it_can_be_paid_now(self):
        """R74, R92c"""
        page = f"/my/invoices/{self.move.id}?access_token={self.move.access_token}"
        self.let_pay_online()
        self.assertEqual(self.location("pay"), f"{page}&payment=True#portal_pay")
        self.let_pay_online(False)
        self.assertEqual(self.location("pay"), page)

    def test_after_payment_the_payment_link_says_so(self):
        """R92c: and leads to the invoice."""
        self.let_pay_online()
        self.pay(self.move)
        answer = self.follow(self.path("pay"))
        self.assertEqual(answer.status_code, 200)
        self.assertIn("This invoice is paid. Thank you.", answer.text)
        self.assertIn(f'href="/my/invoices/{self.move.id}?access_token={self.move.access_token}"', answer.text)
        self.assertEqual({name: answer.headers[name] for name in GUARDED}, GUARDED)
        self.assertNotIn("<script", answer.text)
        self.assertNotRegex(answer.text, r"(src|@import|url\()")
        self.assertIn(f"/my/invoices/{self.move.id}", self.location("portal"))

    def test_after_a_part_of_it_one_pays_the_rest(self):
        """R92c"""
        self.let_pay_online()
        self.pay(self.move, 40)
        self.assertIn("payment=True", self.location("pay"))

    def test_one_credited_in_full_is_not_called_paid(self):
        """R92c"""
        self.let_pay_online()
        self.credit(self.move)
        answer = self.follow(self.path("pay"))
        self.assertIn("Nothing is due for this invoice", answer.text)
        self.assertNotIn("is paid", answer.text)

    def test_one_that_was_withdrawn_says_so(self):
        """R92c: nobody sees a draft by a link."""
        self.let_pay_online()
        self.move.button_draft()
        for state in ("draft", "cancel"):
            if state == "cancel":
                self.move.button_cancel()
            for target in ("portal", "pay"):
                answer = self.follow(self.path(target))
                self.assertEqual((self.move.state, answer.status_code), (state, 200))
                self.assertIn("This invoice is not available", answer.text)
                self.assertNotIn("access_token", answer.text)

    # ------------------------------------------------------------------ its language

    def test_the_page_is_in_the_language_of_the_message(self):
        """R65, R92c: whatever the browser speaks."""
        for code in ("fr_FR", "de_DE"):
            self.env["res.lang"]._activate_lang(code)
        speaks = {"headers": {"Accept-Language": "de"}}
        for lang, prefix in (("fr_FR", "/fr"), ("en_US", "/en"), ("fr_BE", "/fr"), ("it_IT", "/en"), (False, "/en")):
            self.delivery.sudo().lang = lang
            with self.subTest(lang):
                self.assertTrue(self.location(**speaks).startswith(f"{prefix}/my/invoices/"))
                self.opener.cookies.clear()
                answer = self.url_open(self.path(), **speaks)
                self.assertEqual(answer.status_code, 200)
                self.assertEqual(self.opener.cookies["frontend_lang"], "fr_FR" if prefix == "/fr" else "en_US")
                self.assertLessEqual(len(answer.history), 2)

    def test_another_default_language_makes_no_loop(self):
        """R92c"""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.default"].set("res.partner", "lang", "fr_FR")
        for lang in ("fr_FR", "en_US"):
            self.delivery.sudo().lang = lang
            self.opener.cookies.clear()
            answer = self.url_open(self.path())
            self.assertEqual(answer.status_code, 200)
            self.assertEqual(self.opener.cookies["frontend_lang"], lang)

    def test_our_own_pages_are_in_the_language_of_the_message(self):
        """R65: one that was switched off is no error."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.pay(self.move)
        for lang, written in (("fr_FR", "fr-FR"), ("de_DE", "en-US")):
            self.delivery.sudo().lang = lang
            self.assertIn(f'<html lang="{written}" dir="ltr">', self.follow(self.path("pay")).text)

    def test_a_language_that_was_switched_off_is_no_error(self):
        """R65: of the other two, one is taken."""
        for code in ("fr_FR", "de_DE"):
            self.env["res.lang"]._activate_lang(code)
        self.delivery.sudo().lang = "de_DE"
        self.assertTrue(self.location().startswith("/de/my/invoices/"))
        self.env["res.partner"].with_context(active_test=False).search([("lang", "=", "de_DE")]).lang = "en_US"
        self.env["res.lang"].search([("code", "=", "de_DE")]).active = False
        self.assertTrue(self.location().startswith("/en/my/invoices/"))
        self.assertEqual(self.url_open(self.path()).status_code, 200)

    def test_a_website_may_have_fewer_languages(self):
        """R65: its pages are in one that it has, ours in that of the message."""
        for code in ("fr_FR", "de_DE"):
            self.env["res.lang"]._activate_lang(code)
        all_languages = self.registry["res.lang"]._get_frontend

        def of_website(languages):
            found = all_languages(languages)
            is_page = getattr(request, "is_frontend", True)
            return LangDataDict({code: found[code] for code in found if not (is_page and code == "de_DE")})

        self.patch(self.registry["res.lang"], "_get_frontend", of_website)
        self.delivery.sudo().lang = "de_DE"
        self.assertTrue(self.location().startswith("/en/my/invoices/"))
        self.assertEqual(self.url_open(self.path()).status_code, 200)
        self.pay(self.move)
        self.assertIn('<html lang="de-DE"', self.follow(self.path("pay")).text)

    # ------------------------------------------------------------------ who may

    def test_links_may_ask_for_login(self):
        """R92c: and lead there after it; who is logged in comes there at once."""
        self.company.chasing_link_login = True
        self.let_pay_online()
        page = f"/my/invoices/{self.move.id}"
        self.assertEqual(self.location(), f"/web/login?redirect=%2Fmy%2Finvoices%2F{self.move.id}")
        self.assertIn("payment%3DTrue", self.location("pay"))
        self.assertNotIn("access_token", self.location("pay"))
        visitor = self.make_user("visitor", "base.group_portal")
        visitor.partner_id.parent_id = self.customer
        self.authenticate("visitor", "visitor")
        self.assertEqual(self.location(), page)
        self.pay(self.move)
        self.assertNotIn("access_token", self.follow(self.path("pay")).text)

    def test_a_link_works_whatever_company_or_message_it_is_of(self):
        """R109: one of a message that is not shown on the page; and whoever is logged in."""
        self.authenticate(self.make_foreigner().login, "foreigner")
        self.delivery.sudo().is_internal = True
        self.assertIn(self.move.access_token, self.location())

    def test_a_token_that_is_taken_away_closes_the_page_and_no_link(self):
        """R92c: what was sent works as long as the invoice exists; nothing is written by opening it."""
        others = self.make_invoices(1)
        others._chasing_ensure_tokens()
        for nothing in (False, ""):
            before = self.move.access_token
            (self.move | others).write({"access_token": nothing})
            self.assertFalse(others.access_token)
            self.assertTrue(self.move.access_token)
            self.assertNotEqual(self.move.access_token, before)
            self.assertTrue(self.location().endswith(f"?access_token={self.move.access_token}"))
        self.assertIn(self.move.name, self.url_open(self.path()).text)

    def test_a_token_that_a_database_lost_is_not_made_by_opening_a_link(self):
        """R92c"""
        self.env.cr.execute("UPDATE account_move SET access_token = NULL WHERE id = %s", [self.move.id])
        self.move.invalidate_recordset(["access_token"])
        self.assertEqual(self.location(), f"/my/invoices/{self.move.id}")
        self.assertFalse(self.move.access_token)

    def test_what_is_glued_to_a_link_makes_no_difference(self):
        """R92c: a text or a mail program took it for a part of it."""
        drawn = self.patch_codes()
        for tail in ("&utm=1", "/", ")*", "…", "abc", "%0a", "?db=other", "?utm=1", "%00", ".gif"):
            with self.subTest(tail):
                answer = self.follow(f"{self.path()}{tail}")
                self.assertEqual(answer.status_code, 303)
                self.assertIn(self.move.access_token, answer.headers["Location"])
                self.assertNotIn("Set-Cookie", answer.headers)
                self.assertEqual(self.follow(f"{self.path()}.png{tail}").headers["Content-Type"], "image/png")
        self.assertTrue(drawn)

    @mute_logger("odoo.http")
    def test_what_nobody_was_given_is_one_page(self):
        """R92c: unknown, malformed, too long, of a deleted delivery; with nothing in a log."""
        gone = self.path()
        self.delivery.sudo().unlink()
        pages = set()
        for path in (
            gone,
            f"/c/{'a' * 22}",
            f"/c/{'a' * 22}.png",
            "/c/%00",
            "/c/a%27--",
            "/c/" + "a" * 5000,
            "/c/a/b",
            "/c/%ff%ed%a0%80",
            f"/c/{'é' * 22}",
            f"{gone}.gif",
            f"/c/{'a' * 22}?x=1&access_token=1",
            "/c",
            "/c/",
            "/c//",
            "/c/%0a",
            "/c/?db=other",
            f"/c/{'a' * 22}%0a",
            f"/c/%0a{gone[3:]}",
            f"/c/{gone[3:].swapcase()}",
            f"/c/{gone[3:-1]}",
        ):
            with self.assertNoLogs("odoo.addons", "INFO"):
                answer = self.follow(path)
            self.assertNotIn("Set-Cookie", answer.headers)
            pages.add((answer.status_code, answer.text, answer.headers.get("Cache-Control")))
            if len(pages) > 1:
                self.fail(path)
        [(status, text, _stored)] = pages
        self.assertEqual(status, 404)
        self.assertIn("This link does not work", text)
        self.assertNotIn(self.company.name, text)

    # ------------------------------------------------------------------ nothing of it is kept

    def test_opening_a_link_changes_nothing(self):
        """R92c: nor does asking about it, as a machine does."""
        self.let_pay_online()
        self.follow(self.path())
        changes, execute = [], Cursor.execute

        def watched(cursor, query, params=None, log_exceptions=True):
            text = query.code if hasattr(query, "code") else str(query)
            if CHANGES.match(text):
                changes.append(text)
            return execute(cursor, query, params, log_exceptions)

        with patch.object(Cursor, "execute", watched):
            for method in ("GET", "HEAD", "OPTIONS"):
                for path in (self.path(), self.path("pay"), f"{self.path()}.png", "/c/unknown"):
                    answer = self.follow(path, method)
                    self.assertNotIn("Set-Cookie", answer.headers)
        self.assertEqual(changes, [])

    @mute_logger("odoo.http")
    def test_nothing_is_submitted_there(self):
        """R92c: it takes no POST."""
        for method in ("POST", "PUT", "DELETE"):
            self.assertEqual(self.follow(self.path(), method).status_code, 405)

    # ------------------------------------------------------------------ the payment code

    def test_the_payment_code_is_drawn_when_asked(self):
        """R72: for what is due then, and kept for an hour at most."""
        drawn = self.patch_codes()
        answer = self.follow(f"{self.path()}.png")
        self.assertEqual((answer.status_code, answer.headers["Content-Type"]), (200, "image/png"))
        self.assertEqual(answer.headers["Cache-Control"], "private, max-age=3600")
        self.assertTrue(answer.content.startswith(PNG))
        self.pay(self.move, 40)
        self.follow(f"{self.path()}.png")
        self.assertEqual(drawn, [100, 60])

    def test_where_nothing_is_due_it_is_blank(self):
        """R72: so it is where the invoice was withdrawn, and where no code can be made."""
        blank = self.follow(f"{self.path()}.png").content
        self.assertTrue(blank.startswith(PNG))
        self.assertLess(len(blank), 100)
        drawn = self.patch_codes()
        self.pay(self.move)
        self.assertEqual(self.follow(f"{self.path()}.png").content, blank)
        self.assertEqual(drawn, [])

    @mute_logger("odoo.http")
    def test_the_plain_address_of_the_code_asks_for_the_token_of_the_page(self):
        """R72"""
        self.patch_codes()
        plain = f"/chasing/qr/{self.move.id}.png"
        self.assertEqual(self.follow(f"{plain}?access_token={self.move.access_token}").status_code, 200)
        for wrong in ("", "?access_token=", "?access_token=1", "?access_token=%C3%A9", "?access_token=False"):
            self.assertEqual(self.follow(plain + wrong).status_code, 404)
        self.assertEqual(self.follow("/chasing/qr/999999999.png?access_token=1").status_code, 404)
        self.move.sudo().access_token = False
        self.assertEqual(self.follow(f"{plain}?access_token=").status_code, 404)

    @mute_logger("odoo.http")
    def test_where_links_ask_for_login_the_plain_address_does_too(self):
        """R92c: the picture in a message needs none, for mail programs fetch it."""
        self.patch_codes()
        self.company.chasing_link_login = True
        self.assertEqual(self.follow(f"{self.path()}.png").status_code, 200)
        plain = f"/chasing/qr/{self.move.id}.png"
        own = f"{plain}?access_token={self.move.access_token}"
        self.assertEqual(self.follow(own).status_code, 404)
        self.make_user("clerk", "account.group_account_invoice")
        visitor, stranger = (self.make_user(login, "base.group_portal") for login in ("visitor", "stranger"))
        visitor.partner_id.parent_id = self.customer
        self.assertFalse(stranger.partner_id.parent_id)
        foreigner = self.make_foreigner().login
        for login, status in (("clerk", 200), ("visitor", 200), ("stranger", 404), (foreigner, 404)):
            with self.subTest(login):
                self.authenticate(login, login)
                self.assertEqual(self.follow(own).status_code, status)
                self.assertEqual(self.follow(plain).status_code, 404)

    def patch_codes(self):
        """Let every account have a code; return the amounts that are drawn from now on."""
        drawn = []
        account = self.env["res.partner.bank"].create({
            "acc_number": "DE75512108001245126199",
            "partner_id": self.company.partner_id.id,
            "allow_out_payment": True,
        })
        self.move.sudo().partner_bank_id = account

        def code(_account, amount, *_args, **_options):
            drawn.append(amount)
            return {"qr_method": "sct_qr"}

        bank = self.registry["res.partner.bank"]
        self.patch(bank, "_build_qr_code_vals", code)
        parameters = {"barcode_type": "QR", "value": "BCD"}
        self.patch(bank, "_get_qr_code_generation_params", lambda *_args, **_options: parameters)
        return drawn


@tagged("post_install", "-at_install")
class TestLinkInLetter(LetterCommon):
    def test_a_letter_is_printed_with_a_short_link_and_keeps_it(self):
        """R92c: its text, which collectors read, has the plain page."""
        letter = self.make_letter()
        self.assertIn(letter.move_id.access_token, letter.content)
        printed = letter_pdf.text_values(letter)["content"]
        token = letter.delivery_id.sudo().link_ids.token
        self.assertIn(f"/c/{token}<", printed)
        self.assertNotIn("access_token", printed)
        self.assertNotIn(token, letter.content)
        self.assertEqual(letter_pdf.text_values(letter)["content"], printed)
        self.assertEqual(letter.delivery_id.sudo().link_ids.mapped("token"), [token])

    def test_a_letter_has_no_token_in_its_subject(self):
        """R92c"""
        invoice = self.make_invoice()
        self.steps(invoice)[0].sudo().subject = "See {{ object.chasing_link }}"
        self.at("2026-03-02 09:00")
        letter = self.letters(invoice)
        page = f"{invoice.get_base_url()}/my/invoices/{invoice.id}"
        self.assertEqual(letter.subject, f"See {page}")
        self.assertEqual(letter_pdf.text_values(letter)["subject"], f"See {page}")
        self.assertEqual(letter.delivery_id.mail_message_id.subject, f"See {page}")

    def test_a_test_letter_keeps_the_plain_page(self):
        """R75, R92c: it is nobody's delivery."""
        letter = self.make_letter()
        test = self.env["chasing.letter"].new({"content": letter.content, "provider_id": letter.provider_id.id})
        self.assertIn("access_token", letter_pdf.text_values(test)["content"])
        self.assertFalse(letter.delivery_id.sudo().link_ids)
