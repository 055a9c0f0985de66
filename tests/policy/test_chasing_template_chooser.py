"""What messages may be written by: templates of invoices alone, and own texts that are never run (R77)."""

import re
from contextlib import contextmanager

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.engine.placeholder_names import PATHS
from ..builders.builders import ChasingCommon

TEMPLATES = ("mail.template", "sms.template")
RENDERING = ("odoo.addons.mail.models.mail_render_mixin", "odoo.addons.mail.models.mail_template")
HOSTILE = (
    "{{ object.env['res.users'].sudo().search([]).mapped('login') }}",
    "{{ object.partner_id.user_ids.password }}",
    "{{ object.sudo().company_id.partner_id.name }}",
    "{{ user.login }}",
    "{{ env.cr.execute('DELETE FROM account_move') }}",
    "{{ object.access_token }}",
    "{{ object.__class__ }}",
    "{{ 1 + 1 }}",
)


class TemplateChooserCommon(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls.make_user("collector", "invoice_chasing.group_user")

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()

    def template(self, kind="mail.template", model="account.move", **values):
        text = (
            {"body": "Invoice {{ object.display_name }}"}
            if kind == "sms.template"
            else {
                "subject": "About {{ object.display_name }}",
                "body_html": "<p t-out='object.display_name'/>",
            }
        )
        return (
            self.env[kind]
            .sudo()
            .create({
                "name": f"Of {model}",
                "model_id": self.env["ir.model"]._get_id(model),
                **text,
                **values,
            })
        )

    @contextmanager
    def refuses(self, words):
        """What is written in it is refused with these words, and undone."""
        with self.assertRaisesRegex(ValidationError, words) as refused, self.env.cr.savepoint():
            yield refused

    def edit_line(self, user=None, **values):
        """A line that a collector enters in the dialog of the invoice."""
        dialog = (
            self.env["chasing.edit"]
            .with_user(user or self.collector)
            .create({
                "schedule_id": self.invoice.chasing_schedule_id.id,
            })
        )
        dialog.line_ids = [Command.clear(), Command.create({"trigger": "after_due", "days": 9, **values})]
        return dialog


@tagged("post_install", "-at_install")
class TestTemplates(TemplateChooserCommon):
    def chosen_in(self):
        """Every field by which something chooses a template, found by reflection, as (record, name)."""
        samples = {
            "chasing.cadence.step": self.cadence.step_ids[0],
            "chasing.step": self.invoice.chasing_schedule_id.step_ids[0],
            "chasing.edit.line": self.edit_line().line_ids,
            "chasing.send": self.env["chasing.send"].create({"move_ids": self.invoice.ids}),
            "chasing.send.many": self.env["chasing.send.many"].create({"selected": self.invoice.ids}),
            "chasing.tone.line": self.tone_line("new"),
        }
        for model in self.env.registry.values():
            for name, field in model._fields.items():
                if field.comodel_name not in TEMPLATES or "invoice_chasing" not in field._modules or model._abstract:
                    continue
                self.assertIn(model._name, samples, f"Say here on what {model._name}.{name} can be tried.")
                yield samples[model._name].sudo(), name

    def test_only_a_template_of_invoices_can_be_chosen(self):
        """A template of another model would read that model's records by the invoices' ids, with every right."""
        tried = 0
        for record, name in self.chosen_in():
            kind = record._fields[name].comodel_name
            with self.subTest(model=record._name, field=name):
                with self.refuses("template for invoices"):
                    record[name] = self.template(kind, "res.partner")
                    self.env.flush_all()
                record[name] = good = self.template(kind)
                self.env.flush_all()
                self.assertEqual(record[name], good)
            tried += 1
        self.assertGreaterEqual(tried, 4 * 3)

    def test_a_chosen_template_stays_one_of_invoices(self):
        """Checked when its model changes later, wherever it was chosen."""
        other = self.env["ir.model"]._get_id("res.partner")
        for record, name in self.chosen_in():
            if record._transient:
                continue
            with self.subTest(model=record._name, field=name):
                record[name] = chosen = self.template(record._fields[name].comodel_name)
                for values in ({"model_id": other}, {"model": "res.partner"}):
                    with self.refuses("template for invoices"):
                        chosen.write(values)
        free = self.template()
        free.model_id = other
        self.assertEqual(free.model, "res.partner")

    def test_a_template_of_another_model_is_not_rendered(self):
        """Even if it came to be chosen: nothing of a partner with the invoice's id leaves."""
        for kind, field, channel in (
            ("mail.template", "email_template_id", "channel_email"),
            ("mail.template", "letter_template_id", "channel_letter"),
            ("sms.template", "sms_template_id", "channel_sms"),
        ):
            with self.subTest(field):
                self.customer.write({
                    "phone": "+49 151 23456789",
                    "street": "A 1",
                    "zip": "10115",
                    "city": "Berlin",
                    "country_id": self.env.ref("base.de").id,
                })
                step = self.invoice.chasing_schedule_id.step_ids[0].sudo()
                ticked = {one: one == channel for one in ("channel_email", "channel_sms", "channel_letter")}
                none = dict.fromkeys(("email_template_id", "sms_template_id", "letter_template_id"), False)
                step.write({**none, **ticked})
                self.env.flush_all()
                foreign = self.template(kind, "res.partner")
                self.env.cr.execute(f"UPDATE chasing_step SET {field} = %s WHERE id = %s", [foreign.id, step.id])
                self.env.invalidate_all()
                self.assertFalse(step.preview_subject)
                for shown in (step.preview_body, step.preview_sms):
                    self.assertIn(shown and "The step has no template for this channel" in shown, (True, False, None))
                self.at("2026-03-02 09:00")
                self.assertEqual((step.state, step.reason_code), ("failed", "no_template"))
                step.write({"state": "planned", "reason_code": False, "sent_at": False})
                self.deliveries(self.invoice).sudo().unlink()


@tagged("post_install", "-at_install")
class TestTriedTemplates(TemplateChooserCommon):
    """R77: a template is tried on real data when it is saved or chosen."""

    @mute_logger(*RENDERING)
    def test_a_template_that_breaks_is_not_saved(self):
        chosen = self.tone_line("new").email_template_id
        for field, text in (
            ("body_html", "<p t-out='1 / 0'/>"),
            ("body_html", "<p t-out='object.nonsense'/>"),
            ("body_html", "<p t-out='1 +'/>"),
            ("subject", "{{ object.nonsense }}"),
        ):
            with self.subTest(text), self.assertRaises(ValidationError) as refused, self.env.cr.savepoint():
                chosen[field] = text
            said = str(refused.exception)
            for word in (chosen.name, self.invoice.name, chosen._fields[field].string):
                self.assertIn(word, said)
            self.assertNotIn("Traceback", said)
        chosen.body_html = "<p>Invoice <t t-out='object.name'/></p>"
        self.assertIn("object.name", chosen.body_html)

    @mute_logger(*RENDERING)
    def test_a_template_of_which_nothing_is_left_is_not_saved(self):
        chosen = self.tone_line("new").email_template_id
        for field, text in (("body_html", "<p t-out='object.ref'/>"), ("subject", "{{ object.ref }}")):
            with self.subTest(field), self.refuses("would be empty"):
                chosen[field] = text
        self.invoice.ref = "PO 7"
        chosen.subject = "{{ object.ref }}"

    @mute_logger(*RENDERING)
    def test_a_translation_is_tried_too(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        chosen = self.tone_line("new").email_template_id
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            chosen.with_context(lang="fr_FR").subject = "{{ object.nonsense }}"
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            chosen.update_field_translations("subject", {"fr_FR": "{{ object.nonsense }}"})
        chosen.update_field_translations("subject", {"fr_FR": "Facture {{ object.name }}"})

    @mute_logger(*RENDERING)
    def test_a_broken_template_cannot_be_chosen(self):
        broken = self.template(subject="Part {{ 1 / (object.ref != 'bad') }}")
        self.cadence.step_ids[1].email_template_id = broken
        self.invoice.ref = "bad"
        with self.refuses(f"{self.invoice.name}: it cannot be filled in .This divides by zero: .* 1 / "):
            self.cadence.step_ids[0].email_template_id = broken

    @mute_logger(*RENDERING)
    def test_what_is_wrong_is_said_in_a_person_s_words(self):
        """With the words around the place; what is rare in Odoo's."""
        chosen = self.tone_line("new").email_template_id
        for field, text, words in (
            ("subject", "{{ object.foo }}", "There is no field “foo” on an invoice: {{ object.foo }}"),
            ("subject", "{{ object.partner_id.foo }}", "There is no field “foo” on “Contact”: {{ object.partner_id"),
            ("subject", "{{ foo }}", "There is nothing called “foo”: {{ foo }}"),
            ("subject", "{{ object. }}", "This cannot be read: {{ object. }}"),
            ("subject", "{{ 1 / 0 }}", "This divides by zero: {{ 1 / 0 }}"),
            ("subject", "{{ int('x') }}", "{{ int('x') }}: "),
            ("body_html", '<p t-out="object.foo"/>', 'There is no field “foo” on an invoice: <p t-out="object.foo"/>'),
            ("body_html", '<p>A <b t-out="object."/></p>', 'This cannot be read: <b t-out="object.">'),
        ):
            with self.subTest(text), self.refuses(re.escape(words)) as refused:
                chosen[field] = text
                self.env.flush_all()
            self.assertNotRegex(str(refused.exception), "has no attribute|<>|evaluating|line 1|division")

    @mute_logger(*RENDERING)
    def test_the_edited_language_is_named(self):
        """Whatever language is spoken by the customers on whose invoices it is tried."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        chosen = self.template()
        self.cadence.step_ids[1].email_template_id = chosen
        for lang, name in (("en_US", "English"), ("fr_FR", "French")):
            with self.subTest(lang), self.refuses(rf"\({name}.*no field “foo”"):
                chosen.with_context(lang=lang).subject = "{{ object.foo }}"
                self.env.flush_all()

    @mute_logger(*RENDERING)
    def test_a_translation_is_refused_in_the_reader_s_words(self):
        """The field has its name of the reader's language, beside the language that was edited."""
        self.env["res.lang"]._activate_lang("fr_FR")
        chosen = self.template()
        self.cadence.step_ids[1].email_template_id = chosen
        label = self.env["ir.model.fields"]._get("mail.template", "subject")
        label.with_context(lang="fr_FR").field_description = "Sujet"
        for text in ("Facture {{ object.name }", "{{ object.foo }}"):
            with self.subTest(text), self.refuses(r"Subject \(French"):
                chosen.update_field_translations("subject", {"fr_FR": text})

    @mute_logger(*RENDERING)
    def test_an_sms_template_is_tried(self):
        chosen = self.tone_line("new").sms_template_id
        with self.refuses(self.invoice.name):
            chosen.body = "{{ object.nonsense }}"
        chosen.body = "Invoice {{ object.name }}"

    def test_a_template_that_nobody_chose_is_no_business_of_ours(self):
        free = self.template()
        free.subject = "{{ object.ref }}"
        self.assertEqual(free.subject, "{{ object.ref }}")

    @mute_logger(*RENDERING)
    def test_what_is_typed_into_an_sms_template_is_not_run_for_whoever_may_not_write_code(self):
        """The length of an SMS is counted while it is typed."""
        administrator = self.make_user("administrator", "base.group_system,account.group_account_invoice")
        administrator.group_ids -= self.env.ref("mail.group_mail_template_editor")
        self.invoice._chasing_ensure_tokens()
        template = (
            self.env["sms.template"]
            .with_user(administrator)
            .new({
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "body": "{{ 'x' * 500 }}",
            })
        )
        if not administrator.has_group("mail.group_mail_template_editor"):
            self.assertEqual(template._chasing_sample(), "{{ 'x' * 500 }}")


@tagged("post_install", "-at_install")
class TestOwnTexts(TemplateChooserCommon):
    """R77: an own subject or text is filled like a template, and never run."""

    def send(self, **values):
        step = self.invoice.chasing_schedule_id.step_ids[0]
        step.sudo().write(values)
        [message] = self.at_sent("2026-03-02 09:00")
        return message

    def test_placeholders_are_filled(self):
        self.invoice.ref = "PO <7> & 8"
        message = self.send(
            subject="Your order {{ object.ref }}, {{ format_amount(object.amount_total, object.currency_id) }}",
            body="<p>Due {{ format_date(object.invoice_date_due) }}: <b t-out='object.ref'>PO</b> {{object.name}}</p>",
        )
        self.assertEqual(message["Subject"].replace("\xa0", " "), "Your order PO <7> & 8, $ 100.00")
        html = message.get_body(("html",)).get_content()
        self.assertIn(f"Due 16 Mar 2026: <b>PO &lt;7&gt; &amp; 8</b> {self.invoice.name}", html)

    def test_a_placeholder_speaks_the_recipients_language(self):
        """R65."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        message = self.send(subject="{{ object.amount_total }}, {{ object.invoice_date_due }}")
        self.assertEqual(message["Subject"].replace("\xa0", " "), "$ 100,00, 16. März 2026")

    def test_what_has_no_value_says_what_stands_instead(self):
        message = self.send(subject="{{ object.ref ||| Your order }}: {{ object.chasing_days_late }}")
        self.assertEqual(message["Subject"], "Your order: 0")

    def test_a_value_makes_no_link_that_runs(self):
        self.invoice.ref = "javascript:evil()"
        message = self.send(body='<a href="{{ object.ref }}">Pay</a>')
        self.assertIn("<a>Pay</a>", message.get_body(("html",)).get_content())

    def test_a_letter_is_filled_as_well(self):
        self.customer.write({
            "street": "A 1",
            "zip": "10115",
            "city": "Berlin",
            "country_id": self.env.ref("base.de").id,
        })
        step = self.invoice.chasing_schedule_id.step_ids[0].sudo()
        step.write({
            "channel_email": False,
            "channel_letter": True,
            "subject": "{{ object.name }}",
            "body": "<p>{{ object.amount_total }}</p>",
        })
        self.at("2026-03-02 09:00")
        letter = self.env["chasing.letter"].sudo().search([("move_id", "=", self.invoice.id)])
        self.assertEqual(letter.subject, self.invoice.name)
        self.assertIn("100.00", letter.content)
        self.assertNotIn("{{", letter.content)

    def test_code_of_a_collector_is_refused_when_saved(self):
        """Whoever may chase may write a text, but no code."""
        for text in HOSTILE:
            for name, value in (("subject", text), ("body", f"<p>{text}</p>")):
                with self.subTest(text, field=name), self.refuses(f"{re.escape(text)} cannot be filled in"):
                    self.edit_line(**{name: value})
                    self.env.flush_all()
        dialog = self.edit_line(subject="{{ object.name }}")
        dialog.action_save()
        self.assertIn("{{ object.name }}", self.invoice.chasing_schedule_id.step_ids.mapped("subject"))

    def test_code_that_was_stored_is_not_run(self):
        """Whatever way it came in."""
        step = self.invoice.chasing_schedule_id.step_ids[0].sudo()
        for text in HOSTILE:
            with self.subTest(text):
                self.env.flush_all()
                self.env.cr.execute("UPDATE chasing_step SET subject = %s WHERE id = %s", [text, step.id])
                self.env.invalidate_all()
                found = self.env["chasing.message"]._compose(
                    self.env["chasing.channel.email"], step, "en_US", self.now
                )[step]
                self.assertEqual((found.code, found.detail), ("template_failed", text))

    def test_what_happens_next_is_not_left_out_in_silence(self):
        """Whatever way it came in, a step whose consequence or reason to pay cannot be filled in fails."""
        step = self.invoice.chasing_schedule_id.step_ids[0].sudo()
        for table, column, record, value, detail in (
            ("chasing_step", "consequence", step, "To {{ object.boss }}.", "What Happens Next: {{ object.boss }}"),
            (
                "chasing_cadence",
                "benefit",
                step.schedule_id.cadence_id,
                '{"en_US": "{{ x }}"}',
                "Reason to Pay: {{ x }}",
            ),
        ):
            with self.subTest(column):
                self.env.flush_all()
                self.env.cr.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, record.id])
                self.env.invalidate_all()
                for channel in (self.env["chasing.channel.email"], self.env["chasing.channel.letter"]):
                    found = self.env["chasing.message"]._compose(channel, step, "en_US", self.now)[step]
                    self.assertEqual((found.code, found.detail), ("template_failed", detail))
                    self.assertIn(step, channel._speechless(step, "en_US", self.now))
                record[column] = False
        self.env.cr.execute("UPDATE chasing_step SET consequence = 'To {{ object.boss }}.' WHERE id = %s", [step.id])
        self.env.invalidate_all()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.assertEqual((step.state, step.reason_code), ("failed", "template_failed"))
        self.assertIn("What Happens Next: {{ object.boss }}", step.reason)

    def test_where_nothing_is_asked_it_is_not_said(self):
        step = self.invoice.chasing_schedule_id.step_ids[0].sudo()
        self.env.flush_all()
        self.env.cr.execute("UPDATE chasing_step SET consequence = '{{ object.boss }}' WHERE id = %s", [step.id])
        self.env.invalidate_all()
        self.pay(self.invoice)
        text = self.env["chasing.message"]._compose(self.env["chasing.channel.email"], step, "en_US", self.now)[step]
        self.assertIn(self.invoice.name, text.subject)

    def test_a_collector_cannot_write_a_template_that_runs_code(self):
        """Odoo's own guard, on which ours stands."""
        with self.assertRaises(AccessError):
            self.env["mail.template"].with_user(self.collector).create({
                "name": "Mine",
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "body_html": "<p t-out=\"object.env['res.users']\"/>",
            })

    def test_every_placeholder_of_the_list_can_be_filled(self):
        fill = self.env["chasing.placeholder"]._fill
        for path in PATHS:
            with self.subTest(path):
                self.assertIsInstance(fill(f"{{{{ {path} }}}}", self.invoice, "en_US", self.now), str)

    def test_a_text_of_which_nothing_is_left_is_refused(self):
        step = self.cadence.step_ids[0]
        for name, text in (("subject", "{{ object.ref }}"), ("body", "<p>{{ object.ref }}</p>")):
            with self.subTest(name), self.refuses("would be empty"):
                step[name] = text
        step.write({"subject": "{{ object.ref ||| Invoice }}", "body": "<p>{{ object.ref }} A</p>"})

    def test_a_directive_is_refused_with_its_place(self):
        with self.assertRaisesRegex(ValidationError, "t-if"):
            self.cadence.step_ids[0].body = "<p t-if='object.ref'>A</p>"


@tagged("post_install", "-at_install")
class TestBrokenText(TemplateChooserCommon):
    """R82: what breaks on some invoices fails there alone, with a sentence, and is foreseen."""

    def break_on(self, ref):
        """A template that was fine when it was saved."""
        template = self.tone_line("new").email_template_id
        template.body_html = f"<p t-out=\"1 / (object.ref != '{ref}')\"/>"
        return template

    @mute_logger(*RENDERING)
    def test_it_fails_alone(self):
        self.break_on("bad")
        good, bad, other = (self.make_invoice(ref=ref) for ref in ("good", "bad", "other"))
        self.at("2026-03-02 09:00")
        self.assertEqual(
            (good | other).chasing_schedule_id.step_ids.filtered(lambda one: one.trigger == "on_issue").mapped("state"),
            ["under_way", "under_way"],
        )
        step = self.step(bad, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("failed", "template_failed"))
        self.assertRegex(step.delivery_ids.failure_detail, "^This divides by zero: <p t-out=.*>$")
        self.assertNotIn("Traceback", step.reason)

    @mute_logger(*RENDERING)
    def test_it_is_foreseen_at_night(self):
        """R96: and cleared when the template is mended."""
        template = self.break_on("bad")
        good, bad = self.make_invoice(ref="good"), self.make_invoice(ref="bad")
        prediction = self.env["chasing.prediction"]
        prediction._refresh((good | bad).chasing_schedule_id, with_texts=True)
        self.assertEqual(
            [self.step(one, "on_issue").prediction_code for one in (good, bad)], [False, "template_failed"]
        )
        prediction._refresh(bad.chasing_schedule_id)
        self.assertEqual(self.step(bad, "on_issue").prediction_code, "template_failed")
        template.body_html = "<p>Hello</p>"
        self.assertFalse(self.step(bad, "on_issue").prediction_code)

    @mute_logger(*RENDERING)
    def test_the_preview_says_so(self):
        """R75."""
        self.break_on("bad")
        step = self.step(self.make_invoice(ref="bad"), "on_issue")
        self.assertIn("could not be filled in", step.preview_body)
        self.assertNotIn("Traceback", step.preview_body)
