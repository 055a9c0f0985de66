"""The e-mail as a card and as plain text: R65, R72, R76; the first of what is looked at on any reader."""

import base64
import io
import re
from pathlib import Path

from lxml import html as markup
from PIL import Image

from odoo import Command
from odoo.tests import tagged

from ...models.dispatch import message_facts
from ...models.engine import contrast
from ..builders.smtp import ChasingSmtpCommon

IBAN = "BE15001559627230"
# What Gmail, Outlook or Apple Mail drop, or show in another way.
FORBIDDEN = re.compile(
    r"\b(?:flex|grid|position|float|background-image|box-shadow|transform|@import|@font-face|calc|var|rgba?)\b\s*[:({]"
    r"|display:\s*(?:flex|grid|inline-block)|<(?:script|form|svg|details|video|iframe|object|link|input|button)\b",
    re.IGNORECASE,
)
LONG = "W" * 200
# When each level of a tone is said of an invoice of 2 March that is due on 16 March.
DAYS = {
    "new": "2026-03-02",
    "before_due": "2026-03-09",
    "due_soon": "2026-03-14",
    "due_today": "2026-03-16",
    "late": "2026-03-21",
    "later": "2026-03-30",
    "latest": "2026-04-15",
    "final": "2026-04-30",
    "thank_you": "2026-03-20",
}
GOLDEN = Path(__file__).with_name("standard_plain.txt")
HEBREW = "שלום בע״מ"


class EmailCardCommon(ChasingSmtpCommon):
    has_default = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env["res.partner.bank"].create({
            "acc_number": IBAN,
            "partner_id": cls.company.partner_id.id,
            "acc_holder_name": "Firm Ltd.",
            "allow_out_payment": True,
        })
        cls.company.partner_id.write({"street": "1 Long Road", "city": "Berlin", "zip": "10115", "phone": "+49 30 1"})

    def composed(self, invoice=None, lang="en_US", now="2026-03-21 14:00", step=None, cadence=None, **values):
        """(HTML, plain text, content) of a message about an invoice that is five days late.

        :param values: of its step
        """
        invoice = invoice or self.make_invoice(partner_bank_id=self.account.id)
        if not invoice.chasing_schedule_id:
            invoice.is_move_sent = True
            invoice._chasing_assign(self.make_cadence("Own", [("after_due", 5, 14)], **(cadence or {})))
        step = step or self.steps(invoice)[0].sudo()
        step.write(values)
        self.set_clock(now)
        text = self.env["chasing.message"]._compose(self.env["chasing.channel.email"], step, lang, self.now)[step]
        return str(text.leaving), text.plain, str(text.content)

    def lines(self, count):
        return [
            Command.create({"name": f"Work {number}\nin detail", "price_unit": 10.0, "quantity": 2.5, "tax_ids": []})
            for number in range(1, count + 1)
        ]

    def instalments(self, count):
        return self.env["account.payment.term"].create({
            "name": "Parts",
            "line_ids": [
                Command.create({
                    "value": "percent",
                    "value_amount": 5 if number else 105 - 5 * count,
                    "nb_days": 9 * number,
                })
                for number in range(count)
            ],
        })

    def words(self, html):
        return " ".join(markup.fromstring(html).text_content().split())


