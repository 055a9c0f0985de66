from markupsafe import Markup

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext, mute_logger

from ...models.engine.levels import LEVELS
from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestMessagePreview(ChasingCommon):
    """R75: what a step would say that nobody has saved yet."""

    LINE = {"trigger": "after_due", "days": 5, "hour": 14, "channel_email": True, "message_kind": "late"}

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()

    def preview(self, company_id=False, move_id=False, lang=False, **line):
        shown = self.env["chasing.preview"].get_preview({**self.LINE, **line}, company_id, move_id, lang)
        return shown, {part["channel"]: part for part in shown["parts"]}

    def test_it_is_shown_on_the_newest_open_invoice_as_on_its_day(self):
        """Of the invoice's own dates five days late, whatever day it is."""
        paid = self.make_invoice(issued="2026-03-20", due="2026-04-20")
        self.pay(paid)
        shown, parts = self.preview()
        self.assertIn(f"As Ann Lee would get it for {self.invoice.name} on Sat 21 Mar 14:00", shown["note"])
        self.assertIn(self.invoice.name, parts["email"]["subject"])
        self.assertIn("100.00", html2plaintext(parts["email"]["html"]))
        self.assertEqual(parts["email"]["template"]["name"], self.tone_line("late").email_template_id.name)

    def test_every_channel_says_what_it_sends(self):
        shown, parts = self.preview(channel_sms=True, channel_letter=True)
        self.assertEqual([part["label"] for part in shown["parts"]], ["E-mail", "SMS", "Letter"])
        self.assertIn(self.invoice.name, parts["sms"]["text"])
        self.assertIn(self.invoice.name, html2plaintext(parts["letter"]["html"]))
        self.assertEqual(parts["sms"]["template"]["model"], "sms.template")

    def test_the_message_follows_the_status(self):
        for kind in (*LEVELS, "odd"):
            _shown, parts = self.preview(message_kind=kind)
            line = self.tone_line(kind if kind in LEVELS else "before_due")
            self.assertEqual(parts["email"]["template"]["id"], line.email_template_id.id)

    def test_the_message_follows_the_tone_of_the_form(self):
        """R70: that of the cadence as its form stands, else the company's."""
        firm = self.env.ref("invoice_chasing.chasing_tone_firm")
        for tone_id, name in ((firm.id, "Firm"), (False, "Standard")):
            _shown, parts = self.preview(tone_id=tone_id)
            self.assertEqual(parts["email"]["template"]["name"], f"{name}: Invoice Overdue 1–7 Days")

    def test_own_words_come_before_the_template(self):
        """R70, R77"""
        own = {"subject": "About {{ object.name }}", "body": Markup("<p>Dear Ann</p><script>steal()</script>")}
        _shown, parts = self.preview(**own)
        self.assertEqual(parts["email"]["subject"], f"About {self.invoice.name}")
        self.assertIn("Dear Ann", parts["email"]["html"])
        self.assertNotIn("steal", parts["email"]["html"])

    def test_a_placeholder_nobody_knows_is_named_with_its_field(self):
        """R77: it does not vanish; the SMS, which does not say it, is shown."""
        _shown, parts = self.preview(consequence="We will pass it on to {{ object.boss }}.", channel_sms=True)
        self.assertIn("What Happens Next: {{ object.boss }} cannot be filled in.", parts["email"]["problem"])
        self.assertNotIn("problem", parts["sms"])
        _shown, parts = self.preview(subject="About {{ object.boss }}")
        self.assertIn("Subject: {{ object.boss }} cannot be filled in.", parts["email"]["problem"])
        _shown, parts = self.preview(consequence="We will pass {{ object.name }} on.")
        self.assertIn(f"We will pass {self.invoice.name} on.", html2plaintext(parts["email"]["html"]))

    def test_it_is_shown_in_the_chosen_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        template = self.tone_line("late").email_template_id
        template.with_context(lang="de_DE").subject = "Überfällig: {{ object.name }}"
        shown, parts = self.preview(lang="de_DE")
        self.assertEqual(parts["email"]["subject"], f"Überfällig: {self.invoice.name}")
        self.assertIn("de_DE", [code for code, _name in shown["langs"]])
        self.customer.lang = "de_DE"
        shown, parts = self.preview()
        self.assertEqual(shown["lang"], "de_DE")
        self.assertEqual(self.preview(lang="xx_XX")[0]["lang"], "de_DE")

    def test_nothing_is_written_and_nothing_leaves(self):
        before = self.env["chasing.step"].search_count([]), self.plan(self.invoice), self.env["mail.mail"].search([])
        self.preview(channel_sms=True, channel_letter=True, trigger="on_issue")
        self.env.flush_all()
        after = self.env["chasing.step"].search_count([]), self.plan(self.invoice), self.env["mail.mail"].search([])
        self.assertEqual(before, after)

    def test_what_says_nothing_says_why(self):
        self.tone_line("late").email_template_id = False
        _shown, parts = self.preview()
        self.assertNotIn("html", parts["email"])
        self.assertTrue(parts["email"]["problem"])
        self.assertIn("Dear Ann", self.preview(body="<p>Dear Ann</p>")[1]["email"]["html"])
        _shown, parts = self.preview(subject="{{ object.secret }}", body="<p>Dear Ann</p>")
        self.assertIn("object.secret", parts["email"]["problem"])

    def test_without_an_invoice_it_says_so(self):
        other = self.setup_other_company(name="Other")["company"]
        shown, parts = self.preview(company_id=other.id)
        self.assertIn("no invoice to show the message on", shown["note"])
        self.assertFalse(parts)

    def test_a_draft_can_be_chosen(self):
        draft = self.make_invoice(post=False)
        shown, parts = self.preview(move_id=draft.id)
        self.assertIn("html", parts["email"])

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_nobody_is_shown_an_invoice_that_is_not_theirs(self):
        other = self.setup_other_company(name="Other")["company"]
        stranger = self.make_user("stranger", "invoice_chasing.group_user", company_id=other.id)
        previews = self.env["chasing.preview"].with_user(stranger)
        with self.assertRaises(AccessError):
            previews.get_preview(self.LINE, False, self.invoice.id)
        self.assertFalse(previews.get_preview(self.LINE, self.company.id)["parts"])
        employee = self.make_user("employee", "base.group_user")
        with self.assertRaises(AccessError):
            self.env["chasing.preview"].with_user(employee).get_preview(self.LINE)

    def test_nonsense_is_refused_in_a_sentence(self):
        for values in (
            {"days": "soon"},
            {"hour": [1]},
            {"email_template_id": "first"},
            {"email_template_id": {"id": 1}},
            {"email_template_id": {"model": "account.move", "body_html": "<t t-out='1 / 0'/>"}},
            {"email_template_id": [[0, 0, {"name": "Own"}]]},
            {"letter_template_id": True},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.preview(**values)
        for arguments in ([None], [[1]], [self.LINE, "firm"], [self.LINE, False, "INV"]):
            with self.subTest(arguments=arguments), self.assertRaises(UserError):
                self.env["chasing.preview"].get_preview(*arguments)
        # what makes no sense yet has no date, but says what it says
        self.assertIn("html", self.preview(days=-5)[1]["email"])

    def test_a_template_of_something_else_is_not_filled_in(self):
        partner_template = self.env["mail.template"].create({
            "name": "Hello",
            "model_id": self.env["ir.model"]._get("res.partner").id,
            "subject": "{{ object.vat }}",
            "body_html": "<p>Hello</p>",
        })
        _shown, parts = self.preview(email_template_id=partner_template.id)
        self.assertNotIn("html", parts["email"])
