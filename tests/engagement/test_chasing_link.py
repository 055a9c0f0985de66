"""Short links of messages: one a delivery and target, in what leaves and nowhere else (R92c)."""

import re

from markupsafe import Markup

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ...models.common import clock
from ...models.engagement.chasing_link import TOKEN
from ..builders.builders import ChasingCommon
from ..builders.sms import ChasingSmsCommon

SHORT = re.compile(r"/c/([A-Za-z0-9]+)")


class LinkCommon(ChasingCommon):
    def sent_invoice(self, **values):
        """An invoice whose first message is on its way, with its delivery."""
        invoice = self.make_invoice(**values)
        self.at("2026-03-02 09:00")
        return invoice, self.deliveries(invoice)

    def tokens(self, delivery):
        """{target: token} of a delivery."""
        return {link.target: link.token for link in delivery.sudo().link_ids}

    def links(self, delivery, text):
        return self.env["chasing.message"]._links({delivery: text})[delivery]


@tagged("post_install", "-at_install")
class TestChasingLink(LinkCommon):
    def test_what_leaves_has_a_link_of_the_delivery_and_the_conversation_the_plain_page(self):
        """R92c"""
        invoice, delivery = self.sent_invoice()
        leaving = self.waiting_mails().body_html
        [token] = set(SHORT.findall(leaving))
        self.assertEqual(self.tokens(delivery), {"portal": token})
        self.assertTrue(TOKEN.fullmatch(token))
        self.assertNotIn("access_token", leaving)
        self.assertIn(invoice.chasing_link, delivery.mail_message_id.body)
        self.assertNotIn(token, delivery.mail_message_id.body)

    def test_each_recipient_has_links_of_their_own(self):
        """R92c: also a colleague who gets a copy."""
        self.make_customer("Bob", "bob@customer.example", type="invoice", parent_id=self.customer.id)
        self.make_customer("Eve", "eve@customer.example", type="invoice", parent_id=self.customer.id)
        _invoice, deliveries = self.sent_invoice()
        tokens = [self.tokens(delivery)["portal"] for delivery in deliveries]
        self.assertEqual(len(set(tokens)), len(deliveries))
        for mail in self.waiting_mails():
            self.assertEqual(len(set(SHORT.findall(mail.body_html))), 1)

    def test_a_message_made_again_keeps_its_links(self):
        """R92c: only what a text names is made, and once."""
        invoice, delivery = self.sent_invoice()
        before = self.tokens(delivery)
        page = invoice.chasing_link
        self.assertEqual(self.links(delivery, page), f"{invoice.get_base_url()}/c/{before['portal']}")
        self.assertEqual(self.tokens(delivery), before)
        pay = self.links(delivery, f'<a href="{page}&amp;payment=True#portal_pay">Pay</a>')
        after = self.tokens(delivery)
        self.assertEqual(after, {**before, "pay": after["pay"]})
        self.assertEqual(pay, f'<a href="{invoice.get_base_url()}/c/{after["pay"]}">Pay</a>')

    def test_the_image_of_the_payment_code_is_one_of_the_link_too(self):
        """R92c"""
        invoice, delivery = self.sent_invoice()
        address = invoice._chasing_addresses()["qr"]
        token = self.tokens(delivery)["portal"]
        self.assertEqual(self.links(delivery, address), f"{invoice.get_base_url()}/c/{token}.png")

    def test_other_addresses_stay(self):
        """R92c: that of another invoice, and the page without its token, which opens to nobody."""
        invoice, delivery = self.sent_invoice()
        other = self.make_invoice()
        other._chasing_ensure_tokens()
        for text in (
            other.chasing_link,
            f"{invoice.get_base_url()}{invoice.access_url}",
        ):
            self.assertEqual(self.links(delivery, text), text)

    def test_the_token_of_the_page_never_leaves(self):
        """R92c: whatever follows it, and however a text names the page."""
        invoice, delivery = self.sent_invoice()
        token, short = self.tokens(delivery)["portal"], f"{invoice.get_base_url()}/c/"
        for tail in ("&utm=1", "#x", "/", "…", "“", ")*", "abc", "&download=true"):
            self.assertEqual(self.links(delivery, f"See {invoice.chasing_link}{tail}"), f"See {short}{token}{tail}")
        for text in (
            invoice.get_portal_url(),
            invoice.get_portal_url(report_type="pdf", download=True),
            f"https://www.shop.example{invoice.get_portal_url()}",
            f"https://evil.example/?to={invoice.chasing_link}",
            invoice.access_token,
        ):
            leaving = self.links(delivery, Markup("<p>%s</p>") % text)
            self.assertIsInstance(leaving, Markup)
            self.assertNotIn(invoice.access_token, leaving)
            self.assertIn(f"{short}{token}", leaving)

    def test_a_subject_names_the_page_and_opens_it_to_nobody(self):
        """R92c: as it leaves, in the conversation and in the preview; of an own subject and of a template."""
        invoice = self.make_invoice()
        step, page = self.steps(invoice)[0].sudo(), f"{invoice.get_base_url()}/my/invoices/{invoice.id}"
        template = self.env["mail.template"].create({
            "name": "With links",
            "model_id": self.env["ir.model"]._get_id("account.move"),
            "subject": "See {{ object.get_portal_url() }} {{ object.chasing_link }}&payment=True#portal_pay",
            "body_html": "<p>Hello</p>",
        })
        step.subject = "See {{ object.chasing_link }}…"
        self.set_clock("2026-03-02 09:00")
        at, email = clock.now(self.env), self.env["chasing.channel.email"]
        self.assertEqual(email._preview(step, "en_US", at).subject, f"See {page}…")
        step.write({"subject": False, "email_template_id": template.id})
        self.assertEqual(email._preview(step, "en_US", at).subject, f"See {page} {page}")
        self.at("2026-03-02 09:00")
        delivery = self.deliveries(invoice)
        self.assertEqual(delivery.mail_message_id.subject, f"See {page} {page}")
        self.assertEqual(self.waiting_mails().subject, f"See {page} {page}")
        self.assertTrue(invoice.access_token)

    def test_a_message_without_the_page_has_no_links(self):
        """R92c"""
        invoice = self.make_invoice()
        self.steps(invoice)[0].sudo().button_target = "none"
        self.at("2026-03-02 09:00")
        self.assertFalse(self.deliveries(invoice).sudo().link_ids)
        self.assertTrue(self.waiting_mails())

    def test_links_of_many_cost_no_more_statements_than_those_of_one(self):
        """R92c"""
        invoices = self.make_invoices(8)
        self.at("2026-03-02 09:00")
        deliveries = self.env["chasing.delivery"].sudo().search([("move_id", "in", invoices.ids)])
        deliveries.link_ids.unlink()
        texts = {delivery: f"See {delivery.move_id.chasing_link}" for delivery in deliveries}
        self.env.flush_all()
        self.assertEqual(len(texts), 8)
        with self.assertQueryCount(2):
            self.env["chasing.message"].sudo()._links(texts)

    def test_the_page_is_a_field_for_our_own_people(self):
        """R92c: reading it writes nothing, not even the token that a page needs to be seen by anybody."""
        invoice = self.make_invoice()
        clerk = self.make_user("clerk", "account.group_account_invoice")
        self.assertEqual(
            invoice.with_user(clerk).read(["chasing_link"])[0]["chasing_link"],
            f"{invoice.get_base_url()}/my/invoices/{invoice.id}",
        )
        self.assertFalse(invoice.access_token)
        invoice._chasing_ensure_tokens()
        self.assertEqual(invoice.chasing_link, invoice.get_base_url() + invoice.get_portal_url())
        visitor = self.make_user("visitor", "base.group_portal")
        visitor.partner_id.parent_id = self.customer
        invoice.message_subscribe(visitor.partner_id.ids)
        self.assertTrue(invoice.with_user(visitor).read(["name"]))
        with self.assertRaises(AccessError):
            invoice.with_user(visitor).read(["chasing_link"])
        self.assertFalse(self.env["account.move"].new({}).chasing_link)

    def test_an_own_text_may_name_the_page_and_says_no_more_than_the_message(self):
        """R77: it is filled with every right, and the message that has it shows the same address below it."""
        invoice = self.make_invoice()
        self.steps(invoice)[0].sudo().body = "<p>See {{ object.chasing_link }}</p>"
        self.at("2026-03-02 09:00")
        body = self.deliveries(invoice).mail_message_id.body
        self.assertEqual(body.count(invoice.access_token), 2)
        self.assertNotIn(invoice.access_token, self.waiting_mails().body_html)

    def test_nobody_but_administrators_reads_a_token(self):
        """R92c"""
        _invoice, delivery = self.sent_invoice()
        for groups in ("invoice_chasing.group_manager", "account.group_account_manager"):
            link = delivery.link_ids.with_user(self.make_user(groups, groups))
            self.assertEqual(link.read(["target"])[0]["target"], "portal")
            for ask in (
                lambda link=link: link.read(["token"]),
                lambda link=link: link.search([("token", "like", "a")]),
                lambda link=link: link.search([], order="token"),
                lambda link=link: link._read_group([], ["token"]),
                lambda link=link: link.write({"target": "pay"}),
                lambda link=link: link.create({"delivery_id": delivery.id, "target": "pay", "token": "x" * 22}),
                lambda link=link: link.unlink(),
            ):
                with self.assertRaises(AccessError):
                    ask()

    def test_nobody_reads_the_links_of_another_company(self):
        """R92c"""
        _invoice, delivery = self.sent_invoice()
        links = delivery.link_ids.with_user(self.make_foreigner())
        self.assertFalse(links.search([]))
        with self.assertRaises(AccessError):
            links.read(["target"])

    def test_what_is_no_token_is_looked_up_like_one(self):
        """R92c: so that the time an answer takes tells nothing."""
        links = self.env["chasing.link"]
        for name in ("", "a", "a" * 21, "a" * 22, "é" * 22, "a" * 21 + "\n", "\0", "a/b"):
            with self.subTest(name), self.assertQueryCount(1):
                self.assertFalse(links._by_token(name))

    def test_links_go_with_their_delivery(self):
        """R92c"""
        _invoice, delivery = self.sent_invoice()
        token = self.tokens(delivery)["portal"]
        self.assertTrue(self.env["chasing.link"]._by_token(token))
        delivery.sudo().unlink()
        self.assertFalse(self.env["chasing.link"]._by_token(token))


