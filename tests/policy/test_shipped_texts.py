"""What the shipped tones say, in every language that there is (R70, R72, R77)."""

import re
from collections import defaultdict
from datetime import date
from pathlib import Path

from lxml import html as lxml_html

from odoo.tests import tagged

from ...models.common import formats
from ...models.common.errors import ChannelRefused
from ...models.engine import sms_segments
from ...models.engine.levels import LEVELS
from ..builders.builders import utc
from ..builders.instalments import ChasingInstalmentsCommon

TONES = ("gentle", "standard", "firm")
FIELDS = ("email_template_id", "sms_template_id", "letter_template_id")
LANGS = {"en": "en_US", "de": "de_DE", "es": "es_ES", "fr": "fr_FR", "nl": "nl_NL"}
# What a text says of one invoice, in place of which it says of another something else.
PLACE = re.compile(r"<(t|strong) t-out=[^>]*>.*?</\1>|\{\{.*?\}\}", re.DOTALL)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
# The longest that the texts are made for: of the company's name, the number, the amount, and the address with its link.
COMPANY, NUMBER, LINK = "C" * 20, "INV/26/00001", "https://chasing.firm.example/c/" + "x" * 22


def shipped_langs():
    """The codes of the languages that the addon has texts in."""
    found = {path.stem for path in (Path(__file__).parents[2] / "i18n").glob("*.po")}
    return [LANGS["en"], *(LANGS[name] for name in sorted(found & LANGS.keys()))]


def paragraphs(source):
    """The paragraphs of a text as it is written, a mark in place of whatever follows from the invoice."""
    marked = PLACE.sub("§", source)
    if "<p" not in marked:
        return [marked]
    return [" ".join(one.text_content().split()) for one in lxml_html.fragment_fromstring(marked, "div").iter("p")]


def sentences(source):
    """The sentences of a text without its greeting, as they are compared."""
    found = paragraphs(source)
    parts = (part for one in (found[1:] or found) for part in SENTENCE_END.split(one))
    return {" ".join(part.split()).strip(" .!?").casefold() for part in parts if re.search(r"\w", part)}


