import html
import re
from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..builders.foresight import DUE_DAY, ForesightCommon


@tagged("post_install", "-at_install")
class TestForesight(ForesightCommon):
    """R75, R96, R104: what is told before is what happens."""

    def foreseen(self, step):
        [foresight] = step._foreseen({step: step._automatic_verdict()}, self.now).values()
        return foresight.state, foresight.reason_code

    def happened(self, step):
        """The step's state in the engine's words: what is under way has left until it comes back."""
        state = "sent" if step.state == "under_way" else step.state
        return state, step.reason_code or None

    def test_the_run_does_what_was_foreseen(self):
        for situation in self.SITUATIONS:
            with self.step_of(situation) as step:
                self.set_clock(DUE_DAY)
                before, foreseen = self.happened(step), self.foreseen(step)
                self.at(DUE_DAY)
                self.deliver()
                if before[0] in ("held", "cancelled"):
                    # what is held or ended stays as it is, for the reason that is told
                    self.assertEqual(self.happened(step), before)
                    self.assertEqual(foreseen[1], before[1])
                elif step.schedule_id.lifecycle == "disabled":
                    self.assertEqual((step.state, foreseen), ("planned", ("held", "stopped")))
                else:
                    self.assertEqual(self.happened(step), foreseen)

    def test_what_is_predicted_to_fail_is_what_fails(self):
        for situation in self.SITUATIONS:
            with self.step_of(situation) as step:
                self.set_clock("2026-03-20 08:00")
                self.env["chasing.prediction"].sudo()._refresh(step.schedule_id, with_texts=True)
                predicted = step.prediction_code
                self.at(DUE_DAY)
                self.deliver()
                if step.state in ("sent", "under_way", "partly", "failed"):
                    self.assertEqual(predicted or None, step.reason_code or None)

    def test_sending_by_hand_does_what_the_dialog_told(self):
        for situation in self.SITUATIONS:
            with self.step_of(situation) as step:
                self.set_clock(DUE_DAY)
                dialog = self.env["chasing.send"].create({"step_id": step.id})
                told, possible = dialog.outcome, dialog.is_possible
                self.assertIn("You can send it now" if possible else "It cannot be sent now", told)
                if step.state != "cancelled":
                    self.assertIn(told.replace("\xa0", " "), html.unescape(step.explanation).replace("\xa0", " "))
                refused = False
                try:
                    step.action_send_now()
                except UserError as error:
                    refused = True
                    self.assertIn(str(error).partition(": ")[2] or str(error), told + str(error))
                self.env.cr.flush()
                left = step.delivery_ids.filtered(lambda one: one.state not in ("failed", "cancelled"))
                self.assertEqual(bool(left), possible)
                for delivery in left:
                    self.assertIn(delivery.address, told)
                self.assertFalse(refused and possible)

    def test_a_step_behind_one_that_asks_waits_with_it(self):
        """R101"""
        invoice = self.make_invoice(partner_id=self.make_customer("Ann", "ann@customer.example").id)
        steps = [{"trigger": "after_due", "days": 3, "hour": 9, "mode": "ask"}, ("after_due", 10, 9)]
        invoice._chasing_assign(self.make_cadence("Ask", steps))
        self.assertEqual(self.foreseen(self.steps(invoice)[1]), ("held", "behind_waiting"))

    def test_an_sms_says_from_when_it_goes(self):
        """R88: at 22 it waits for the next morning."""
        invoice = self.chased(channel_email=False, channel_sms=True)
        invoice.partner_id.phone = "+4915112345678"
        self.set_clock("2026-03-20 22:00")
        self.assertIn("+4915112345678 (SMS, from Sat 21 Mar 08:00)", self.steps(invoice).sudo()._manual_outcome()[1])
        self.set_clock("2026-03-20 12:00")
        self.assertIn("+4915112345678 (SMS)", self.steps(invoice).sudo()._manual_outcome()[1])


