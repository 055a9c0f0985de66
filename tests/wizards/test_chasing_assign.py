from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from ..builders.builders import ChasingCommon


class AssignDialogCommon(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls.make_user("collector", "base.group_user,invoice_chasing.group_user")
        cls.firm = cls.make_cadence("Firm", [("after_due", 1, 9), ("after_due", 10, 9)])

    def dialog(self, moves):
        """The dialog that a collector opens for invoices."""
        action = moves.with_user(self.collector).action_chasing_assign()
        return self.env["chasing.assign"].with_user(self.collector).browse(action["res_id"])

    def overdue(self, **values):
        """An invoice of 5 February, due 20 February, that nobody chases; it is 2 March."""
        return self.make_invoice(**{"due": "2026-02-20", "issued": "2026-02-05", "chased": False, **values})


@tagged("post_install", "-at_install")
class TestLateStart(AssignDialogCommon):
    """R43, R17, R42: an overdue invoice never ends without any message unless somebody chose so."""

    def test_the_reminder_goes_now_and_then_the_cadence_goes_on(self):
        invoice = self.overdue(due="2026-02-27")
        dialog = self.dialog(invoice)
        dialog.cadence_id = self.firm
        self.assertEqual((dialog.entry, dialog.objection), ("now", False))
        self.assertEqual(
            dialog.entry_text,
            "Now: 1 day after due (E-mail): Standard · First message\n"
            "Next: Mon 9 Mar 09:00, 10 days after due (E-mail)",
        )
        self.assertEqual(dialog.preview, "2 will be sent, first Mon 2 Mar 08:30")
        action = dialog.action_assign()
        self.assertEqual(action["params"]["message"], "The reminder is on its way. Chasing is enabled.")
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(self.states(invoice), ["sent", "planned"])
        self.assertEqual(self.at_sent("2026-03-03 10:00"), [])

    def test_what_is_older_is_skipped(self):
        invoice = self.overdue()
        dialog = self.dialog(invoice)
        self.assertEqual(dialog.cadence_id, self.cadence)
        self.assertEqual(
            dialog.entry_text,
            "Now: 5 days after due (E-mail): Standard · First message\nNext: nothing, all steps have passed\n"
            "Skipped: On issue, 3 days before due",
        )
        dialog.action_assign()
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(sorted(self.states(invoice)), ["sent", "skipped", "skipped"])

    def test_it_can_wait_for_its_hour_or_be_left_out(self):
        cadence = self.make_cadence("Long", [("after_due", 1, 9), ("after_due", 11, 9)])
        for entry, following, states in (
            ("fitting", "Next: Mon 2 Mar 09:00, 1 day after due (E-mail)", ["planned", "planned"]),
            ("next", "Next: Tue 3 Mar 09:00, 11 days after due (E-mail)", ["skipped", "planned"]),
        ):
            with self.subTest(entry=entry):
                invoice = self.overdue()
                dialog = self.dialog(invoice)
                dialog.cadence_id = cadence
                dialog.entry = entry
                self.assertIn(following, dialog.entry_text)
                dialog.action_assign()
                self.assertFalse(self.deliver())
                self.assertEqual(self.states(invoice), states)

    def test_what_speaks_against_sending_now_lets_it_wait(self):
        """R8, R17, R37, R42, R46b"""
        sent = self.make_invoice(due="2026-03-04")
        self.at_sent("2026-03-02 09:00")
        sent._chasing_assign_chosen(self.env["chasing.cadence"], None, None)
        self.set_clock("2026-03-06 10:00")
        self.firm.min_contact_days = 10
        gap = "The last message was sent on Mon 2 Mar 2026, and the cadence's minimum days between messages are 10."
        excluded = self.overdue(partner_id=self.make_customer("Shy", "shy@customer.example").id)
        excluded.partner_id.chasing_excluded = True
        small = self.overdue(amount=3)
        self.company.chasing_minimum_ids = [Command.create({"currency_id": small.currency_id.id, "amount": 5})]
        for invoice, objection in ((sent, gap), (excluded, "excluded from chasing"), (small, "minimum")):
            dialog = self.dialog(invoice)
            dialog.cadence_id = self.firm
            self.assertEqual((dialog.entry, dialog.objection), ("fitting", False))
            dialog.entry = "now"
            self.assertIn(objection, dialog.objection)
        self.set_clock("2026-03-06 22:30")
        dialog = self.dialog(self.overdue())
        self.assertEqual(dialog.entry, "fitting")
        dialog.entry = "now"
        self.assertEqual(dialog.objection, "Messages are sent from 7:00 to 20:00.")

    def test_somebody_contacted_today_can_be_contacted_again_by_a_person(self):
        """R17"""
        invoice = self.make_invoice(due="2026-02-27", issued="2026-02-20", steps=[("on_issue", 0, 9)])
        self.at_sent("2026-03-02 09:00")
        invoice._chasing_assign_chosen(self.env["chasing.cadence"], None, None)
        self.set_clock("2026-03-02 11:00")
        dialog = self.dialog(invoice)
        dialog.cadence_id = self.firm
        self.assertEqual(dialog.entry, "fitting")
        dialog.entry = "now"
        self.assertIn("already contacted", dialog.objection)
        dialog.action_assign()
        self.assertEqual(len(self.deliver()), 1)

    def test_what_a_hold_refuses_is_refused_whole(self):
        """R37"""
        invoice = self.overdue()
        invoice.partner_id.chasing_excluded = True
        dialog = self.dialog(invoice)
        dialog.entry = "now"
        with self.assertRaises(UserError):
            dialog.action_assign()
        self.assertFalse(invoice.chasing_schedule_ids)

    def test_an_invoice_that_is_not_overdue_goes_on_as_its_cadence_says(self):
        dialog = self.dialog(self.make_invoice(issued="2026-02-05", chased=False))
        self.assertFalse(dialog.has_late and dialog.entry == "now")
        self.assertEqual(self.dialog(self.make_invoice(post=False)).has_late, False)

    def test_a_draft_changes_what_confirming_gives_it(self):
        """R31, R50: prefilled with that, whoever gives it."""
        draft = self.make_invoice(post=False)
        dialog = self.dialog(draft)
        self.assertEqual((dialog.is_change, dialog.cadence_id), (True, self.cadence))
        dialog.cadence_id = self.firm
        action = dialog.action_assign()
        self.assertIn("The cadence is changed. 2 will be sent", action["params"]["message"])
        draft.action_post()
        self.assertEqual(draft.chasing_cadence_id, self.firm)
        with self.no_default():
            self.assertFalse(self.dialog(self.make_invoice(post=False)).is_change)

    def test_one_that_is_chased_goes_on_unless_nothing_would_be_left(self):
        invoice = self.overdue(due="2026-02-27")
        invoice._chasing_assign(self.firm)
        dialog = self.dialog(invoice)
        self.assertEqual((dialog.is_change, dialog.cadence_id, dialog.entry), (True, self.firm, "next"))
        dialog.cadence_id = self.make_cadence("Short", [("after_due", 1, 9)])
        self.assertEqual(dialog.entry, "now")
        dialog.entry = "next"
        self.assertEqual(dialog.silent_count, 1)

    def test_chasing_that_is_enabled_again_asks_too(self):
        """R36: where every step has passed meanwhile."""
        invoice = self.overdue(due="2026-02-27")
        invoice._chasing_assign(self.firm)
        schedule = invoice.chasing_schedule_id
        schedule.action_disable()
        asked = invoice.with_user(self.collector)
        self.assertEqual(asked.action_chasing_restart()["type"], "ir.actions.client")
        schedule.action_disable()
        self.set_clock("2026-03-12 10:00")
        action = asked.action_chasing_restart()
        self.assertEqual(action["res_model"], "chasing.send")
        step = self.env["chasing.step"].browse(action["context"]["default_step_id"])
        self.assertEqual((step.days, step.state, schedule.status), (10, "skipped", "expired"))

    def test_a_change_from_the_list_is_a_change_whatever_else_is_selected(self):
        """R99: what is stopped stays stopped."""
        running, stopped = self.make_invoices(2)
        stopped.chasing_schedule_id.action_disable()
        action = (running | stopped).chasing_schedule_ids.action_ask("change_cadence")
        dialog = self.env["chasing.assign"].browse(action["res_id"])
        self.assertEqual((dialog.is_change, dialog.invoice_count, action["name"]), (True, 1, "Change Cadence"))


@tagged("post_install", "-at_install")
class TestOwnSteps(AssignDialogCommon):
    """R22, R50: steps of its own, without any cadence, where chasing is enabled."""

    def form(self, invoice):
        form = Form(self.dialog(invoice))
        form.use_own_steps = True
        return form

    def test_an_invoice_gets_its_own_steps(self):
        invoice = self.make_invoice(chased=False)
        form = self.form(invoice)
        with form.line_ids.new() as line:
            line.trigger, line.days, line.hour = "after_due", 3, 11
            self.assertEqual(line.live_text, "Thu 19 Mar 11:00")
        self.assertEqual(form.own_text, "2 will be sent, first Mon 2 Mar 09:00")
        action = form.save().action_assign()
        self.assertIn("2 will be sent", action["params"]["message"])
        schedule = invoice.chasing_schedule_id
        self.assertEqual((schedule.cadence_id.id, schedule.assigned_by), (False, "invoice"))
        self.assertEqual(
            [(step.trigger, step.days, step.state) for step in schedule.step_ids],
            [("on_issue", 0, "planned"), ("after_due", 3, "planned")],
        )

    def test_what_makes_no_sense_is_refused(self):
        dialog = self.dialog(self.make_invoice(chased=False))
        dialog.use_own_steps = True
        dialog.line_ids.write({"trigger": "after_due", "days": -1})
        with self.assertRaises(ValidationError):
            dialog.action_assign()
        dialog.line_ids.unlink()
        with self.assertRaisesRegex(ValidationError, "Add at least one step"):
            dialog.action_assign()

    def test_what_has_a_cadence_is_edited_instead(self):
        dialog = self.dialog(self.make_invoice())
        self.assertFalse(dialog.can_have_own_steps)
        dialog.use_own_steps = True
        with self.assertRaisesRegex(UserError, "Edit its steps"):
            dialog.action_assign()


@tagged("post_install", "-at_install")
class TestManyAssigned(AssignDialogCommon):
    """R51, R52: what changes is listed, and who keeps what."""

    def rows(self, dialog):
        return [
            (change_list["title"], [(row["invoice"], row["before"], row["after"]) for row in change_list["rows"]])
            for change_list in dialog.changes
        ]

    def test_the_cadence_of_a_few_is_not_proposed_for_the_rest(self):
        fresh, chased = self.make_invoice(chased=False), self.make_invoice(cadence=self.firm)
        self.assertEqual(self.dialog(fresh | chased).cadence_id, self.cadence)
        self.assertEqual(self.dialog(chased).cadence_id, self.firm)

    def test_those_already_chased_keep_their_cadence_unless_asked(self):
        fresh, chased = self.make_invoice(chased=False), self.make_invoice(amount=40)
        dialog = self.dialog(fresh | chased)
        dialog.cadence_id = self.firm
        self.assertEqual((dialog.is_change, dialog.chased_count, dialog.invoice_count), (False, 1, 1))
        self.assertEqual(
            self.rows(dialog),
            [
                ("Will change: 1 invoice, $\xa0100.00 outstanding", [(fresh.name, "Not chased", "Firm")]),
                ("Unchanged: 1 invoice, $\xa040.00 outstanding", [(chased.name, "Usual", "")]),
            ],
        )
        self.assertEqual(dialog.changes[1]["rows"][0]["note"], "already chased")
        dialog.replaces = True
        self.assertEqual(dialog.invoice_count, 2)
        row = next(row for row in dialog.changes[0]["rows"] if row["id"] == chased.id)
        self.assertEqual((row["customer"], row["amount"]), ("Ann Lee", "$\xa040.00"))
        self.assertEqual(row["note"], "2 will be sent, first Tue 17 Mar 09:00; replaces 3 e-mails")
        dialog.replaces = False
        dialog.action_assign()
        self.assertEqual([move.chasing_cadence_id.name for move in fresh | chased], ["Firm", "Usual"])

    def test_a_change_leaves_what_a_person_customised_unless_asked(self):
        usual, own = self.make_invoice(), self.make_invoice()
        self.step(own, "on_issue")._set_text("Mine", False)
        dialog = self.dialog(usual | own)
        self.assertEqual((dialog.is_change, dialog.cadence_id, dialog.customised_count), (True, self.cadence, 1))
        dialog.cadence_id = self.firm
        self.assertEqual(self.rows(dialog)[1][1], [(own.name, "Usual, customised", "")])
        dialog.replaces = True
        self.assertEqual(dialog.invoice_count, 2)
        dialog.replaces = False
        dialog.action_assign()
        self.assertEqual([move.chasing_cadence_id.name for move in usual | own], ["Firm", "Usual"])

    def test_the_start_is_chosen_for_all_of_them(self):
        """R43"""
        invoices = self.overdue() | self.overdue()
        dialog = self.dialog(invoices)
        dialog.cadence_id = self.make_cadence("Late", [("after_due", 1, 9)])
        self.assertEqual((dialog.entry_point, dialog.silent_count), ("fitting", 0))
        dialog.entry_point = "next"
        self.assertEqual(dialog.silent_count, 2)
        dialog.entry_point = "fitting"
        self.assertEqual((dialog.silent_count, dialog.preview), (0, "2 will be sent, first Mon 2 Mar 09:00"))
        dialog.action_assign()
        self.assertEqual([self.states(move) for move in invoices], [["planned"]] * 2)

    def test_the_first_ones_are_named_and_all_can_be_opened(self):
        invoices = self.make_invoices(3, chased=False)
        self.patch(self.env.registry["chasing.assign"], "_shown_count", 2)
        dialog = self.dialog(invoices)
        self.assertEqual(len(dialog.changes[0]["rows"]), 2)
        self.assertIn("1 more", dialog.changes[0]["rest"])
        for number in (0, 7, "x"):
            action = dialog.action_open_changes(number)
            self.assertEqual(self.env["account.move"].search(action["domain"]), invoices.sorted("id", reverse=True))
