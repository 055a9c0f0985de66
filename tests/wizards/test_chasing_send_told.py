"""R35b, R66, R74, R102: what the send sheet says before and after, in sentences that hold."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_chasing_send import SendSheetCommon


@tagged("post_install", "-at_install")
class TestSendTold(SendSheetCommon):
    def later(self, invoice, day, **values):
        return self.sheet(invoice, when="later", day=day, hour=9, **values)

    # ------------------------------------------------------------------ what holds

    def test_a_pause_that_outlasts_the_message_is_warned_of(self):
        """R35b: it would be skipped; one that ends before lets it go."""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_pause(until="2026-03-09")
        lost, kept = self.later(invoice, "2026-03-05"), self.later(invoice, "2026-03-12")
        self.assertIn("This lasts until Mon 9 Mar 2026: if it does not end earlier, the message is", lost.warning_text)
        self.assertIn("is held until then and goes at its time", kept.warning_text)
        self.assertEqual((lost.obstacle, lost.cure), (False, "resume"))
        for sheet in (lost, kept):
            sheet.action_send()
        self.at("2026-03-09 01:00")
        first, second = self.by_hand(invoice).sorted("scheduled_at")
        self.assertEqual((first.state, second.state), ("skipped", "planned"))

    def test_a_pause_without_an_end_is_warned_of(self):
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_pause()
        sheet = self.later(invoice, "2026-03-05")
        self.assertIn("If its time passes meanwhile, it is skipped.", sheet.warning_text)
        self.assertEqual(sheet.action_fix()["res_model"], "chasing.bulk")

    def test_what_stands_there_as_obstacle_is_no_warning_too(self):
        """R37: one sentence, and where it is put right."""
        self.customer.chasing_excluded = True
        sheet = self.sheet(self.make_invoice(chased=False))
        self.assertIn("excluded from chasing", sheet.obstacle)
        self.assertFalse(sheet.warning_text)
        action = sheet.action_fix()
        self.assertEqual((action["res_model"], action["res_id"]), ("res.partner", self.customer.id))

    def test_who_has_no_address_is_given_one_from_here(self):
        silent = self.make_customer("Silent", False)
        sheet = self.sheet(self.make_invoice(partner_id=silent.id, chased=False))
        self.assertEqual((sheet.cure, sheet.action_fix()["res_id"]), ("address", silent.id))
        self.assertFalse(self.sheet(self.make_invoice(chased=False)).cure)

    # ------------------------------------------------------------------ what was typed

    def test_a_past_day_is_said_while_it_is_entered(self):
        """R102: not answered with another time; neither a day long gone nor one that nobody means."""
        invoice = self.make_invoice(chased=False)
        for day, words in (
            ("2020-01-01", "has passed"),
            ("0001-01-01", "has passed"),
            ("2026-03-01", "has passed"),
            ("9999-12-31", "within the next ten years"),
        ):
            with self.subTest(day=day):
                sheet = self.later(invoice, day)
                self.assertIn(words, sheet.obstacle)
                self.assertFalse(sheet.place_text)
                with self.assertRaisesRegex(UserError, words):
                    sheet.action_send()
        self.assertFalse(self.later(invoice, "2026-03-03").obstacle)

    def test_a_past_day_is_said_while_a_step_is_moved(self):
        step = self.step(self.make_invoice(), "before_due")
        dialogs = self.env["chasing.bulk.steps"]
        dialog = dialogs.create({"selected": step.ids, "act": "reschedule", "how": "day", "day": "2020-01-01"})
        self.assertEqual(dialog.exact, "That time has passed. Choose a later one.")
        dialog.day = "2026-03-10"
        self.assertIn("10 March 2026", dialog.exact)

    def test_what_is_no_address_is_quoted_and_no_stranger(self):
        """R74: in the words of the field in which it was typed."""
        invoice = self.make_invoice(chased=False)
        sheet = self.sheet(invoice, cc="not an address")
        self.assertEqual(sheet.nobody_text, "CC: “not an address” is not an e-mail address. Correct it.")
        self.assertFalse(sheet.warning_text)
        with self.assertRaisesRegex(UserError, "CC: “not an address”"):
            sheet.action_send()
        sheet = self.sheet(invoice, to_emails="foo@@bar")
        self.assertIn("Other Addresses: “foo@@bar” is not", sheet.nobody_text)
        self.assertIn("Correct it in the message.", sheet.reach_text)
        self.assertNotIn("recipients of the invoice", sheet.reach_text)

    def test_a_placeholder_nobody_knows_is_named_where_it_was_typed(self):
        """R77: the template has nothing to do with it."""
        invoice = self.make_invoice(chased=False)
        form = self.form(invoice)
        form.body = "Dear {{ object.nickname }}"
        self.assertIn("Text: {{ object.nickname }} cannot be filled in.", form.nobody_text)
        self.assertEqual(form.parts[0]["problem"], form.nobody_text)
        self.assertNotIn("emplate", form.nobody_text)
        with self.assertRaisesRegex(UserError, "Text: {{ object.nickname }} cannot be filled in"):
            form.save()

    def test_so_is_one_in_what_happens_next(self):
        """R77: where an SMS says nothing of it, its preview does not either."""
        invoice = self.make_invoice(chased=False)
        self.customer.phone = "+32 470 12 34 56"
        form = self.form(invoice)
        form.channel_sms = True
        form.consequence = "We will pass it on to {{ object.boss }}."
        self.assertIn("What Happens Next: {{ object.boss }} cannot be filled in.", form.nobody_text)
        email, text = form.parts
        self.assertEqual(email["problem"], form.nobody_text)
        self.assertNotIn("problem", text)
        form.consequence = "We will pass {{ object.name }} on."
        self.assertIn(f"We will pass {invoice.name} on.", form.parts[0]["html"])

    def test_copies_are_shown_before_and_after(self):
        """R66, R74"""
        invoice = self.make_invoice(chased=False)
        sheet = self.sheet(invoice, cc="Eve <eve@other.example>")
        self.assertEqual(sheet.parts[0]["cc"], "eve@other.example")
        self.assertIn("Eve <eve@other.example>: Copy of the e-mail", sheet.reach_text)
        sheet.action_send()
        [delivery] = self.by_hand(invoice).delivery_ids
        self.assertIn("ann@customer.example, copy to", delivery.recipient_text)
        self.assertIn("eve@other.example", delivery.recipient_text)
        self.assertFalse(self.sheet(invoice).parts[0]["cc"])

    # ------------------------------------------------------------------ its words

    def test_a_name_that_ends_in_a_full_stop_ends_no_sentence(self):
        self.customer.name = "Everglade Inc."
        sheet = self.sheet(self.make_invoice(chased=False), to_emails="bob@other.example")
        self.assertIn("bob@other.example is not one of the contacts of Everglade Inc.", sheet.warning_text)
        self.assertNotIn("..", sheet.warning_text)

    def test_the_number_of_a_draft_comes_with_confirming(self):
        [part] = self.sheet(self.make_invoice(post=False)).parts
        self.assertEqual(part["note"], "The number and the date of the invoice are filled in when it is confirmed.")
        [part] = self.sheet(self.make_invoice(chased=False)).parts
        self.assertFalse(part["note"])

    def test_the_toast_says_what_became_of_it(self):
        """R83, R102: a copy is told as one."""
        invoice = self.make_invoice(chased=False)
        told = self.sheet(invoice).action_send()["params"]["message"]
        self.assertEqual(told, f"The message about {invoice.name} is in the queue and leaves in a moment.")
        told = self.later(invoice, "2026-03-10").action_send()["params"]["message"]
        self.assertEqual(told, f"The message about {invoice.name} is scheduled for Tue 10 Mar 2026 09:00.")
        self.pay(invoice)
        told = self.sheet(invoice).action_send()["params"]["message"]
        self.assertEqual(told, f"The copy of {invoice.name} is in the queue and leaves in a moment.")

    def test_the_sheet_is_called_by_what_it_is_about(self):
        invoice = self.make_invoice()
        step = self.step(invoice, "before_due")
        self.assertRegex(
            step.action_ask_text()["name"], rf"^Edit Message: {invoice.name}.*, {step.step_label}, .* 2026 \d\d:00"
        )
        self.assertIn(invoice.name, step.action_ask_send()["name"])
        sheet = self.sheet(invoice, subject="About {{ object.name }}", template_name="Kind words")
        self.assertIn(invoice.name, sheet.action_save_template()["params"]["next"]["name"])