@tagged("post_install", "-at_install")
class TestEmailCard(EmailCardCommon):
    def test_every_fact_is_in_both_parts(self):
        """R72, R76: and in no other words."""
        invoice = self.make_invoice(
            due=False,
            invoice_payment_term_id=self.instalments(4).id,
            partner_bank_id=self.account.id,
            invoice_line_ids=self.lines(12),
            ref="PO 7",
        )
        self.pay(invoice, 20)
        html, plain, content = self.composed(
            invoice,
            show_lines=True,
            consequence="Then we stop.\nAt once.",
            cadence={"benefit": "Who pays soon is served first."},
        )
        told = message_facts.facts(self.steps(invoice)[0], "en_US", self.now)
        pairs = [pair for name in ("invoice", "instalments", "lines", "payment") for pair in getattr(told, name)]
        self.assertGreater(len(pairs), 20)
        facts = [told.headline, told.amount, told.due, told.lateness, told.benefit, told.closing, *told.signature]
        facts += [
            told.answer,
            told.more_lines,
            "Then we stop.",
            "At once.",
            *(words for pair in pairs for words in pair),
        ]
        for part in (self.words(html), " ".join(plain.split())):
            for fact in facts:
                self.assertIn(" ".join(fact.split()), part)
        for fact in (told.amount, told.due, told.benefit, IBAN[:4], "Then we stop."):
            self.assertIn(" ".join(fact.split()), self.words(content))

    def test_a_plain_text_reads_like_a_letter(self):
        """R72: golden."""
        invoice = self.make_invoice(partner_bank_id=self.account.id)
        _html, plain, _content = self.composed(invoice, body="<p>Hello,</p><p>Please <b>pay</b>.</p>")
        page = invoice.chasing_link
        expected = f"""Amount due: $ 100.00
Due 16 Mar 2026 · 5 days overdue

Hello,

Please pay.

View invoice: {page}

Invoice: {invoice.name}
Invoice date: 2 Mar 2026

Payment details
Account holder: Firm Ltd.
IBAN: BE15 0015 5962 7230
Payment reference: {invoice.payment_reference}

Kind regards,
{self.salesperson.name}
Firm

Questions? Reply to this e-mail, write to sally@firm.example or call +49 30 1.

Firm · 1 Long Road · Berlin 10115"""
        self.assertTrue(plain.replace("\xa0", " ").startswith(expected), plain)

    def test_it_has_what_readers_and_their_tools_need(self):
        """R65, R72: doctype, language, direction, title, alternative texts, tables that are none."""
        logo = io.BytesIO()
        Image.new("RGB", (720, 90), "red").save(logo, "PNG")
        self.company.logo = base64.b64encode(logo.getvalue())
        html, _plain, content = self.composed(subject="Your <invoice>")
        self.assertTrue(html.startswith("<!DOCTYPE html>"))
        tree = markup.document_fromstring(html)
        self.assertEqual((tree.get("lang"), tree.get("dir")), ("en-US", "ltr"))
        self.assertEqual(tree.findtext(".//title"), "Your <invoice>")
        self.assertEqual({table.get("role") for table in tree.iter("table")}, {"presentation"})
        [picture] = tree.iter("img")
        self.assertEqual((picture.get("alt"), picture.get("width"), picture.get("height")), ("Firm", "176", "22"))
        self.assertNotIn("<img", content)
        self.assertNotIn("<style", content)

    def test_without_a_logo_the_name_stands_there(self):
        """R72: also where most readers could not show the logo."""
        drawing = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
        for logo in (False, drawing):
            self.company.logo = logo
            html, _plain, _content = self.composed()
            self.assertNotIn("<img", html)
            self.assertRegex(html, r">\s*Firm\s*<")

    def test_nothing_is_asked_of_what_is_paid(self):
        """R102, R72: no date, no bank, no reason to pay."""
        invoice = self.make_invoice(partner_bank_id=self.account.id)
        self.pay(invoice)
        self.env["chasing.hand"]._send(self.env["chasing.hand"]._make(invoice, {"channel_email": True}))
        [(_recipients, message)] = self.deliver_by_smtp()
        plain = message.get_body(("plain",)).get_content()
        for part in (message.get_body(("html",)).get_content(), plain):
            self.assertNotRegex(part, "Amount due|overdue|IBAN|Payment details|Pay ")
        plain = plain.replace("\xa0", " ")
        self.assertEqual(plain.splitlines()[:3], ["Paid: $ 100.00", "Nothing is due.", ""])
        self.assertEqual(plain.count("Invoice total: $ 100.00"), 1)
        self.assertNotIn("Already paid", plain)
        self.assertIn("View invoice: http", plain)
        for html in (message.get_body(("html",)).get_content(), self.deliveries(invoice).mail_message_id.body):
            self.assertIn("Paid $ 100.00 Nothing is due.", self.words(html))

    def test_a_thank_you_tells_what_came_in(self):
        """R78: less what was credited."""
        invoice = self.make_invoice()
        invoice._chasing_assign(self.make_cadence("Own", [("after_due", 5, 14)]))
        self.pay(invoice)
        _html, plain, _content = self.composed(invoice, is_thanks=True)
        self.assertTrue(plain.replace("\xa0", " ").startswith("Amount paid: $ 100.00\nNothing is due.\n\n"), plain)
        self.assertNotIn("Already paid", plain)

    def test_only_what_readers_keep_is_used(self):
        """R72: with everything that a message can tell."""
        html = self.full_message()
        self.assertFalse(FORBIDDEN.findall(html))
        tree = markup.document_fromstring(html)
        for table in tree.iter("table"):
            self.assertNotIn("margin", table.get("style") or "")
            self.assertNotIn("padding", table.get("style") or "")
        self.assertFalse([tag for tag in tree.iter("div") if tag.get("style")])
        style = "".join(tree.xpath("//style/text()"))
        self.assertFalse(re.sub(r"@media \([^{]+\) \{ (?:[^{}]+\{[^{}]*\} )*\}", "", style).strip())

    def full_message(self):
        invoice = self.make_invoice(
            due=False,
            invoice_payment_term_id=self.instalments(12).id,
            partner_bank_id=self.account.id,
            invoice_line_ids=self.lines(13),
        )
        return self.composed(invoice, show_lines=True, consequence=f"{LONG} " * 9, cadence={"benefit": LONG[:300]})[0]

    def test_gmail_does_not_clip_it(self):
        """R72: 10 lines, 12 instalments, long texts stay below 60 kB."""
        html = self.full_message()
        self.assertIn("and 3 more", html)
        self.assertLess(len(html.encode()), 60_000)

    def test_a_button_can_be_read_whatever_colours_a_company_has(self):
        """R72: a contrast of 4.5 at least; also of what is no colour."""
        for ink, fill in (("#FFFFFF", "#875A7B"), ("#FFFFFF", "#FFEE00"), ("#000", "#111111"), ("red", "no"), (0, 0)):
            self.company.sudo().write({"email_primary_color": ink, "email_secondary_color": fill})
            html, _plain, _content = self.composed()
            [button] = markup.document_fromstring(html).xpath("//a[starts-with(text(), 'View invoice')]")
            used = re.search(r"(?<!-)color: ([^;]+);", button.get("style"))[1]
            self.assertGreaterEqual(contrast.ratio(used, button.getparent().get("bgcolor")), 4.5)

    def test_languages_from_right_to_left(self):
        """R65: the card turns round."""
        self.env["res.lang"]._activate_lang("he_IL")
        self.company.name = HEBREW
        html, plain, _content = self.composed(lang="he_IL")
        tree = markup.document_fromstring(html)
        self.assertEqual((tree.get("lang"), tree.get("dir")), ("he-IL", "rtl"))
        self.assertEqual(set(tree.xpath("//td/@align")), {"left", "center"})
        self.assertIn(HEBREW, plain)

    def test_what_is_missing_or_strange_breaks_nothing(self):
        """R72: each is a message that can be read, in both parts."""
        forint = self.setup_other_currency("HUF", rates=[("2020-01-01", 1.0)])
        forint.position = "after"
        cases = {
            "no bank account": {"partner_bank_id": False},
            "no due date": {"due": False},
            "twelve digits": {"amount": 123_456_789_012.0, "currency_id": forint.id},
            "a long customer": {"partner_id": self.make_customer(LONG, "long@customer.example").id},
            "a customer from right to left": {"partner_id": self.make_customer(HEBREW, "rtl@customer.example").id},
            "a reference of markup": {"ref": "<b>&amp;</b> {{ x }}"},
        }
        for name, values in cases.items():
            with self.subTest(name):
                invoice = self.make_invoice(**{"partner_bank_id": self.account.id, **values})
                html, plain, content = self.composed(invoice)
                markup.document_fromstring(html)
                for part in (html, content, plain):
                    self.assertIn(invoice.name, part)
                    self.assertNotIn("False", part)
                    self.assertNotIn("None", part)
                self.assertEqual("IBAN" in plain, bool(invoice.partner_bank_id))
                self.assertNotIn("<b>&amp;</b>", html)

    def test_a_company_without_anything_and_a_text_of_pictures(self):
        """R72: no address, no phone, an own text that says nothing."""
        self.company.partner_id.write({"street": False, "city": False, "zip": False, "phone": False, "website": False})
        self.company.name = LONG
        html, plain, _content = self.composed(body='<p><img src="/web/image/7"/>Hi</p>', button_target="none")
        self.assertNotIn("View invoice", html + plain)
        self.assertNotRegex(plain, r"\n\n\n")

    def test_who_answers_is_who_signs(self):
        """R98: a person by theirs, else the company."""
        _html, plain, _content = self.composed()
        self.assertIn("write to sally@firm.example", plain)
        self.salesperson.email = False
        invoice = self.make_invoice()
        _html, plain, _content = self.composed(invoice)
        self.assertIn("Kind regards,\nFirm\n", plain)
        self.assertIn("write to office@firm.example", plain)


