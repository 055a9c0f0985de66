"""In which language a message is written: words, dates and amounts are all of one (R65)."""

from odoo.tests import tagged

from ..builders.smtp import ChasingSmtpCommon

ARABIC = "ar_001"


@tagged("post_install", "-at_install")
class TestMessageLanguage(ChasingSmtpCommon):
    has_default = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in (ARABIC, "de_DE"):
            cls.env["res.lang"]._activate_lang(code)
        cls.customer.lang = ARABIC
        cls.company.partner_id.lang = "en_US"

    def lang(self, lang):
        return self.company._chasing_lang(lang)

    def sent(self):
        invoice = self.make_invoice(steps=[("on_issue", 0, 9)])
        self.at("2026-03-02 09:00")
        [(_recipients, message)] = self.deliver_by_smtp()
        html, plain = (message.get_body((kind,)).get_content() for kind in ("html", "plain"))
        return invoice, html, plain

    def test_a_language_without_any_words_of_ours(self):
        """R65: the whole message is English; the contact stays Arabic, and so does what Odoo prints."""
        invoice, html, plain = self.sent()
        self.assertIn('lang="en-US"', html)
        self.assertIn('dir="ltr"', html)
        self.assertIn("Invoice date: 2 Mar 2026", plain)
        self.assertEqual(self.deliveries(invoice).lang, ARABIC)

    def test_the_company_s_language_before_english(self):
        """R65: a German company writes to an Arab in German."""
        self.company.partner_id.lang = "de_DE"
        _invoice, html, plain = self.sent()
        self.assertIn('lang="de-DE"', html)
        self.assertIn("2. März 2026", plain)

    def test_a_text_that_a_person_translated_is_read(self):
        """R65: it wins though the frame has no words in its language; dates and direction are the text's."""
        template = self.tone_line("new").email_template_id
        self.assertEqual(self.lang(ARABIC), "en_US")
        template.with_context(lang=ARABIC).body_html = "<p>مرحبا</p>"
        self.assertEqual(self.lang(ARABIC), ARABIC)
        _invoice, html, plain = self.sent()
        self.assertIn("مرحبا", plain)
        self.assertIn('lang="ar-001"', html)
        self.assertIn('dir="rtl"', html)

    def test_what_is_shipped_and_its_countries(self):
        """R65: a language that is not installed any more is none."""
        self.assertEqual(self.lang("de_DE"), "de_DE")
        for code, nearest in (("de_CH", "de_DE"), ("en_GB", "en_US")):
            self.assertEqual(self.lang(code), nearest)
            self.env["res.lang"]._activate_lang(code)
            self.assertEqual(self.lang(code), code)
        self.assertEqual(self.lang(False), "en_US")
        self.assertEqual(self.lang("xx_XX"), "en_US")
        self.company.partner_id.lang = ARABIC
        self.assertEqual(self.lang(ARABIC), "en_US")

    def test_what_is_shown_is_what_is_sent(self):
        """R75: the preview of a step, and the one of a cadence's line."""
        invoice = self.make_invoice(steps=[("before_due", 3, 9)])
        step = self.steps(invoice)[-1:]
        self.assertEqual(step._usual_lang(), "en_US")
        self.assertIn('lang="en-US"', step.preview_body)
        self.assertEqual(step.preview_lang, "English (US)")
        line = {"trigger": "on_issue", "days": 0, "hour": 9, "channel_email": True}
        preview = self.env["chasing.preview"].get_preview(line, move_id=invoice.id)
        self.assertEqual(preview["lang"], ARABIC)
        self.assertIn('lang="en-US"', preview["parts"][0]["html"])
