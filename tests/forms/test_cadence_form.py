from odoo.tests import Form, tagged

from ..builders.builders import ChasingCommon

TEXT = "<p>Dear Ann</p>"


@tagged("post_install", "-at_install")
class TestCadenceForm(ChasingCommon):
    """R24: what a cadence says while it is edited."""

    def messages(self, cadence):
        return [(line.step_label, line.message_text) for line in cadence.step_ids]

    def test_each_line_names_the_message_that_fits_when_it_goes(self):
        """R70: the first message is new, whichever it is; then what is due counts."""
        cadence = self.make_cadence(
            "Words", [("before_due", 9, 9), ("before_due", 3, 9), ("after_due", 0, 9), ("after_due", 5, 9)]
        )
        self.assertEqual(
            self.messages(cadence),
            [
                ("9 days before due", "Standard · First message"),
                ("3 days before due", "Standard · 1–3 days before due"),
                ("On the due date", "Standard · Due today"),
                ("5 days after due", "Standard · 1–7 days overdue"),
            ],
        )
        self.assertEqual(self.messages(self.cadence)[0], ("On issue", "Standard · First message"))

    def test_a_reason_to_pay_that_is_not_translated(self):
        """R65: customers of another language would read it as it stands."""
        for code in ("de_DE", "fr_FR"):
            self.env["res.lang"]._activate_lang(code)
        self.env["res.partner"].search([]).write({"lang": "en_US"})
        for number in range(2):
            self.make_customer(f"Max {number}", f"max{number}@customer.example", lang="de_DE", customer_rank=1)
        self.make_customer("Luc", "luc@customer.example", lang="fr_FR", customer_rank=1)
        self.make_customer("Eve", "eve@customer.example", lang="fr_FR", customer_rank=0)
        self.assertFalse(self.cadence.benefit_note)
        self.cadence.benefit = "Paying on time keeps your account open."
        german = "Not translated into German / Deutsch, which is read by 2 customers."
        french = "Not translated into French / Français, which is read by 1 customer."
        self.assertEqual(self.cadence.benefit_note, f"{german} {french}")
        self.cadence.with_context(lang="de_DE").benefit = "Wer pünktlich zahlt …"
        self.cadence.invalidate_recordset(["benefit_note"])
        self.assertEqual(self.cadence.benefit_note, french)

    def test_a_repeating_line_is_past_due_as_soon_as_it_begins(self):
        """R13, R70"""
        cadence = self.make_cadence("Words", [("on_issue", 0, 9), {"trigger": "repeat", "days": 7, "repeat_count": 3}])
        self.assertEqual(self.messages(cadence)[1], ("Every 7 days, 3 times", "Standard · 1–7 days overdue"))

    def test_the_dates_are_those_of_the_chosen_invoice(self):
        """R24: a step that is late on the sample may be early on an invoice with another term."""
        cadence = self.make_cadence("Words", [("on_issue", 0, 9), ("after_issue", 20, 9)])
        self.assertEqual(cadence.step_ids[1].message_text, "Standard · More than 3 days before due")
        with Form(cadence) as form:
            form.sample_move_id = self.make_invoice(due="2026-03-09")
            self.assertEqual(form.step_ids._records[1]["message_text"], "Standard · 8–21 days overdue")

    def test_own_words_and_templates_are_named(self):
        template = self.env.ref("invoice_chasing.mail_template_standard_due_soon")
        first, second, third = self.cadence.step_ids
        first.subject = "A word"
        second.email_template_id = template
        third.write({"body": TEXT, "mode": "ask"})
        said = ["A word", template.name, "Custom text, asks first"]
        self.assertEqual(self.cadence.step_ids.mapped("message_text"), said)
        first.mode = "task"
        self.assertEqual(first.message_text, "Task for a person")

    def test_a_line_that_is_typed_in_has_its_message_too(self):
        with Form(self.cadence) as form:
            with form.step_ids.new() as line:
                line.trigger, line.days = "after_due", 12
                self.assertEqual(line.message_text, "Standard · 8–21 days overdue")
            with form.step_ids.new() as line:
                line.trigger, line.days = "after_issue", 1
                self.assertEqual(line.message_text, "Standard · More than 3 days before due")

    def test_a_new_line_is_proposed_a_week_after_the_last_one(self):
        """R14: what is proposed can be saved."""
        with Form(self.cadence.with_context(default_trigger="after_due", default_days=7)) as form:
            with form.step_ids.new() as line:
                self.assertEqual((line.trigger, line.days), ("after_due", 12))
            with form.step_ids.new() as line:
                self.assertEqual(line.days, 19)
            with form.step_ids.new() as line:
                line.trigger, line.days = "after_issue", 3
        self.assertEqual(self.cadence.step_ids.mapped("days"), [0, 3, 5, 12, 19, 3])

    def test_what_could_not_be_saved_is_said_while_it_is_typed(self):
        """R14, R24, R88"""
        with Form(self.cadence) as form:
            self.assertFalse(form.warning_text)
            with form.step_ids.edit(0) as line:
                line.channel_sms, line.hour = True, 22
            self.assertIn("On issue: ", form.warning_text)
            with form.step_ids.edit(0) as line:
                line.channel_sms, line.hour = False, 9
            self.assertFalse(form.warning_text)

    def test_a_channel_that_is_used_and_not_set_up_is_warned_of(self):
        provider = self.env["chasing.postal.provider"]
        self.patch(self.registry[provider._name], "_missing", lambda _provider: "Letters are not set up.")
        self.assertFalse(self.cadence.warning_text)
        self.cadence.step_ids[0].channel_letter = True
        self.cadence.invalidate_recordset(["warning_text"])
        self.assertEqual(self.cadence.warning_text, "Letters are not set up.")

    def test_two_steps_on_one_day_are_warned_of(self):
        """R17"""
        cadence = self.make_cadence("Twice", [("after_due", 5, 9), ("after_due", 5, 14)])
        self.assertIn("fall on the same day", cadence.warning_text)

    def test_times_are_shown_where_a_step_repeats(self):
        self.assertFalse(self.cadence.has_repeat)
        self.cadence.step_ids[2].trigger = "repeat"
        self.assertTrue(self.cadence.has_repeat)


