from odoo.tests import Form, new_test_user, tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestSmsTemplate(ChasingCommon):
    def length(self, body, model="account.move"):
        template = self.env["sms.template"].sudo().new({"model_id": self.env["ir.model"]._get_id(model), "body": body})
        return template.chasing_length

    def make_sample(self, **values):
        invoice = self.make_invoice(**values)
        invoice._chasing_ensure_tokens()
        return invoice

    def test_every_company_has_texts_for_every_status(self):
        """R70: those that were there on installation, and new ones."""
        for company in (self.env.ref("base.main_company"), self.env["res.company"].sudo().create({"name": "New"})):
            tone = company.sudo().chasing_tone_id
            self.assertEqual(tone, self.env.ref("invoice_chasing.chasing_tone_standard"))
            self.assertTrue(all(tone.line_ids.mapped("sms_template_id")))

    def test_the_length_is_that_on_the_newest_invoice(self):
        invoice = self.make_sample(amount=100)
        text = f"{invoice.name} $ 100.00"
        body = "{{ object.name }} {{ format_amount(object.amount_residual, object.currency_id) }}"
        self.assertEqual(self.length(body), f"1 SMS, {len(text)} of 160 characters")

    def test_without_an_invoice_the_template_itself_is_measured(self):
        self.env["account.move"].search([("move_type", "=", "out_invoice")]).state = "draft"
        self.assertEqual(self.length("{{ object.name }}"), "1 SMS, 21 of 160 characters")

    def test_a_long_text_is_several_sms(self):
        self.assertEqual(self.length("a" * 161), "2 SMS, 161 of 306 characters")

    def test_a_character_outside_the_alphabet_is_named(self):
        self.assertEqual(
            self.length("Don’t forget " * 11),
            "3 SMS, 143 of 201 characters. ’ is not in the SMS alphabet, which more than halves the limit.",
        )

    def test_a_half_written_text_is_measured_as_it_stands(self):
        self.make_sample()
        self.assertEqual(self.length("{{ object.nam }}"), "1 SMS, 20 of 160 characters")

    def test_templates_of_other_documents_show_none(self):
        self.assertFalse(self.length("Hello", "res.partner"))

    def test_the_form_counts_while_one_types(self):
        self.env["account.move"].search([("move_type", "=", "out_invoice")]).state = "draft"
        template = self.tone_line("new").sms_template_id
        with Form(template) as form:
            form.body = "a" * 100
            self.assertEqual(form.chasing_length, "1 SMS, 100 of 160 characters")

    def test_what_one_may_not_save_is_not_run(self):
        """A template is code."""
        self.make_sample()
        user = new_test_user(self.env, "reader", "base.group_user,account.group_account_invoice")
        template = (
            self.env["sms.template"]
            .with_user(user)
            .new({
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "body": "{{ object.name.upper() }}",
            })
        )
        self.assertEqual(template.chasing_length, "1 SMS, 29 of 160 characters")
