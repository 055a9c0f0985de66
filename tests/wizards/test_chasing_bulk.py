from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..builders.bulk import BulkCommon


@tagged("post_install", "-at_install")
class TestBulkDialog(BulkCommon):
    LETTER = {"trigger": "on_issue", "hour": 9, "channel_email": False, "channel_letter": True}

    def test_it_says_how_many_how_much_and_what_becomes_of_the_messages(self):
        """R99."""
        invoices, paid = self.make_invoices(2), self.make_invoice()
        self.pay(paid)
        dialog = self.dialog(invoices | paid, "pause")
        self.assertIn("2 invoices, $", dialog.preview)
        self.assertIn("200.00", dialog.preview)
        self.assertIn("6 scheduled messages will be paused.", dialog.preview)
        self.assertEqual((dialog.left_count, dialog.left_text), (1, "1: Not available for paid invoices."))

    def test_one_message_is_told_as_one(self):
        invoice = self.make_invoice()
        self.steps(invoice)[1:].action_skip()
        for act, words in (
            ("pause", "1 scheduled message will be paused."),
            ("disable", "1 scheduled message will not be sent."),
            ("cancel", "1 scheduled message will be cancelled."),
            ("reschedule", "1 message will be rescheduled."),
            ("collections", "1 scheduled message will be cancelled."),
        ):
            self.assertEqual(self.dialog(invoice, act).preview.splitlines()[1], words)

    def test_what_undo_brings_back_is_told_where_something_is_withdrawn(self):
        """R36."""
        invoice = self.make_invoice()
        self.assertEqual(self.dialog(invoice, "cancel").undo_text, "You can undo this.")
        self.assertFalse(self.dialog(invoice, "retry").undo_text)
        self.pay(invoice)
        self.assertFalse(self.dialog(invoice, "cancel").undo_text)

    def test_letters_that_are_printed_are_named(self):
        """R36: their sheets stay."""
        invoices = self.make_invoices(2, steps=[self.LETTER])
        germany = self.env.ref("base.de")
        self.customer.write({"street": "Hill 1", "city": "Berlin", "zip": "10115", "country_id": germany.id})
        self.at("2026-03-02 09:00")
        letters = self.env["chasing.letter"].sudo().search([("move_id", "in", invoices.ids)])
        self.assertEqual(len(letters), 2)
        for act in ("cancel", "disable", "collections", "pause"):
            self.assertIn("Withdrawn before sending: 2 letters.", self.dialog(invoices, act).preview)
            self.assertNotIn("printed", self.dialog(invoices, act).preview)
            self.assertIn("A withdrawn message is sent after all only", self.dialog(invoices, act).undo_text)
        letters[0].printed_at = self.now
        self.assertIn("1 letter is already printed and stays", self.dialog(invoices, "cancel").preview)
        letters.printed_at = self.now
        self.assertIn("2 letters are already printed and stay", self.dialog(invoices, "cancel").preview)
        excluded = self.env["chasing.customer.pause"].create({"partner_id": self.customer.id, "is_for_good": True})
        self.assertIn("2 letters are already printed and stay", excluded.preview)

    def test_a_mark_and_a_write_off_are_taken_back_after_one_question(self):
        """R9, R41."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        schedule.action_mark_sent()
        self.assertIn("no longer count as sent", self.dialog(invoice, "unmark_sent").preview)
        self.do(invoice, "unmark_sent")
        self.assertFalse(schedule.marked_sent)
        schedule.action_write_off(way="mark")
        dialog = self.dialog(invoice, "take_back_write_off")
        self.assertIn("100.00 written off.", dialog.preview)
        self.do(invoice, "take_back_write_off")
        self.assertEqual(invoice.chasing_status, "stopped")

    def test_what_concerns_a_customer_is_asked_of_one(self):
        """R37."""
        first, other = self.make_invoice(), self.make_invoice(partner_id=self.make_customer("Bob", "b@c.example").id)
        for act in ("pause_customer", "exclude_customer"):
            action = first.chasing_schedule_id.action_ask(act)
            self.assertEqual(action["res_model"], "chasing.customer.pause")
            with self.assertRaisesRegex(UserError, "several customers"):
                (first | other).chasing_schedule_ids.action_ask(act)

    def test_the_next_steps_of_many_are_sent_after_one_question(self):
        invoices = self.make_invoices(2)
        dialog = self.dialog(invoices, "send_now")
        self.assertIn("2 steps of 2 invoices", dialog.preview)
        action = invoices[0].chasing_schedule_id.action_ask("send_now")
        self.assertEqual(action["res_model"], "chasing.send")

    def changes(self, dialog):
        """{title before the colon: [(invoice, before, after, note)]} of what the dialog lists."""
        return {
            shown["title"].partition(":")[0]: [
                (row["invoice"], row["before"], row["after"], row["note"]) for row in shown["rows"]
            ]
            for shown in dialog.changes
        }

    def test_it_lists_who_changes_from_what_to_what_and_who_does_not(self):
        """R99: by invoice, what is outstanding the most first."""
        small, large, paid = self.make_invoice(), self.make_invoice(amount=300), self.make_invoice()
        self.pay(paid)
        everyone = small | large | paid
        dialog = self.dialog(everyone, "cancel")
        now = "Active, next Mon 2 Mar 09:00"
        self.assertEqual(
            self.changes(dialog),
            {
                "Will change": [(one.name, now, "Cancelled", "3 e-mails") for one in (large, small)],
                "Unchanged": [(paid.name, "Paid", "", "Not available for paid invoices.")],
            },
        )
        self.assertIn("2 invoices, $\xa0400.00 outstanding", dialog.changes[0]["title"])
        dialog = self.dialog(everyone, "pause")
        self.assertEqual(self.changes(dialog)["Will change"][0][2], "Paused until Mon 9 Mar 2026")
        dialog.ends = "open"
        self.assertEqual(self.changes(dialog)["Will change"][0][2], "Paused")
        dialog = self.dialog(everyone, "reschedule")
        dialog.how, dialog.days = "days", 3
        self.assertEqual(self.changes(dialog)["Will change"][0][1:], ("Mon 2 Mar 09:00", "Thu 5 Mar 09:00", "On issue"))
        self.assertFalse(self.dialog(small, "cancel").changes)

    def test_it_lists_when_what_goes_on_sends_next(self):
        """R36."""
        invoices = self.make_invoices(2)
        self.at_sent("2026-03-02 09:00")
        self.set_clock("2026-03-03 08:30")
        self.do(invoices, "pause", ends="open")
        self.set_clock("2026-03-14 08:00")
        dialog = self.dialog(invoices, "resume")
        for missed, after, note in (
            ("next", "Active, next Sat 21 Mar 14:00", "Skipped, their date has passed: 1"),
            ("last", "Active, next Sat 14 Mar 08:00", ""),
            ("shift", "Active, next Tue 24 Mar 10:00", ""),
        ):
            dialog.missed = missed
            for row in self.changes(dialog)["Will change"]:
                self.assertEqual((missed, *row[1:]), (missed, "Paused", after, note))
        self.do(invoices, "disable")
        for row in self.changes(self.dialog(invoices, "enable"))["Will change"]:
            self.assertEqual(row[1:3], ("Stopped", "Active, next Sat 21 Mar 14:00"))

    def test_only_what_goes_on_has_missed_steps(self):
        """R36: what something else holds is left as it is, with the steps it missed."""
        bob = self.make_customer("Bob", "bob@customer.example")
        paused, held = self.make_invoice(), self.make_invoice(partner_id=bob.id)
        self.at_sent("2026-03-02 09:00")
        paused.chasing_schedule_id.action_pause()
        held.partner_id.action_chasing_pause()
        self.set_clock("2026-03-14 12:00")
        dialog = self.dialog(paused | held, "resume")
        self.assertEqual((dialog.possible_count, dialog.left_count, dialog.missed_count), (1, 1, 1))

    def test_what_is_selected_twice_counts_once(self):
        schedule = self.make_invoice().chasing_schedule_id
        dialog = self.env["chasing.bulk"].create({"act": "cancel", "selected": [schedule.id, schedule.id]})
        self.assertIn("1 invoice, ", dialog.preview)
        dialog.action_do()
        self.assertEqual(self.env["chasing.bulk.run"].search([], limit=1).total, 1)

    def test_a_selection_that_is_none_is_refused_in_words(self):
        for selected in ("abc", ["a", {}], 5, {"a": 1}):
            with self.subTest(selected=selected), self.assertRaisesRegex(UserError, "Select the records in the list"):
                self.env["chasing.bulk"].create({"act": "cancel", "selected": selected}).preview.strip()

    def test_nothing_happens_before_it_is_done(self):
        invoices = self.make_invoices(2)
        self.dialog(invoices, "cancel").save()
        self.assertEqual(invoices.mapped("chasing_status"), ["active"] * 2)

    def test_what_is_possible_on_none_is_refused_with_the_reason(self):
        invoice = self.make_invoice()
        with self.assertRaisesRegex(UserError, "Nothing|Not available while chasing is active"):
            self.dialog(invoice, "resume").save().action_do()

    def test_what_the_brake_holds_is_let_go_by_a_manager(self):
        """R47."""
        self.company.chasing_run_limit = 1
        invoices = self.make_invoices(2)
        self.at("2026-03-02 09:00")
        self.assertEqual(invoices[0].chasing_status, "paused")
        dialog = self.dialog(invoices[0], "resume")
        self.assertIn("would exceed the maximum messages per run", dialog.left_text)
        self.assertIn("A chasing manager can do so", dialog.left_text)

    def test_all_that_a_list_shows_is_meant_when_the_client_s_ids_are_cut_off(self):
        """R52."""
        invoices = self.make_invoices(3)
        self.env["ir.config_parameter"].sudo().set_param("web.active_ids_limit", "2")
        domain = [("move_id", "in", invoices.ids)]
        dialog = self.dialog(invoices[:2], "pause", active_domain=domain)
        self.assertEqual(dialog.possible_count, 3)
        self.env["ir.config_parameter"].sudo().set_param("web.active_ids_limit", "3")
        dialog = self.dialog(invoices[:2], "pause", active_domain=domain)
        self.assertEqual(dialog.possible_count, 2)

    def test_a_stranger_and_another_company_s_collector_are_refused(self):
        stranger = self.make_user("stranger", "base.group_user")
        foreigner = self.make_foreigner()
        schedule = self.make_invoice().chasing_schedule_id
        for user in (stranger, foreigner):
            with self.assertRaises(AccessError):
                schedule.with_user(user).action_ask("pause")
        self.assertTrue(schedule.with_user(self.collector).action_ask("pause")["res_id"])

    def test_changing_the_cadence_opens_its_own_dialog(self):
        invoices = self.make_invoices(2)
        action = invoices.chasing_schedule_ids.action_ask("change_cadence")
        dialog = Form(self.env["chasing.assign"].browse(action["res_id"]))
        self.assertEqual(dialog.invoice_count, 2)

    def test_a_row_offers_what_is_possible_now(self):
        """R99: the same acts as everywhere else, each by its name."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id.with_user(self.collector)
        labels = [act["label"] for act in schedule.acts]
        self.assertLessEqual({"Pause", "Send Now", "Cancel Chasing", "Exclude from Chasing…"}, set(labels))
        self.assertNotIn("Write Off", labels)
        for act in schedule.acts:
            with self.subTest(act=act["label"]):
                self.assertTrue(getattr(schedule.with_context(lang="en_US"), act["name"])(*act["args"]))
        reader = self.make_user("reader", "account.group_account_readonly")
        self.assertEqual(schedule.with_user(reader).acts, [])

    def test_the_list_offers_every_act(self):
        bound = self.env["ir.actions.actions"].get_bindings("chasing.schedule")["action"]
        names = {action["name"] for action in bound}
        self.assertLessEqual({"Pause", "Resume", "Reschedule", "Write Off", "Send to Collections"}, names)