@tagged("post_install", "-at_install")
class TestTemplateUses(ChasingCommon):
    """Who edits a template is told what else it writes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env.ref("invoice_chasing.mail_template_standard_late").copy({"name": "Stern"})

    def test_its_steps_are_named_by_cadence(self):
        self.assertFalse(self.template.chasing_uses)
        self.cadence.step_ids[1:].email_template_id = self.template
        self.make_cadence("Hard", [{"trigger": "after_due", "days": 1, "letter_template_id": self.template.id}])
        self.template.invalidate_recordset(["chasing_uses"])
        self.assertEqual(
            self.template.chasing_uses, "Usual (3 days before due, 5 days after due); Hard (1 day after due)"
        )

    def test_what_a_tone_says_is_named(self):
        self.tone_line("late").email_template_id = self.template
        self.assertEqual(self.template.chasing_uses, "tone Standard · 1–7 days overdue")
        sms = self.tone_line("new").sms_template_id
        self.assertEqual(sms.chasing_uses, "tone Standard · First message")

    def test_nothing_is_told_of_other_companies_and_models(self):
        other = self.setup_other_company(name="Other")["company"]
        line = {"trigger": "after_due", "days": 1, "email_template_id": self.template.id}
        self.make_cadence("Theirs", [line], company_id=other.id)
        self.assertFalse(self.template.with_context(allowed_company_ids=self.company.ids).chasing_uses)
        orders = self.env["mail.template"].create({
            "name": "Hello",
            "model_id": self.env["ir.model"]._get("res.partner").id,
        })
        self.assertFalse(orders.chasing_uses)