@tagged("post_install", "-at_install")
class TestStandardTone(EmailCardCommon):
    def test_its_plain_texts_are_these(self):
        """R72, R77: golden; whoever changes a text looks at how it reads."""
        told = []
        tone = self.env.ref("invoice_chasing.chasing_tone_standard").sudo()
        for line in tone.line_ids:
            invoice = self.make_invoice(partner_bank_id=self.account.id)
            if line.level == "thank_you":
                invoice._chasing_assign(self.make_cadence("Own", [("after_due", 5, 14)]))
                self.pay(invoice)
            _html, plain, _content = self.composed(
                invoice,
                now=f"{DAYS[line.level]} 09:00",
                email_template_id=line.email_template_id.id,
                is_thanks=line.level == "thank_you",
            )
            plain = plain.replace(invoice.chasing_link, "<page>").replace(invoice.name, "<number>")
            told.append(f"===== {line.level}\n{plain}".replace("\xa0", " "))
        self.assertEqual("\n".join(told), GOLDEN.read_text())


@tagged("post_install", "-at_install")
class TestOverSmtp(EmailCardCommon):
    def test_it_arrives_as_it_was_written(self):
        """R65, R72, R74: both parts, the PDF, copies, headers, over a real connection."""
        invoice = self.make_invoice(partner_bank_id=self.account.id, steps=[("on_issue", 0, 9)])
        self.steps(invoice)[0].sudo().cc = "eve@other.example"
        self.at("2026-03-02 09:00")
        mail = self.deliveries(invoice).notification_id.sudo().mail_mail_id
        kept = mail.chasing_plain
        [(recipients, message)] = self.deliver_by_smtp()
        self.assertEqual(recipients, ["ann@customer.example", "eve@other.example"])
        self.assertEqual(str(message["Cc"]), "eve@other.example")
        self.assertEqual(str(message["Auto-Submitted"]), "auto-generated")
        [alternative] = [part for part in message.walk() if part.get_content_type() == "multipart/alternative"]
        kinds = [part.get_content_type() for part in alternative.iter_parts()]
        self.assertEqual(kinds, ["text/plain", "text/html"])
        self.assertEqual(message.get_body(("plain",)).get_content().splitlines(), kept.splitlines())
        tree = markup.document_fromstring(message.get_body(("html",)).get_content())
        self.assertEqual((tree.get("lang"), tree.findtext(".//title")), ("en-US", str(message["Subject"])))
        self.assertEqual([part.get_content_type() for part in message.iter_attachments()], ["application/pdf"])
        self.assertLess(len(message.as_bytes()), 60_000)
        self.assertFalse(mail.exists())

    def test_links_lead_by_way_of_the_delivery(self):
        """R92c: in both parts, and the code to pay by; the conversation keeps the page."""
        self.patch(message_facts, "has_payment_code", lambda _move: True)
        invoice = self.make_invoice(steps=[("on_issue", 0, 9)])
        self.at("2026-03-02 09:00")
        [(_recipients, message)] = self.deliver_by_smtp()
        delivery = self.deliveries(invoice)
        [link] = delivery.link_ids.sudo()
        short = f"{invoice.get_base_url()}/c/{link.token}"
        plain, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
        self.assertIn(f"View invoice: {short}\n", plain.replace("\r", ""))
        tree = markup.document_fromstring(html)
        self.assertIn(short, tree.xpath("//a/@href"))
        self.assertEqual(tree.xpath("//img/@src"), [f"{short}.png"])
        self.assertTrue(all(tree.xpath("//img/@alt")))
        self.assertNotIn("access_token", plain + html)
        self.assertIn("access_token", delivery.mail_message_id.body)

    def test_what_is_too_large_can_be_fetched_by_either_part(self):
        """R72: Odoo writes links to what a mail server does not take."""
        invoice = self.make_invoice(steps=[("on_issue", 0, 9)])
        self.env["ir.config_parameter"].sudo().set_param("base.default_max_email_size", "0.001")
        self.at("2026-03-02 09:00")
        [(_recipients, message)] = self.deliver_by_smtp()
        self.assertFalse(list(message.iter_attachments()))
        for kind in ("plain", "html"):
            part = message.get_body((kind,)).get_content()
            self.assertRegex(part, rf"/web/content/{invoice.invoice_pdf_report_id.id}\?download=1&(amp;)?access_token=")