@tagged("post_install", "-at_install")
class TestBulkInput(BulkCommon):
    """What is entered is looked at before anything is done to anyone."""

    def refused(self, act, reason, **values):
        invoices = self.make_invoices(2)
        dialog = self.env["chasing.bulk"].create({"act": act, "selected": invoices.chasing_schedule_ids.ids, **values})
        with self.subTest(**values), self.assertRaisesRegex(UserError, reason):
            dialog.action_do()
        self.assertFalse(self.env["chasing.bulk.run"].search([("selected", "=", dialog.selected)]))

    def test_an_hour_or_a_day_that_is_none_is_refused(self):
        self.refused("reschedule", "whole number from 0 to 23", how="day", day="2026-03-09", hour=99)
        self.refused("reschedule", "whole number from 0 to 23", how="day", day="2026-03-09", hour=-1)
        self.refused("reschedule", "That time has passed", how="day", day="2020-01-01", hour=9)
        self.refused("reschedule", "That time has passed", how="day", day="2026-03-02", hour=8)
        self.refused("reschedule", "next ten years", how="day", day="9999-12-31", hour=9)
        self.refused("reschedule", "Enter the date", how="day", day=False)
        for days in (-400, 0, 1000000000):
            self.refused("reschedule", "number of days from 1 to", how="days", days=days)

    def test_a_pause_that_ended_already_is_refused(self):
        """R36."""
        for until in ("2020-01-01", "2026-03-02"):
            self.refused("pause", "must end in the future", ends="date", until=until)
        self.refused("pause", "Enter it, or choose another end", ends="date", until=False)

    def test_a_pause_of_centuries_is_refused(self):
        """R36."""
        self.refused("pause", "next ten years", ends="date", until="9999-12-31")

    def test_later_today_is_fine(self):
        invoice = self.make_invoice()
        self.do(invoice, "reschedule", how="day", day="2026-03-02", hour=11)
        self.assertEqual(self.local(invoice.chasing_next_at), "2026-03-02 11:00")

    def test_the_second_click_on_the_same_dialog_does_nothing(self):
        invoice = self.make_invoice()
        for act in ("reschedule", "disable"):
            dialog = self.dialog(invoice, act).save()
            dialog.action_do()
            with self.assertRaisesRegex(UserError, "already done"):
                dialog.action_do()
        self.assertEqual(len(self.env["chasing.bulk.run"].search([])), 2)

    def test_a_dialog_whose_input_was_refused_can_be_corrected(self):
        invoice = self.make_invoice()
        dialog = self.dialog(invoice, "reschedule").save()
        dialog.hour = 99
        with self.assertRaises(UserError), self.env.cr.savepoint():
            dialog.action_do()
        dialog.hour = 10
        dialog.action_do()
        self.assertEqual(self.local(invoice.chasing_next_at), "2026-03-03 10:00")
