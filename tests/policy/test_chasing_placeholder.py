"""Fields by a click: what is offered is what is filled, and nothing else (R77)."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.dispatch.message_facts import facts
from ...models.engine.placeholder_names import NAMES, PATHS
from .test_chasing_template_chooser import RENDERING, TemplateChooserCommon

CODE = "{{ object.env.cr }}"
BROKEN = (
    ("body_html", "<p>No. {{ object.name }}</p>", r"No\. {{ object\.name }} would be sent as it stands"),
    ("body_html", '<p t-foo="1">A</p>', "t-foo.* has a directive that does not exist"),
    ("body_html", '<p t-foreach="object">A</p>', "has t-foreach without t-as"),
    ("body_html", '<t t-foreach="object" t-as="x"><p>A</p>', "is never closed"),
    ("body_html", '<p>A <b t-out="object.name"', "has no end"),
    ("body_html", "<p>A</p></t>", "closes what was never opened"),
    ("body_html", "<p>&nbsp;</p>", "would be empty"),
    ("body_html", '<p><img src="/logo.png"/></p>', "would be empty"),
    ("body_html", '<p>A <b t-out="1 / 0"/></p>', r"divides by zero: <b t-out=.1 / 0"),
    ("subject", "Invoice {{ object.name }", "Invoice {{ object.name } are not closed"),
    (
        "subject",
        "A {{ object.name }} {{ object.nonsense }}",
        r"no field “nonsense” on an invoice: {{ object\.nonsense }}",
    ),
    ("subject", " ", "would be empty"),
)


@tagged("post_install", "-at_install")
class TestPlaceholderChoices(TemplateChooserCommon):
    def choices(self, user):
        return {one["path"]: one for one in self.env["chasing.placeholder"].with_user(user).get_choices()}

    def test_what_is_offered_is_filled_and_has_a_name_of_its_own(self):
        offered = self.choices(self.collector)
        self.assertEqual(set(offered), set(NAMES))
        self.assertLessEqual(set(offered), PATHS)
        names = [one["name"] for one in offered.values()]
        self.assertEqual(len(names), len(set(names)))

    def test_whoever_may_not_write_code_is_offered_for_templates_what_odoo_lets_them_write(self):
        self.collector.group_ids -= self.env.ref("mail.group_mail_template_editor")
        offered = self.choices(self.collector)
        free = {path for path, one in offered.items() if one["expression"]}
        if self.collector.has_group("mail.group_mail_template_editor"):
            self.skipTest("Every employee may write code into templates here.")
        self.assertIn("object.ref", free)
        # Odoo would print them as the database has them.
        self.assertFalse(free & {"object.invoice_date", "object.amount_total", "object.chasing_days_late"})

    def test_every_expression_says_in_a_template_what_the_field_says_in_a_text(self):
        self.invoice.write({"ref": "PO 7", "invoice_origin": "S7", "partner_bank_id": self.bank().id})
        self.invoice._chasing_ensure_tokens()
        editor = self.make_user("editor", "mail.group_mail_template_editor,invoice_chasing.group_user")
        values = self.env["chasing.placeholder"]._values(self.invoice, "en_US", self.now)
        for path, one in self.choices(editor).items():
            with self.subTest(path):
                template = self.template(subject=f"{{{{ {one['expression']} }}}}")
                said = self.env["chasing.message"]._render(template, "subject", self.invoice, "en_US", self.now)
                self.assertEqual(said[self.invoice.id] or "0", values[path] or "0")

    def bank(self):
        return self.env["res.partner.bank"].create({
            "acc_number": "BE71096123456769",
            "partner_id": self.company.partner_id.id,
            "acc_holder_name": "Firm Ltd",
        })

    def test_the_bank_account_is_told_in_one_line(self):
        """R72: with the holder's name, and never an archived one."""
        account = self.bank()
        self.invoice.partner_bank_id = account
        self.assertEqual(self.invoice.chasing_bank_text, "Firm Ltd, BE71096123456769")
        account.active = False
        self.invoice.invalidate_recordset()
        self.assertFalse(self.invoice.chasing_bank_text)

    def test_the_bank_account_is_no_business_of_portal_users(self):
        portal = self.make_user("portal_reader", "base.group_portal")
        with self.assertRaises(AccessError):
            self.invoice.with_user(portal).read(["chasing_bank_text"])

    def test_expressions_that_odoo_prints_as_they_stand_are_allowed_and_no_others(self):
        """What is allowed is printed without being run; code stays code."""
        allowed = self.env["account.move"].mail_allowed_qweb_expressions()
        self.assertIn("object.payment_reference", allowed)
        for path in ("object.access_token", "object.invoice_date", "object.partner_id.user_ids.password"):
            self.assertNotIn(path, allowed)
        self.assertLessEqual(
            set(allowed), PATHS | set(self.env["mail.thread"].mail_allowed_qweb_expressions()), "No other field."
        )


