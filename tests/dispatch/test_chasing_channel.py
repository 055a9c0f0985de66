"""What every channel keeps, and what the others ask of them all."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingChannel(ChasingCommon):
    def channels(self):
        return self.env["chasing.channel"]._all()

    def test_channels_come_in_order(self):
        self.assertEqual(list(self.channels())[:3], ["email", "sms", "letter"])

    def test_each_has_its_box_its_template_and_its_word_of_the_ledger(self):
        step, delivery = self.env["chasing.step"], self.env["chasing.delivery"]
        words = [code for code, _label in delivery._fields["channel"]._description_selection(self.env)]
        for code, channel in self.channels().items():
            with self.subTest(channel=code):
                self.assertEqual(step._fields[channel._box()].type, "boolean")
                self.assertIn(channel._template_field, step._template_fields())
                self.assertIn(code, words)

    def test_what_a_channel_adds_to_a_step_is_copied(self):
        """R20"""
        copied = self.env["chasing.step"]._copied_fields()
        for channel in self.channels().values():
            self.assertLess({channel._box(), channel._template_field}, set(copied))
        self.assertEqual(len(copied), len(set(copied)))

    def test_boxes_say_the_channels_of_a_step(self):
        line = self.cadence.step_ids[0]
        line.write({"channel_email": False, "channel_letter": True, "channel_sms": True})
        self.assertEqual(line._channels(), {"letter", "sms"})

    def test_messages_are_counted_in_words(self):
        counted = self.env["chasing.channel"]._counts_text({"letter": 1, "email": 3, "sms": 0})
        self.assertEqual(counted, "3 e-mails, 1 letter")
        self.assertEqual(self.env["chasing.channel"]._counts_text({}), "")

    def test_each_says_what_a_customer_lacks(self):
        lacking = [channel._missing_text() for channel in list(self.channels().values())[:3]]
        self.assertEqual(lacking, ["an e-mail address", "a phone number", "a postal address"])

    def test_an_hour_outside_a_channels_own_is_refused(self):
        """R88"""
        with self.assertRaisesRegex(ValidationError, "SMS are sent from 8:00 to 20:59"):
            self.cadence.step_ids[0].write({"channel_sms": True, "hour": 22})
            self.env.flush_all()

    def test_what_becomes_of_a_company_is_heard(self):
        """R96: the settings of every channel, and no others."""
        heard = []
        self.patch(
            self.env.registry["chasing.channel"],
            "_availability_changed",
            lambda _channel, companies: heard.append(companies),
        )
        self.company.chasing_run_limit = 7
        self.assertEqual(heard, [])
        self.tone_line("due_soon").sms_template_id = False
        [companies] = heard
        self.assertIn(self.company, companies)

    def test_a_title_is_the_words_of_the_step_or_of_its_template(self):
        """R70"""
        step = self.step(self.make_invoice(), "after_due").sudo()
        template = self.env["mail.template"].create({
            "name": "Stern",
            "model_id": self.env["ir.model"]._get_id("account.move"),
            "subject": "Pay",
            "body_html": "<p>Pay</p>",
        })
        message = self.env["chasing.message"]
        self.assertEqual(message._title(step, self.now), "Standard · First message")
        step.letter_template_id = template
        self.assertFalse(message._own_template(step))
        step.channel_letter = True
        self.assertEqual(message._title(step, self.now), "Stern")
        step.subject = "Now"
        self.assertEqual(message._title(step, self.now), "Now")
