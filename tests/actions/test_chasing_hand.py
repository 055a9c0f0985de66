from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..builders.hand import WORDS, HandCommon


@tagged("post_install", "-at_install")
class TestChasingHand(HandCommon):
    """Messages that a person sends or schedules by hand."""

    def test_now_without_a_schedule(self):
        """R102: it goes at once, and enables no chasing."""
        invoice = self.make_invoice()
        self.assertFalse(invoice.chasing_schedule_id)
        self.assertEqual(self.send_by_hand(invoice), {})
        [message] = self.deliver()
        self.assertEqual(message["To"], "Ann Lee <ann@customer.example>")
        schedule = invoice.chasing_schedule_id
        self.assertEqual((schedule.lifecycle, schedule.status, schedule.next_at), ("by_hand", "stopped", False))
        self.assertEqual(self.plan(invoice), [("2026-03-02 08:30", "sent", False)])
        self.assertTrue(schedule.first_sent_at)

    def test_later_without_a_schedule(self):
        """R102: it goes at its hour."""
        invoice = self.make_invoice()
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        schedule = invoice.chasing_schedule_id
        self.assertEqual((schedule.status, self.local(schedule.next_at)), ("stopped", "2026-03-04 11:00"))
        self.assertTrue(step.is_by_hand)
        self.assertFalse(self.at_sent("2026-03-04 10:59"))
        self.assertEqual(len(self.at_sent("2026-03-04 11:00")), 1)
        self.assertEqual((step.state, schedule.status, schedule.next_at), ("sent", "stopped", False))
        self.assertFalse(self.at_sent("2026-03-30 11:00"), "R102: nobody chases it")

    def test_words(self):
        """R74: its own subject, text, recipients, copies, button and files stay with it."""
        invoice = self.make_invoice()
        colleague = self.make_customer("Bob", "bob@other.example")
        file = self.env["ir.attachment"].create({"name": "a.txt", "raw": b"a"})
        [step] = self.schedule_by_hand(
            invoice,
            "2026-03-04 11",
            "Asia/Tokyo",
            subject="About {{ object.name }}",
            body="<p>Hello</p><script>x()</script>",
            to_ids=colleague.ids,
            to_emails="c@d.example",
            cc="boss@firm.example",
            button_text="Pay",
            button_target="pay",
            attachment_ids=file.ids,
        )
        self.assertEqual(
            (step.subject, step.body, step.to_ids, step.to_emails, step.cc),
            ("About {{ object.name }}", "<p>Hello</p>", colleague, "c@d.example", "boss@firm.example"),
        )
        self.assertEqual((step.button_text, step.button_target, step.attachment_ids), ("Pay", "pay", file))
        self.assertEqual(
            (step.zone, self.local(step.scheduled_at, "Asia/Tokyo"), self.local(step.scheduled_at)),
            ("Asia/Tokyo", "2026-03-04 11:00", "2026-03-04 03:00"),
        )

    def test_unknown_words(self):
        """R74: what is no field of a message is refused."""
        with self.assertRaises(ValueError):
            self.send_by_hand(self.make_invoice(), state="sent")

    def test_refusals(self):
        """R3, R4, R10, R77, R88, R102: what cannot be is refused with a sentence."""
        invoice = self.make_invoice(issued="2026-03-03")
        for local, zone, words, sentence in (
            ("2026-03-02 08", False, {}, "That time has passed"),
            ("2026-03-02 16", "Asia/Tokyo", {}, "That time has passed"),
            ("2026-03-02 11", False, {}, "before the invoice date"),
            ("2026-03-04 11", "Mars/Base", {}, "no time zone “Mars/Base”"),
            ("2026-03-04 11", False, {"channel_email": False}, "no channel"),
            ("2026-03-04 07", False, {"channel_sms": True}, "SMS"),
            ("2026-03-04 11", False, {"subject": "{{ object.nothing }}"}, "nothing"),
            ("2046-03-04 11", False, {}, "next ten years"),
        ):
            with self.subTest(sentence), self.assertRaisesRegex(UserError, sentence):
                self.schedule_by_hand(invoice, local, zone, **words)
        self.assertTrue(self.schedule_by_hand(invoice, "2026-03-03 11"))

    def test_obstacles(self):
        """R30, R37, R102: what may get no message, and why."""
        invoice = self.make_invoice()
        self.assertFalse(self.hand._obstacle(invoice, later=True))
        bill = self.init_invoice("in_invoice", amounts=[5])
        self.assertIn("not a customer invoice", self.hand._obstacle(bill, later=False))
        note = self.init_invoice("out_refund", amounts=[5])
        self.assertIn("not a customer invoice", self.hand._obstacle(note, later=False))
        cancelled = self.make_invoice(post=False)
        cancelled.button_cancel()
        self.assertIn("cancelled", self.hand._obstacle(cancelled, later=False))
        with self.assertRaisesRegex(UserError, "cancelled"):
            self.send_by_hand(cancelled)
        self.customer.chasing_excluded = True
        for later in (False, True):
            self.assertIn("excluded", self.hand._obstacle(invoice, later=later))
        self.customer.chasing_excluded = False
        self.company.chasing_enabled = False
        self.assertFalse(self.hand._obstacle(invoice, later=False))
        self.assertIn("switched off", self.hand._obstacle(invoice, later=True))

    def test_company_off(self):
        """R102: with chasing off a message goes now, and cannot be scheduled; exclusion holds it all the same (R37)."""
        self.company.chasing_enabled = False
        invoice = self.make_invoice()
        self.assertEqual(self.send_by_hand(invoice), {})
        self.assertEqual(len(self.deliver()), 1)
        with self.assertRaisesRegex(UserError, "switched off"):
            self.schedule_by_hand(invoice, "2026-03-04 11")
        steps = self.hand._make(invoice, WORDS)
        self.customer.chasing_excluded = True
        [sentence] = self.hand._send(steps).values()
        self.assertIn("excluded", sentence)

    def test_refused_of_some(self):
        """R82, R102b: what is refused of one stops no other, and stands in its list of steps."""
        good, bad = self.make_invoice(), self.make_invoice(partner_id=self.make_customer("Cy", "cy@x.example").id)
        lost = self.make_invoice(partner_id=self.make_customer("Di", False).id)
        steps = self.hand._make(good | bad | lost, WORDS)
        self.assertEqual(steps.move_id, good | bad | lost)
        bad.partner_id.chasing_paused = True
        refused = self.hand._send(steps)
        self.assertEqual({step.move_id for step in refused}, {bad, lost})
        self.assertEqual([message["To"] for message in self.deliver()], ["Ann Lee <ann@customer.example>"])
        self.assertEqual(self.plan(bad), [("2026-03-02 08:30", "skipped", "customer_paused")])
        self.assertEqual(self.plan(lost), [("2026-03-02 08:30", "failed", "no_recipient")])

    def test_made_and_not_sent(self):
        """R81: what was made and is not sent, whatever happened to whoever made it, is sent by nobody."""
        invoice = self.make_invoice()
        self.hand._make(invoice, WORDS)
        self.assertFalse(self.at_sent("2026-03-02 09:00"))

    def test_draft(self):
        """R102: it is confirmed by it, with the rights of who does it; a draft gets its default cadence as always."""
        self.cadence.is_default = True
        invoice = self.make_invoice(post=False)
        self.assertEqual(self.send_by_hand(invoice), {})
        self.assertEqual((invoice.state, invoice.chasing_cadence_id), ("posted", self.cadence))
        self.assertEqual(len(self.deliver()), 1)
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-02 08:30", "sent", False),
                ("2026-03-02 09:00", "skipped", "already_sent"),
                ("2026-03-13 10:00", "planned", False),
                ("2026-03-21 14:00", "planned", False),
            ],
        )

    def test_no_second_first_message(self):
        """R9, R83: once a message by hand is under way none on issue is promised, and it comes back if that fails."""
        self.cadence.is_default = True
        by_sheet, by_click = (self.make_invoice(post=False) for _number in range(2))
        by_click.action_post()
        [reminder] = by_click.chasing_schedule_ids.step_ids.filtered(lambda step: step.trigger == "before_due")
        self.send_by_hand(by_sheet)
        reminder.action_send_now()
        for invoice in (by_sheet, by_click):
            first = invoice.chasing_schedule_ids.step_ids.filtered(lambda step: step.trigger == "on_issue")
            self.assertEqual((first.state, first.reason_code), ("skipped", "already_sent"))
            invoice.chasing_schedule_ids.sudo().delivery_ids._set_state("failed", "smtp_error")
            self.assertEqual(first.state, "planned")

    def test_a_failure_is_seen_where_nobody_chases(self):
        """R102, R95: it stands under To Do until it is dismissed, and one may do what an unchased one offers."""
        stopped = self.make_invoice(partner_id=self.make_customer("Bo", False).id, cadence=self.cadence)
        stopped.chasing_schedule_ids.action_disable()
        for invoice in (self.make_invoice(partner_id=self.make_customer("Cy", False).id), stopped):
            self.send_by_hand(invoice)
            schedule = invoice.chasing_schedule_ids
            [step] = schedule.step_ids.filtered("is_by_hand")
            self.assertEqual((schedule.status, step.state), ("failed", "failed"))
            self.env.flush_all()
            self.assertIn(step.move_id.partner_id, self.env["chasing.failure.cause"].search([]).partner_id)
            self.assertIn("enable", schedule.allowed)
            forbidden = {"pause", "resume", "disable", "cancel", "write_off", "collections", "edit", "mark_sent"}
            self.assertFalse(forbidden & set(schedule.allowed))
            for act in ("pause", "disable", "cancel"):
                with self.assertRaisesRegex(UserError, "while chasing is stopped"):
                    getattr(schedule, f"action_{act}")()
            self.assertIn("dismiss", step.allowed)
            for other in schedule.step_ids - step:
                self.assertFalse(set(other.allowed) - {"preview", "open", "fix"})
            invoice.partner_id.email = "bo@customer.example"
            self.assertFalse(schedule._blocked_reasons("retry"))
            step.action_dismiss()
            self.assertEqual(schedule.status, "stopped")

    def test_taken_back_and_scheduled_again(self):
        """R102: it is cancelled, not skipped, by whom it says; Undo and another date bring it back."""
        invoice = self.make_invoice()
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        self.assertIn("Cancel", [button["label"] for button in step.acts])
        answer = step.action_do("skip")
        self.assertEqual((step.state, step.reason_code), ("cancelled", "taken_back"))
        self.assertIn(f"taken back by {self.env.user.name}", step.reason)
        self.assertEqual(answer["params"]["message"], "1 message cancelled.")
        [undo] = answer["params"]["buttons"]
        getattr(self.env[undo["model"]].browse(undo["ids"]), undo["method"])()
        self.assertEqual((step.state, self.local(step.scheduled_at)), ("planned", "2026-03-04 11:00"))
        step.action_skip()
        self.assertFalse(self.at_sent("2026-03-04 11:00"))
        self.assertEqual(step.allowed, ["reschedule"])
        self.env["chasing.bulk.run"]._act("reschedule", step, {"day": "2026-03-06", "hour": 9})
        self.assertEqual((step.state, step.reason), ("planned", False))
        self.assertEqual(len(self.at_sent("2026-03-06 09:00")), 1)
        self.assertEqual(step.state, "sent")

    def test_draft_that_cannot_be_confirmed(self):
        """R102: Odoo says why, and nothing is left half done."""
        invoice = self.make_invoice(post=False)
        invoice.invoice_line_ids = [Command.clear()]
        with self.assertRaisesRegex(UserError, "post nothing"):
            self.send_by_hand(invoice)
        collector = self.make_user("collector", "base.group_user,invoice_chasing.group_user")
        with self.assertRaises(AccessError):
            self.hand.with_user(collector)._make(self.make_invoice(post=False).with_user(collector), WORDS)

    def test_rights(self):
        """R102: a collector may; who only reads, and who belongs to another company, may not."""
        invoice = self.make_invoice()
        collector = self.make_user("collector", "base.group_user,invoice_chasing.group_user")
        hand = self.hand.with_user(collector)
        self.assertEqual(hand._send(hand._make(invoice.with_user(collector), WORDS)), {})
        reader = self.make_user("reader", "base.group_user,account.group_account_readonly")
        with self.assertRaises(AccessError):
            self.hand.with_user(reader)._make(invoice.with_user(reader), WORDS)
        foreigner = self.make_foreigner()
        with self.assertRaises(AccessError):
            self.hand.with_user(foreigner)._make(invoice.with_user(foreigner), WORDS)
        secret = self.env["ir.attachment"].create({"name": "s", "raw": b"s", "res_model": "ir.cron", "res_id": 1})
        with self.assertRaises(AccessError):
            hand._make(invoice.with_user(collector), {**WORDS, "attachment_ids": secret.ids})

    def test_template_of_another_company(self):
        """R102: a template that the invoice's company may not use is refused, and one that does not exist."""
        other = self.setup_other_company()["company"]
        template = self.env["mail.template"].create({
            "name": "Theirs",
            "model_id": self.env["ir.model"]._get_id("account.move"),
            "subject": "Theirs",
        })
        foreign = self.env["mail.template"].create({
            "name": "Of a contact",
            "model_id": self.env["ir.model"]._get_id("res.partner"),
            "subject": "Wrong",
        })
        self.assertTrue(other)
        self.schedule_by_hand(self.make_invoice(), "2026-03-04 11", email_template_id=template.id)
        with self.assertRaises(UserError):
            self.schedule_by_hand(self.make_invoice(), "2026-03-04 11", email_template_id=foreign.id)

    def test_the_customers_zone(self):
        """R102: that of the contact's own user, else of a country with one zone, else the company's."""
        portal = self.make_user("ann", "base.group_portal", tz="Asia/Tokyo")
        japanese = self.make_invoice(partner_id=portal.partner_id.id)
        german = self.make_customer("Ulf", "u@x.example", country_id=self.env.ref("base.de").id, tz="Asia/Tokyo")
        american = self.make_customer("Sam", "s@x.example", country_id=self.env.ref("base.us").id, tz="Asia/Tokyo")
        invoices = japanese | self.make_invoice(partner_id=german.id) | self.make_invoice(partner_id=american.id)
        self.company.chasing_tz = "Europe/Paris"
        self.assertEqual(
            list(self.hand._customers_zones(invoices).values()),
            [("Asia/Tokyo", "user"), ("Europe/Berlin", "country"), ("Europe/Paris", "company")],
        )

    def test_edit(self):
        """R74: one step that is to go gets words, people and a place of its own; its cadence and others do not."""
        invoice = self.make_invoice(cadence=self.cadence)
        step = self.step(invoice, "before_due")
        self.hand._edit(step, {"subject": "Hello", "cc": "boss@firm.example", "to_ids": self.customer.ids})
        self.assertEqual((step.subject, step.cc, step.to_ids), ("Hello", "boss@firm.example", self.customer))
        self.assertEqual((self.local(step.scheduled_at), step.zone), ("2026-03-13 10:00", False))
        self.assertTrue(invoice.chasing_schedule_id.is_customised)
        self.assertFalse(self.step(invoice, "after_due").subject or any(self.cadence.step_ids.mapped("subject")))
        self.hand._edit(step, {}, (date(2026, 3, 12), 9, "America/New_York"))
        self.assertEqual(self.local(step.scheduled_at, "America/New_York"), "2026-03-12 09:00")
        invoice.invoice_date_due = "2026-04-16"
        self.env.flush_all()
        self.assertEqual(self.local(step.scheduled_at, "America/New_York"), "2026-03-12 09:00", "R84: it was put there")

    def test_edit_refused(self):
        """R39, R74, R77, R88: what was sent, a text that cannot be filled in, no channel, an hour of no SMS."""
        invoice = self.make_invoice()
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11")
        for words, place, sentence in (
            ({"subject": "{{ object.nothing }}"}, None, "nothing"),
            ({"channel_email": False}, None, "no channel"),
            ({"channel_sms": True}, (date(2026, 3, 5), 6, False), "SMS"),
            ({}, (date(2026, 3, 1), 6, False), "has passed"),
            ({}, (date(2026, 3, 5), 9, "Mars/Base"), "Mars/Base"),
        ):
            with self.subTest(sentence), self.assertRaisesRegex(UserError, sentence), self.env.cr.savepoint():
                self.hand._edit(step, words, place)
        reader = self.make_user("reader", "base.group_user,account.group_account_readonly")
        with self.assertRaises(AccessError):
            self.hand.with_user(reader)._edit(step.with_user(reader), {"subject": "No"})
        step.action_send_now()
        with self.assertRaisesRegex(UserError, "already sent"):
            self.hand._edit(step, {"subject": "Late"})

    def test_so_many(self):
        """R16: as many steps as a schedule may have can be scheduled by hand of one invoice, and no more."""
        invoice = self.make_invoice()
        for number in range(100):
            self.schedule_by_hand(invoice, f"2026-03-{4 + number // 20:02} {number % 20}")
        with self.assertRaisesRegex(UserError, "At most 100"):
            self.schedule_by_hand(invoice, "2026-03-20 9")

    def test_queries_do_not_grow(self):
        """R102b: a hundred are made and sent with the statements of ten."""
        counts = []
        for number in (10, 10, 40):
            invoices = self.make_invoices(number)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.schedule_by_hand(invoices, "2026-03-04 11")
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1] + 5)

    def test_places_differ(self):
        """R102: each of many invoices has its own place, in its own zone."""
        invoices = self.make_invoices(2)
        places = {invoices[0]: (date(2026, 3, 4), 9, "Asia/Tokyo"), invoices[1]: (date(2026, 3, 4), 9, False)}
        steps = self.hand._make(invoices, WORDS, places)
        self.assertEqual([self.local(step.scheduled_at) for step in steps], ["2026-03-04 01:00", "2026-03-04 09:00"])
