"""A message about many invoices, sent or scheduled in the background (R102b)."""

from datetime import date

from odoo.tests import tagged

from ...models.forecast import chasing_bulk_run
from ..builders.bulk import BulkCommon
from ..builders.pace import PaceCommon

MAIL = {"channel_email": True, "subject": "About your invoice"}


class MessagesCommon(BulkCommon):
    def start(self, act, moves, user=None, **place):
        """Send or schedule a message about invoices; the run."""
        values = {"words": MAIL}
        if act == "schedule_message":
            values["place"] = {"day": "2026-03-05", "hour": 10, "zone": "company", **place}
        runs = self.env["chasing.bulk.run"].with_user(user or self.env.user)
        run = runs._start(act, values, moves.with_env(runs.env))
        self.env.flush_all()
        return run

    def reasons(self, run):
        return {refusal.move_id: refusal.reason for refusal in run.refused_ids}


@tagged("post_install", "-at_install")
class TestBulkMessages(MessagesCommon):
    def test_sent_now(self):
        """R102b: each gets one, chased or not."""
        chased = self.make_invoice()
        with self.no_default():
            fresh = self.make_invoice()
        self.assertFalse(fresh.chasing_schedule_id)
        run = self.start("send_message", chased | fresh)
        self.assertEqual((run.done, run.is_done, self.reasons(run)), (2, True, {}))
        self.assertEqual([message["Subject"] for message in self.deliver()], ["About your invoice"] * 2)
        self.assertEqual(run._done_text(), "2 messages are on their way.")

    def test_what_cannot_go_stops_no_other(self):
        """R102b: and is listed with its reason."""
        fine, excluded, silent = (
            self.make_invoice(),
            self.make_invoice(partner_id=self.make_customer("Out", "out@customer.example").id),
            self.make_invoice(partner_id=self.make_customer("Silent", False).id),
        )
        excluded.partner_id.action_chasing_exclude()
        cancelled = self.make_invoice()
        cancelled.button_cancel()
        bill = self.env["account.move"].create({"move_type": "in_invoice", "partner_id": self.customer.id})
        run = self.start("send_message", fine | excluded | silent | cancelled | bill)
        reasons = self.reasons(run)
        self.assertEqual(set(reasons), {excluded, silent, cancelled, bill})
        self.assertIn("excluded", reasons[excluded])
        self.assertIn("This is not a customer invoice", reasons[bill])
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(run.refused_ids.filtered(lambda one: one.move_id == bill).partner_id, self.customer)

    def test_drafts_are_confirmed(self):
        """R102b: by whoever may."""
        draft = self.make_invoice(post=False)
        run = self.start("send_message", draft, user=self.collector)
        self.assertIn("This invoice is a draft", self.reasons(run)[draft])
        self.assertEqual(draft.state, "draft")
        run = self.start("send_message", draft)
        self.assertEqual((draft.state, self.reasons(run)), ("posted", {}))

    def test_a_draft_that_reaches_nobody_stays_a_draft(self):
        """R102b: nothing is confirmed, made or counted of what the page says cannot be sent, now or later."""
        silent, fine = self.make_customer("Silent", False), self.make_invoice(post=False)
        draft, posted = (self.make_invoice(partner_id=silent.id, post=post) for post in (False, True))
        for act, told in (("schedule_message", "1 message scheduled."), ("send_message", "1 message is on its way.")):
            with self.subTest(act=act):
                run = self.start(act, draft | fine | posted)
                self.assertEqual(set(self.reasons(run)), {draft, posted})
                self.assertIn("e-mail address", self.reasons(run)[draft])
                self.assertEqual((draft.state, fine.state, run._done_text()), ("draft", "posted", told))
                self.assertFalse((draft | posted).chasing_schedule_ids.step_ids.filtered("is_by_hand"))
        self.assertEqual(len(self.deliver()), 1)

    def test_a_draft_whose_message_is_refused_is_a_draft_again(self):
        """R102b: it is confirmed for the sake of its message; the others are confirmed and sent."""
        drafts = self.make_invoice(post=False) | self.make_invoice(post=False) | self.make_invoice(post=False)
        hand = self.env.registry["chasing.hand"]
        lock, lost = hand._lock, drafts[1]
        self.patch(hand, "_lock", lambda self, steps: lock(self, steps.filtered(lambda step: step.move_id != lost)))
        run = self.start("send_message", drafts)
        self.assertEqual(drafts.mapped("state"), ["posted", "draft", "posted"])
        self.assertIn("being sent right now", self.reasons(run)[lost])
        self.assertEqual((len(self.deliver()), run._done_text()), (2, "2 messages are on their way."))

    def test_scheduled_and_undone(self):
        """R102b: what has not left is withdrawn."""
        invoices = self.make_invoices(2)
        run = self.start("schedule_message", invoices)
        steps = invoices.chasing_schedule_ids.step_ids.filtered("is_by_hand")
        self.assertEqual([self.local(step.scheduled_at) for step in steps], ["2026-03-05 10:00"] * 2)
        self.assertEqual((run._done_text(), run.can_undo), ("2 messages scheduled.", True))
        steps[0].action_send_now()
        run.action_undo()
        self.assertEqual([one.reason for one in run.not_undone_ids], ["It was sent since."])
        self.assertEqual(steps.mapped("state"), ["under_way", "cancelled"])

    def test_undone_is_only_what_nobody_has_changed_since(self):
        """R99, R102b: other words, people, files or another time are a person's; the engine's doing is not."""
        changes = {
            "words": lambda step, hand: hand._edit(step, {"subject": "Mine"}),
            "copies": lambda step, hand: hand._edit(step, {"cc": "lawyer@x.example"}),
            "people": lambda step, hand: hand._edit(step, {"to_ids": self.customer.ids}),
            "files": lambda step, hand: hand._edit(step, {"attachment_ids": self.file(hand.env).ids}),
            "channels": lambda step, hand: hand._edit(step, {"channel_letter": True}),
            "time": lambda step, hand: step._reschedule(date(2026, 3, 6), 10),
            "nothing": lambda step, hand: hand._edit(step, {"subject": "About your invoice"}),
            "engine": lambda step, hand: step.schedule_id.action_pause(),
        }
        invoices = self.make_invoices(len(changes) + 1)
        run = self.start("schedule_message", invoices)
        steps = invoices.chasing_schedule_ids.step_ids.filtered("is_by_hand")
        for step, change in zip(steps[1:], changes.values(), strict=True):
            own = step.with_user(self.collector)
            change(own, own.env["chasing.hand"])
        self.env.flush_all()
        run.action_undo()
        kept = {self.env["chasing.step"].browse(step.id): step.state != "cancelled" for step in steps}
        self.assertEqual(
            dict(zip(["untouched", *changes], (kept[step] for step in steps), strict=True)),
            {"untouched": False, **dict.fromkeys(changes, True), "nothing": False, "engine": False},
        )
        self.assertEqual(run.not_undone_ids.mapped("reason"), ["Changed since."] * 6)

    def file(self, env):
        return env["ir.attachment"].create({"name": "terms.txt", "raw": b"terms"})

    def test_scheduled_where_that_time_has_passed(self):
        """R102b."""
        self.set_clock("2026-03-05 11:00")
        invoice = self.make_invoice()
        run = self.start("schedule_message", invoice)
        self.assertEqual(self.reasons(run), {invoice: "That time has passed. Choose a later one."})

    def test_scheduled_in_the_customers_zone(self):
        """R5, R102: each on its own clock; whose zone nobody knows gets it on the company's."""
        near, far = self.make_invoice(), self.make_invoice(partner_id=self.make_customer("Far", "far@c.example").id)
        far.partner_id.country_id = self.env.ref("base.jp")
        near.partner_id.country_id = self.env.ref("base.us")
        self.start("schedule_message", near | far, zone="customer")
        steps = (near | far).chasing_schedule_ids.step_ids.filtered("is_by_hand")
        self.assertEqual([step.zone for step in steps.sorted("id")], [False, "Asia/Tokyo"])

    def test_nothing_is_scheduled_while_chasing_is_off(self):
        """R102."""
        invoice = self.make_invoice()
        self.company.chasing_enabled = False
        run = self.start("schedule_message", invoice)
        self.assertIn("Chasing is switched off", self.reasons(run)[invoice])
        run = self.start("send_message", invoice)
        self.assertEqual(self.reasons(run), {})

    def test_a_copy_of_what_is_paid(self):
        """R102."""
        invoice = self.make_invoice()
        self.pay(invoice)
        run = self.start("send_message", invoice)
        self.assertEqual((self.reasons(run), len(self.deliver())), ({}, 1))