@tagged("post_install", "-at_install")
class TestPreview(ForesightCommon):
    """R75: what is previewed is what leaves at the planned instant."""

    STEPS = [("on_issue", 0, 9), ("before_due", 3, 10), ("after_due", 5, 14)]
    DAYS = ("2026-03-02 09:00", "2026-03-13 10:00", "2026-03-21 14:00")

    def given(self, steps, **values):
        customer = self.make_customer("Ann", "ann@customer.example")
        return self.make_invoice(partner_id=customer.id, steps=steps, **values)

    def previews(self, invoice):
        return [(step.preview_subject, html2plaintext(step.preview_body)) for step in self.steps(invoice).sudo()]

    def left(self, invoice, days):
        """(subject, text) of what leaves on these days."""
        found = []
        for day in days:
            self.at(day)
            mails = self.waiting_mails()
            found += [(mail.subject, html2plaintext(self.unshortened(mail.body_html))) for mail in mails]
            self.deliver()
        return found

    def test_every_step_is_shown_as_it_will_leave(self):
        """R70: the first as a new invoice, the others as what they will be by then, with the days late of then."""
        invoice = self.given(self.STEPS)
        previews = self.previews(invoice)
        self.assertIn("5", previews[2][1])
        self.assertEqual(previews, self.left(invoice, self.DAYS))

    def test_a_first_message_on_a_late_invoice_is_a_new_invoice(self):
        """R70"""
        invoice = self.given(self.STEPS[2:])
        previews = self.previews(invoice)
        self.assertEqual(previews, self.left(invoice, self.DAYS[2:]))

    def test_a_draft_is_shown_as_if_it_were_posted(self):
        """R31, R75"""
        invoice = self.given(self.STEPS, post=False)
        previews, kinds = self.previews(invoice), self.steps(invoice).sudo().mapped("message_text")
        self.assertEqual(len(set(kinds)), 3)
        self.assertIn("Confirmed now, it is planned for", self.steps(invoice)[2].sudo().explanation)
        invoice.action_post()
        self.env.cr.flush()
        self.assertEqual(kinds, self.steps(invoice).sudo().mapped("message_text"))
        left = self.left(invoice, self.DAYS)
        subjects = [subject.replace(invoice.name, "").strip() for subject, _text in left]
        self.assertEqual([subject for subject, _text in previews], subjects)
        late = [re.findall(r"\d+ days overdue", text) for _subject, text in previews]
        self.assertEqual(late, [re.findall(r"\d+ days overdue", text) for _subject, text in left])
        self.assertEqual(late[2], ["5 days overdue"])

    def test_what_is_sent_now_is_shown_as_of_now(self):
        """R70, R75: the last step sent by hand before anything was sent is a first message."""
        invoice = self.given(self.STEPS)
        step = self.steps(invoice)[2]
        self.assertIn("overdue", step.sudo().message_text)
        step.action_send_now()
        self.assertEqual(self.env["chasing.message"]._kind(step.sudo(), self.now), "new")

    def test_the_test_is_the_message(self):
        """R75"""
        step = self.steps(self.given(self.STEPS))[2]
        step.action_send_test()
        [mail] = self.waiting_mails()
        self.assertEqual(mail.subject, f"[Test] {step.sudo().preview_subject}")
        self.assertEqual(html2plaintext(mail.body_html), html2plaintext(step.sudo().preview_body))

    def test_a_test_without_a_sender_is_refused(self):
        """R85"""
        collector = self.make_user("coll", "invoice_chasing.group_user")
        step = self.steps(self.given(self.STEPS))[2].with_user(collector)
        self.patch(self.env.registry["chasing.schedule"], "_sender", lambda _schedule: (self.company.partner_id, False))
        with self.assertRaisesRegex(UserError, "no sender address"):
            step.action_send_test()

    def test_a_preview_says_what_comes_of_the_step(self):
        step = self.steps(self.given(self.STEPS))[2].sudo()
        self.assertEqual(step.preview_outcome, "It will be sent on Sat 21 Mar 14:00 to ann@customer.example (E-mail).")
        self.assertTrue(step.preview_leaves)
        step.move_id.partner_id.email = False
        step.invalidate_recordset()
        self.assertIn("It will fail on Sat 21 Mar 14:00. The customer has no contact", step.preview_outcome)
        self.assertFalse(step.preview_leaves)

    def test_both_texts_of_a_step_by_e_mail_and_letter_are_shown(self):
        base = {"trigger": "after_due", "days": 5, "hour": 14, "channel_letter": True}
        step = self.steps(self.given([base])).sudo()
        self.assertTrue(step.preview_body and step.preview_letter)


@tagged("post_install", "-at_install")
class TestWhatWasTried(ForesightCommon):
    """Steps of which something was handed over before."""

    def tried(self):
        step = self.chased().chasing_schedule_id.step_ids
        self.at(DUE_DAY)
        return step

    def unclear(self):
        """One whose only message may have left."""
        step = self.tried()
        step.delivery_ids.sudo()._set_state("failed", "unclear")
        return step

    def test_what_is_under_way_is_told_as_such(self):
        """R83, R104: a contact that was added since gets nothing of it."""
        step = self.tried()
        self.assertIn("It is on its way to all recipients.", step.explanation)
        self.make_customer("Bob", "bob@customer.example", parent_id=step.move_id.partner_id.id, type="invoice")
        step.invalidate_recordset(["explanation"])
        self.assertNotIn("You can send it now", step.explanation)

    def test_the_dialog_tells_whom_a_repeat_of_what_may_have_left_reaches(self):
        """R84, R104."""
        step = self.unclear()
        dialog = self.env["chasing.send"].create({"step_id": step.id})
        self.assertEqual((dialog.is_unclear, dialog.is_possible), (True, True))
        self.assertIn("ann@customer.example", dialog.outcome)
        dialog.action_send()
        self.assertEqual(step.state, "under_way")
        self.assertEqual(step.delivery_ids.sorted("id").mapped("state"), ["failed", "queued"])

    def test_what_may_have_left_and_was_moved_goes_by_a_person_alone(self):
        """R84, R104."""
        step = self.unclear()
        step._reschedule(date(2026, 3, 24), 10)
        self.env.cr.flush()
        self.assertIn("It is not sent automatically. The provider's answer was lost", html2plaintext(step.explanation))
        dialog = self.env["chasing.send"].create({"step_id": step.id})
        self.assertTrue(dialog.is_possible)
        dialog.action_send()
        self.assertEqual(step.state, "under_way")
        self.assertEqual(step.delivery_ids.sorted("id").mapped("state"), ["failed", "queued"])