@tagged("post_install", "-at_install")
class TestShippedTexts(ChasingInstalmentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.langs = shipped_langs()
        for lang in cls.langs:
            cls.env["res.lang"]._activate_lang(lang)
        cls.env["ir.module.module"].sudo()._load_module_terms(["invoice_chasing"], cls.langs)

    def texts(self, field):
        """[(tone, level, template)] of a channel, one of each template."""
        seen = set()
        for tone in TONES:
            for line in self.env.ref(f"invoice_chasing.chasing_tone_{tone}").line_ids:
                if line[field] not in seen:
                    seen.add(line[field])
                    yield tone, line.level, line[field].sudo()

    def test_every_tone_says_something_at_every_level(self):
        """R70: in every channel; a letter that is soon due says what one due later says."""
        for field, count in zip(FIELDS, (27, 27, 24), strict=True):
            for tone in TONES:
                shipped = self.env.ref(f"invoice_chasing.chasing_tone_{tone}")
                self.assertEqual(shipped.line_ids.mapped("level"), list(LEVELS))
                self.assertTrue(shipped._is_complete(field))
                self.assertFalse(shipped.company_id)
            self.assertEqual(len(list(self.texts(field))), count)

    def test_no_sentence_is_said_twice(self):
        """R70: neither in two tones nor at two levels, in no language; subjects neither."""
        for lang in self.langs:
            for field in FIELDS:
                said = defaultdict(list)
                for tone, level, template in self.texts(field):
                    template = template.with_context(lang=lang)
                    body = template.body if template._name == "sms.template" else str(template.body_html)
                    for sentence in sentences(body):
                        said[sentence].append((tone, level))
                    if template._name == "mail.template":
                        said["subject: " + PLACE.sub("§", template.subject)].append((tone, level))
                twice = {sentence: where for sentence, where in said.items() if len(where) > 1}
                with self.subTest(lang=lang, channel=field):
                    self.assertEqual(twice, {})

    def situations(self):
        """{name: (invoice, at which instant)}: everything that a text may have to say of an invoice."""
        usual = {"due": "2026-03-16", "invoice_payment_term_id": False}
        parts = self.make_invoice()
        paid_part, partly, credited, without, closed = (
            self.make_invoice(),
            self.make_invoice(**usual),
            self.make_invoice(**usual),
            self.make_invoice(**usual),
            self.make_invoice(**usual),
        )
        self.pay_part(paid_part, 1)
        self.pay(partly, 30)
        self.pay(closed)
        self.credit_part(credited, 40)
        self.env.cr.execute("UPDATE account_move SET invoice_date_due = NULL WHERE id = %s", [without.id])
        self.env.cr.execute("UPDATE account_move_line SET date_maturity = NULL WHERE move_id = %s", [without.id])
        self.env.invalidate_all()
        foreign = self.make_invoice(**usual, currency_id=self.setup_other_currency("EUR").id, amount=1234.5)
        early, late = utc("2026-03-05 09:00"), utc("2026-04-16 09:00")
        return {
            "open": (self.make_invoice(**usual), early),
            "due today": (self.make_invoice(**usual), utc("2026-03-16 09:00")),
            "late": (self.make_invoice(**usual), late),
            "instalments": (parts, early),
            "late instalments": (parts, late),
            "first instalment paid": (paid_part, early),
            "partly paid": (partly, late),
            "partly credited": (credited, late),
            "without due date": (without, late),
            "foreign currency": (foreign, late),
            "paid": (closed, late),
        }

    def credit_part(self, invoice, amount):
        credit_note = self._reverse_invoice(invoice, date=invoice.invoice_date)
        credit_note.invoice_line_ids.price_unit = amount
        credit_note.action_post()
        lines = (invoice | credit_note).line_ids
        lines.filtered(lambda line: line.account_id.account_type == "asset_receivable").reconcile()
        self.env.cr.flush()

    def test_every_text_reads_well_in_every_situation(self):
        """R7, R65, R72: nothing is left empty, nothing is asked for that is not due."""
        message = self.env["chasing.message"]
        situations = self.situations()
        moves = {name: (move.sudo(), at) for name, (move, at) in situations.items()}
        for move, _at in moves.values():
            move._chasing_ensure_tokens()
        for field in FIELDS:
            for tone, level, template in self.texts(field):
                names = ("body",) if template._name == "sms.template" else ("subject", "body_html")
                for lang in self.langs:
                    for situation, (move, at) in moves.items():
                        for name in names:
                            with self.subTest(tone=tone, level=level, lang=lang, situation=situation, part=name):
                                text = message._render(template, name, move, lang, at)[move.id]
                                self.assert_well_said(text, move)

    def assert_well_said(self, text, move):
        self.assertNotIsInstance(text, ChannelRefused)
        lines = [text]
        if "<p>" in text:
            lines = [one.text_content().strip() for one in lxml_html.fragment_fromstring(str(text), "div").iter("p")]
            self.assertGreaterEqual(len(lines), 2)
        for line in lines:
            self.assertTrue(line)
            self.assertNotRegex(line.replace("\n", " "), r"\(\s*\)|  |\bFalse\b|\bNone\b|[{}<>]|t-out| [,.]")
            self.assertNotRegex(line, r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b")
        self.assertIn(move.name, " ".join(lines))

    def test_a_first_message_on_a_late_invoice_says_since_when(self):
        """R70: in every tone, channel and language; on one in time by when, on a paid one neither."""
        moves = self.situations()
        for tone in TONES:
            line = self.env.ref(f"invoice_chasing.chasing_tone_{tone}").line_ids[0]
            for field in FIELDS:
                name = "body" if field == "sms_template_id" else "body_html"
                for lang in self.langs:
                    said = {}
                    for situation in ("open", "late", "paid"):
                        move, at = moves[situation][0].sudo(), moves[situation][1]
                        move._chasing_ensure_tokens()
                        text = self.env["chasing.message"]._render(line[field].sudo(), name, move, lang, at)[move.id]
                        said[situation] = text.replace(move.name, "").replace(str(move.chasing_link), "")
                    with self.subTest(tone=tone, channel=field, lang=lang):
                        self.assertIn("2026", said["open"])
                        self.assertNotEqual(said["open"], said["late"])
                        if name == "body_html":
                            self.assertIn("16", said["late"])
                            self.assertNotRegex(said["paid"], r"\b16\b")

    def test_dates_are_written_as_the_language_writes_them(self):
        """R65: by no pattern."""
        move, at = self.situations()["late"]
        mail = self.env.ref("invoice_chasing.mail_template_standard_late").sudo()
        sms = self.env.ref("invoice_chasing.sms_template_standard_late").sudo()
        for lang, long, short in (
            ("en_US", "16 Mar 2026", "16 Mar 2026"),
            ("de_DE", "16. März 2026", "16. März 2026"),
            ("fr_FR", "16 mars 2026", "16 mars 2026"),
            ("es_ES", "16 de marzo de 2026", "16 mar 2026"),
            ("nl_NL", "16 maart 2026", "16 mrt 2026"),
        ):
            self.env["res.lang"]._activate_lang(lang)
            render = self.env["chasing.message"]._render
            with self.subTest(lang):
                self.assertIn(long, render(mail, "body_html", move.sudo(), lang, at)[move.id])
                self.assertIn(short, render(sms, "body", move.sudo(), lang, at)[move.id])

    def test_every_sms_is_one_segment_and_begins_with_who_writes(self):
        """R88: with long names, a long number, and whatever month it is.

        That is the shipped text alone: what came in and what paying early saves are sentences more (R42b, R76).
        """
        self.company.name = COMPANY
        move = self.make_invoice(
            due="2026-09-30",
            invoice_payment_term_id=False,
            currency_id=self.setup_other_currency("EUR").id,
            amount=9999.5,
        ).sudo()
        move.name = NUMBER
        self.patch(self.registry["account.move"], "chasing_link", LINK)
        texts = list(self.texts("sms_template_id"))
        for lang in self.langs:
            days = [date(2026, month, 28) for month in range(1, 13)]
            # Any month may have a letter that the alphabet lacks, the longest takes the most room.
            longest = max(days, key=lambda day: len(formats.date(self.env, day, lang)))
            for day in days:
                move.line_ids.date_maturity = move.invoice_date_due = day
                for tone, level, template in texts if day == longest else texts[:1]:
                    for at in (utc("2026-01-02 09:00"), utc("2027-03-02 09:00")):
                        text = self.env["chasing.message"]._render(template, "body", move, lang, at)[move.id]
                        text = sms_segments.plain(text)
                        found = sms_segments.count(text)
                        with self.subTest(tone=tone, level=level, lang=lang, day=day):
                            self.assertEqual((found.encoding, found.parts), ("gsm7", 1), f"{found}: {text}")
                            self.assertTrue(text.startswith(COMPANY))
