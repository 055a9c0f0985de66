"""A person's own words for an SMS (R74, R77)."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..builders.sms import ANN, BOB, ChasingSmsCommon


@tagged("post_install", "-at_install")
class TestOwnSms(ChasingSmsCommon):
    def sheet(self, invoice, **values):
        return self.env["chasing.send"].create({"move_ids": invoice.ids, "channel_sms": True, **values})

    def sheet_form(self, invoice):
        action = invoice.action_chasing_send()
        form = Form(self.env[action["res_model"]].with_context(**action["context"]))
        form.channel_email, form.channel_sms = False, True
        return form

    def test_the_words_of_a_line_leave_instead_of_the_templates(self):
        """Each in its recipient's language."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.make_contact("Ann", ANN)
        self.make_contact("Bob", BOB, lang="de_DE")
        self.cadence.step_ids[0].sms_text = "Pay {{ object.amount_total }} by {{ object.invoice_date_due }}"
        self.make_invoice()
        sent = dict(self.at_sent("2026-03-02 09:00"))
        self.assertEqual(sent[ANN].replace("\xa0", " "), "Pay $ 100.00 by 16 Mar 2026")
        self.assertEqual(sent[BOB].replace("\xa0", " "), "Pay $ 100,00 by 16. März 2026")

    def test_an_own_text_needs_no_template(self):
        """R85."""
        self.tone_line("new").sms_template_id = False
        self.cadence.step_ids[0].sms_text = "Pay {{ object.name }}"
        invoice = self.make_invoice()
        self.assertEqual(self.at_sent("2026-03-02 09:00"), [(ANN, f"Pay {invoice.name}")])

    def test_the_sheet_shows_the_templates_words_and_how_long_they_are(self):
        """R74, R75."""
        invoice = self.make_invoice(chased=False)
        self.tone_line("new").sms_template_id.body = "Invoice {{ object.name }}"
        form = self.sheet_form(invoice)
        [part] = form.parts
        self.assertIn("{{ object.name }}", form.sms_text)
        self.assertIn(invoice.name, part["text"])
        self.assertRegex(form.sms_length, r"^1 SMS, \d+ of 160 characters")
        form.sms_text = "x" * 200
        self.assertEqual(form.sms_length, "2 SMS, 200 of 306 characters.")
        form.sms_text = "Pay {{ object.name }}"
        [part] = form.parts
        self.assertEqual(part["text"], f"Pay {invoice.name}")

    def test_what_was_left_is_the_templates_and_what_was_written_goes(self):
        invoice = self.make_invoice(chased=False)
        left = self.sheet_form(invoice).save()
        self.assertFalse(left._words()["sms_text"])
        form = self.sheet_form(invoice)
        form.sms_text = "Pay {{ object.name }}"
        form.save().action_send()
        self.assertEqual(self.send(), [(ANN, f"Pay {invoice.name}")])
        step = invoice.chasing_schedule_id.step_ids.filtered("is_by_hand")
        self.assertIn("(edited)", step.message_text)
        self.assertEqual(step.preview_sms, f"Pay {invoice.name}")

    def test_many_say_it_of_each_invoice(self):
        """R102b."""
        invoices = self.make_invoice(chased=False) | self.make_invoice(chased=False)
        page = self.env["chasing.send.many"].create({
            "selected": invoices.ids,
            "channel_sms": True,
            "sms_text": "Pay {{ object.name }}",
        })
        self.assertEqual(page.sms_length, f"1 SMS, {4 + len(invoices[0].name)} of 160 characters.")
        page.action_send()
        self.work()
        self.assertEqual({text for _number, text in self.send()}, {f"Pay {invoice.name}" for invoice in invoices})

    def test_a_copy_says_a_persons_words_too(self):
        """R102."""
        invoice = self.make_invoice(chased=False)
        self.pay(invoice)
        self.sheet(invoice, sms_text="Thank you for {{ object.name }}").action_send()
        self.assertEqual(self.send(), [(ANN, f"Thank you for {invoice.name}")])

    def test_too_long_a_text_is_refused(self):
        line, invoice = self.cadence.step_ids[0], self.make_invoice(chased=False)
        line.sms_text = "x" * 1000
        for write in (
            lambda: line.write({"sms_text": "x" * 1001}),
            lambda: self.sheet(invoice, sms_text="x" * 1001),
        ):
            with self.assertRaisesRegex(UserError, "SMS Text"), self.env.cr.savepoint():
                write()

    def test_code_is_refused_and_never_run(self):
        """Whoever may chase may write a text, but no code."""
        invoice = self.make_invoice()
        step = self.step(invoice, "on_issue").sudo()
        self.env.flush_all()
        self.env.cr.execute("UPDATE chasing_step SET sms_text = '{{ object.env.cr }}' WHERE id = %s", [step.id])
        self.env.invalidate_all()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "template_failed")

    def test_words_are_saved_as_a_template_of_sms(self):
        """R74."""
        invoice = self.make_invoice(chased=False)
        sheet = self.sheet(invoice, channel_email=True, sms_text="Pay {{ object.amount_total }}", template_name="Short")
        answer = sheet.action_save_template()
        self.assertIn("E-mail and SMS", answer["params"]["message"])
        self.assertEqual(sheet.sms_template_id.body, "Pay {{ format_amount(object.amount_total, object.currency_id) }}")
        self.assertFalse(sheet._words()["sms_text"])
        self.assertEqual(sheet.sms_template_id.name, sheet.email_template_id.name)

    def test_whoever_may_not_make_templates_of_sms_makes_the_others(self):
        editor = self.make_user("editor", "invoice_chasing.group_user,mail.group_mail_template_editor")
        invoice = self.make_invoice(chased=False)
        values = {"move_ids": invoice.ids, "channel_sms": True, "template_name": "Short"}
        sheet = self.env["chasing.send"].with_user(editor).create({**values, "channel_email": True})
        sheet.action_save_template()
        self.assertFalse(sheet.sms_template_id)
        self.assertTrue(sheet.email_template_id)
        alone = self.env["chasing.send"].with_user(editor).create({**values, "channel_email": False})
        with self.assertRaisesRegex(UserError, "Nothing was saved"):
            alone.action_save_template()