@tagged("post_install", "-at_install")
class TestRefusedTexts(TemplateChooserCommon):
    """R77: what cannot be filled in is refused on save, with the field and the place."""

    @mute_logger(*RENDERING)
    def test_a_template_is_refused_with_its_place(self):
        chosen = self.template()
        self.cadence.step_ids[1].email_template_id = chosen
        self.env.flush_all()
        for field, text, words in BROKEN:
            with self.subTest(text), self.refuses(f"{chosen.name}, {chosen._fields[field].string}.*{words}"):
                chosen[field] = text
                self.env.flush_all()
        chosen.body_html = '<p t-if="object.ref">A</p><p t-else="">B <t t-out="object.name">INV</t></p>'

    @mute_logger(*RENDERING)
    def test_a_translation_alone_is_refused_in_whatever_language(self):
        """No customer of the newest invoices speaks it yet."""
        self.env["res.lang"]._activate_lang("fr_FR")
        chosen = self.template()
        self.cadence.step_ids[1].email_template_id = chosen
        french = chosen.with_context(lang="fr_FR")
        for field, text, words in BROKEN:
            with self.subTest(text), self.refuses(f"French.*{words}"):
                french[field] = text
                self.env.flush_all()
        with self.refuses("French.*not closed"):
            chosen.update_field_translations("subject", {"fr_FR": "Facture {{ object.name }"})
        french.subject = "Facture {{ object.name }}"

    @mute_logger(*RENDERING)
    def test_an_sms_template_is_refused_with_its_place(self):
        chosen = self.template("sms.template")
        self.cadence.step_ids[1].sms_template_id = chosen
        for text, words in ((" ", "would be empty"), ("{{ object.name }", "not closed"), ("{{ 1 / 0 }}", "1 / 0")):
            with self.subTest(text), self.refuses(words):
                chosen.body = text
                self.env.flush_all()

    @mute_logger(*RENDERING)
    def test_whoever_may_not_read_the_invoice_is_not_told_its_number(self):
        chosen = self.template(user_id=False)
        self.cadence.step_ids[1].email_template_id = chosen
        clerk = self.make_user("clerk", "mail.group_mail_template_editor")
        clerk.group_ids = self.env.ref("base.group_user") | self.env.ref("mail.group_mail_template_editor")
        with self.assertRaises(ValidationError) as refused, self.env.cr.savepoint():
            chosen.with_user(clerk).sudo(False).subject = "{{ object.ref }}"
        self.assertIn("tested on an invoice", str(refused.exception))
        self.assertNotIn(self.invoice.name, str(refused.exception))

    def test_own_words_are_refused_with_their_place(self):
        line = self.cadence.step_ids[1]
        table = [
            ("subject", CODE, "Subject.*object.env.cr.*cannot be filled in"),
            ("body", f"<p>{CODE}</p>", "Text.*object.env.cr"),
            ("body", '<p><img src="data:image/png;base64,iVBORw0KGgo="/></p>', "no words"),
            ("body", "<p>{{ object.ref }}&nbsp;</p>", f"tested on {self.invoice.name}"),
            ("consequence", CODE, "What Happens Next.*object.env.cr"),
            ("consequence", "{{ object.ref }}", "would be empty"),
            ("sms_text", CODE, "SMS Text.*object.env.cr"),
            ("sms_text", "{{ object.ref }}", "would be empty"),
        ]
        for name, text, words in table:
            with self.subTest(text, field=name), self.refuses(words):
                line[name] = text
                self.env.flush_all()

    def test_a_reason_to_pay_is_refused_in_a_translation_too(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.cadence.benefit = "Thank you, {{ object.partner_id.name }}."
        with self.refuses("Reason to Pay.*object.env.cr"):
            self.cadence.benefit = CODE
        with self.refuses("object.env.cr"):
            self.cadence.update_field_translations("benefit", {"fr_FR": CODE})

    def test_braces_in_a_buttons_text_are_refused(self):
        """It is printed as it stands."""
        with self.refuses("Remove the braces"):
            self.env["chasing.send"].create({"move_ids": self.invoice.ids, "button_text": "Pay {{ object.name }}"})

    def test_consequence_and_reason_to_pay_are_filled(self):
        self.cadence.benefit = "Thank you, {{ object.partner_id.name }}."
        step = self.step(self.invoice, "after_due").sudo()
        step.consequence = "We will pass {{ object.name }} on."
        told = facts(step, "en_US", self.now)
        self.assertEqual(told.consequence, f"We will pass {self.invoice.name} on.")
        self.assertEqual(told.benefit, f"Thank you, {self.customer.name}.")