@tagged("post_install", "-at_install")
class TestBulkMessagesInTheBackground(MessagesCommon):
    def setUp(self):
        super().setUp()
        self.patch(chasing_bulk_run, "SENDING_BATCH_SIZE", 2)

    def test_interrupted_and_run_again(self):
        """R81, R102b: no copy twice, none lost."""
        invoices = self.make_invoices(5)
        run = self.start("send_message", invoices)
        self.assertEqual(run.done, 0)
        run._work()
        self.assertEqual(run.done, 2)
        self.work()
        self.assertEqual((run.done, run.is_done), (5, True))
        self.assertEqual(len(self.deliver()), 5)
        steps = invoices.chasing_schedule_ids.step_ids.filtered("is_by_hand")
        self.assertEqual((len(steps), set(steps.mapped("state"))), (5, {"sent"}))


@tagged("post_install", "-at_install")
class TestBulkMessagesAndPace(PaceCommon, MessagesCommon):
    def test_no_more_at_once_than_the_mail_server_takes(self):
        """R102b, R113: three a minute; the rest follows."""
        invoices = self.make_invoices(5)
        self.company.email = "desk@firm.example"
        run = self.start("send_message", invoices)
        self.assertEqual((run.done, run.is_done), (3, False))
        self.assertTrue(run.waits_until)
        left = [len(self.deliver())]
        self.now = run.waits_until
        self.work()
        left.append(len(self.deliver()))
        self.assertEqual((left, run.is_done, run.refused_count), ([3, 2], True, 0))