@tagged("post_install", "-at_install")
class TestLinkInSms(ChasingSmsCommon):
    def test_an_sms_leaves_with_a_short_link_and_the_conversation_keeps_the_page(self):
        """R92c"""
        invoice = self.make_invoice()
        [(_number, text)] = self.at_sent("2026-03-02 09:00")
        delivery = self.deliveries(invoice)
        self.assertTrue(text.endswith(f"/c/{delivery.sudo().link_ids.token}"))
        self.assertNotIn("access_token", text)
        self.assertIn(invoice.access_token, delivery.mail_message_id.body)
        self.assertNotIn("/c/", delivery.mail_message_id.body)

    def test_what_counts_sms_counts_the_short_link(self):
        """R92c: in the template's form and in the preview."""
        invoice = self.make_invoice()
        text = f"Pay {invoice.chasing_link}"
        self.assertEqual(self.env["chasing.message"]._sample_links(text, invoice), text)
        invoice._chasing_ensure_tokens()
        text = f"Pay {invoice.chasing_link}"
        length = len(f"Pay {invoice.get_base_url()}/c/") + 22
        self.assertEqual(len(self.env["chasing.message"]._sample_links(text, invoice)), length)
        body = "Pay {{ object.chasing_link }}"
        template = (
            self.env["sms.template"]
            .sudo()
            .new({"model_id": self.env["ir.model"]._get_id("account.move"), "body": body})
        )
        self.assertEqual(template.chasing_length, f"1 SMS, {length} of 160 characters")
