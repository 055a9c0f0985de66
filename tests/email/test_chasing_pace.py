from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..builders.builders import utc
from ..builders.pace import PaceCommon
from ..builders.smtp import ChasingSmtpCommon


@tagged("post_install", "-at_install")
class TestChasingPace(PaceCommon):
    def test_what_exceeds_a_minute_goes_in_the_next(self):
        """R113: ten invoices, three a minute."""
        self.make_invoices(10)
        self.assertEqual(self.minutes("2026-03-02 09:00", 5), [3, 3, 3, 1, 0])

    def test_a_waiting_step_is_planned_and_says_why(self):
        """R113: with the server and its limit, and when it is expected to go."""
        invoices = self.make_invoices(5)
        self.at("2026-03-02 09:00")
        self.assertEqual(
            [self.reason(invoice) for invoice in invoices],
            3 * [("under_way", False)] + 2 * [("planned", "mail_server_limit")],
        )
        step = self.steps(invoices[4])[0]
        self.assertIn("mail server Slow is reached (3 a minute)", step.reason)
        self.assertEqual(self.local(step.scheduled_at), "2026-03-02 09:00")
        self.assertEqual(self.local(invoices[4].chasing_schedule_id.next_at), "2026-03-02 09:01")
        self.assertEqual(step.shown_state, "planned")

    def test_a_run_in_between_finds_no_room(self):
        """R113: the minute is counted from the hand-over to the second."""
        self.make_invoices(5)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 3)
        self.now = utc("2026-03-02 09:00") + timedelta(seconds=59)
        self.env["chasing.dispatcher"].sudo()._dispatch(self.now)
        self.assertFalse(self.deliver())
        self.assertEqual(len(self.at_sent("2026-03-02 09:01")), 2)

    def test_nothing_waits_without_a_limit(self):
        self.server.chasing_per_minute = 0
        self.make_invoices(10)
        self.assertEqual(self.minutes("2026-03-02 09:00", 2), [10, 0])

    def test_a_payment_while_it_waits_withdraws_it(self):
        """R32, R113: nothing was handed over, so nothing is taken back."""
        invoices = self.make_invoices(4)
        self.at_sent("2026-03-02 09:00")
        self.pay(invoices[3])
        self.assertEqual(self.reason(invoices[3]), ("cancelled", "paid"))
        self.assertFalse(self.steps(invoices[3])[0].waits_until)
        self.assertFalse(self.at_sent("2026-03-02 09:01"))

    def test_a_queue_that_stands_still_does_not_catch_up_at_once(self):
        """R113: what Odoo has not sent yet counts as long as it waits."""
        self.make_invoices(9)
        for minute in ("09:00", "09:01", "09:02"):
            self.at(f"2026-03-02 {minute}")
        self.assertEqual(len(self.waiting_mails()), 3)
        self.assertEqual(len(self.deliver()), 3)
        self.assertFalse(self.at_sent("2026-03-02 09:02"), "they have just left")
        self.assertEqual(len(self.at_sent("2026-03-02 09:03")), 3)

    def test_room_that_others_leave_is_taken_in_the_next_minute(self):
        """R113: as soon as there is room, whatever was expected."""
        invoices = self.make_invoices(15)
        self.at_sent("2026-03-02 09:00")
        for invoice in invoices[3:12]:
            self.pay(invoice)
        self.assertEqual(self.minutes("2026-03-02 09:01", 2), [3, 0])

    def test_the_first_planned_goes_first(self):
        """R113: those of nine o'clock before those of ten, if nobody was there in between."""
        late = self.make_invoices(2, steps=[("after_issue", 0, 10)])
        early = self.make_invoices(5, steps=[("after_issue", 0, 9)])
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(len(self.at_sent("2026-03-02 10:00")), 3)
        self.assertEqual([self.states(invoice) for invoice in early], 5 * [["sent"]])
        self.assertEqual([self.states(invoice) for invoice in late], [["sent"], ["planned"]])

    def test_a_newer_step_replaces_the_waiting_one(self):
        """R40, R113."""
        self.server.chasing_per_day = 3
        self.make_invoices(3)
        invoice = self.make_invoice(steps=[("after_issue", 0, 9), ("after_issue", 1, 8)])
        self.at_sent("2026-03-02 09:00")
        self.at_sent("2026-03-03 08:00")
        self.assertEqual(
            self.plan(invoice),
            [
                ("2026-03-02 09:00", "skipped", "too_late"),
                ("2026-03-03 08:00", "planned", "mail_server_limit"),
            ],
        )

    def test_waiting_is_not_missing(self):
        """R40, R113: two weeks in the queue, and the window counts from the end of it."""
        self.server.chasing_per_day = 1
        first, second = self.make_invoices(2, steps=[("after_issue", 0, 9)])
        self.at_sent("2026-03-02 09:00")
        self.server.chasing_per_day = 0
        self.server.chasing_per_minute = 0
        self.assertEqual(self.reason(second), ("planned", "mail_server_limit"))
        self.assertEqual(len(self.at_sent("2026-03-02 09:01")), 1)

    def test_the_catch_up_window_counts_from_when_it_waited(self):
        """R40, R113: let go on the 9th, seven days after its date, and not claimed until the 12th."""
        self.server.chasing_per_day = 1
        _first, second = self.make_invoices(2, steps=[("after_issue", 0, 9)])
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(len(self.at_sent("2026-03-09 08:00")), 1)
        self.assertEqual(self.states(second), ["sent"])

    def test_a_step_that_waited_for_another_day_is_not_skipped_for_that_days_contact(self):
        """R17, R113: it goes to the next allowed day instead."""
        self.server.chasing_per_day = 1
        self.make_invoice(steps=[("after_issue", 0, 9)])
        invoice = self.make_invoice(steps=[("after_issue", 0, 9), ("after_issue", 20, 9)])
        self.at_sent("2026-03-02 09:00")
        step, other = self.steps(invoice)
        self.set_clock("2026-03-03 08:30")
        other.action_send_now()
        self.deliver()
        self.server.chasing_per_day = 0
        self.assertFalse(self.at_sent("2026-03-03 09:05"))
        self.assertEqual((self.local(step.scheduled_at), step.reason_code), ("2026-03-04 09:00", "contact_delay"))
        self.assertFalse(step.waits_until)

    def test_a_step_that_waited_within_its_day_is_skipped_for_that_days_contact(self):
        """R17: only a postponement to another day is one."""
        self.make_invoices(3, steps=[("after_issue", 0, 9)])
        invoice = self.make_invoice(steps=[("after_issue", 0, 9), ("after_issue", 20, 9)])
        self.at_sent("2026-03-02 09:00")
        step, other = self.steps(invoice)
        other.action_send_now()
        self.deliver()
        self.at_sent("2026-03-02 09:05")
        self.assertEqual((step.state, step.reason_code), ("skipped", "already_contacted_today"))

    def test_a_day_is_any_24_hours(self):
        """R113: what left at nine makes room at nine."""
        self.server.write({"chasing_per_minute": 0, "chasing_per_day": 4})
        self.make_invoices(6)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 4)
        self.assertFalse(self.at_sent("2026-03-02 18:00"))
        self.assertFalse(self.at_sent("2026-03-03 08:59"))
        self.assertEqual(len(self.at_sent("2026-03-03 09:00")), 2)

    def test_what_waits_goes_within_the_sending_window(self):
        """R8, R113: until 20:59, and from 7 on the next morning."""
        invoices = self.make_invoices(7, steps=[("after_issue", 0, 20)])
        self.assertEqual(self.minutes("2026-03-02 20:58", 2), [3, 3])
        self.assertEqual(self.minutes("2026-03-02 21:00", 3), [0, 0, 0])
        self.assertEqual(self.local(invoices[6].chasing_schedule_id.next_at), "2026-03-03 07:00")
        self.assertFalse(self.at_sent("2026-03-03 06:59"))
        self.assertEqual(len(self.at_sent("2026-03-03 07:00")), 1)

    def test_a_step_of_more_recipients_than_a_minute_takes_is_spread(self):
        """R113: each recipient counts, and nobody gets it twice."""
        for name in ("a", "b", "c", "d", "e"):
            self.make_customer(name, f"{name}@customer.example", type="invoice", parent_id=self.customer.id)
        invoice = self.make_invoice()
        self.assertEqual(self.minutes("2026-03-02 09:00", 3), [3, 2, 0])
        self.assertEqual(self.deliveries(invoice).mapped("state"), 5 * ["sent"])

    def test_a_payment_withdraws_the_recipients_that_are_left(self):
        """R32, R113."""
        for name in ("a", "b", "c", "d", "e"):
            self.make_customer(name, f"{name}@customer.example", type="invoice", parent_id=self.customer.id)
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(self.steps(invoice)[0].reason_code, "mail_server_limit")
        self.pay(invoice)
        self.assertFalse(self.at_sent("2026-03-02 09:01"))
        self.assertEqual(sorted(self.deliveries(invoice).mapped("state")), 2 * ["cancelled"] + 3 * ["sent"])

    def test_a_step_waits_whole(self):
        """R113: its SMS do not go before its e-mail."""
        self.customer.phone = "+4915123456789"
        invoices = self.make_invoices(4, steps=[{"trigger": "after_issue", "hour": 10, "channel_sms": True}])
        self.at("2026-03-02 10:00")
        self.assertFalse(self.deliveries(invoices[3]))
        self.assertEqual(self.reason(invoices[3]), ("planned", "mail_server_limit"))

    def test_a_step_without_an_email_never_waits(self):
        """R113: SMS and letters are not the mail server's."""
        self.customer.phone = "+4915123456789"
        steps = [{"trigger": "after_issue", "hour": 10, "channel_email": False, "channel_sms": True}]
        invoices = self.make_invoices(5, steps=steps)
        self.at("2026-03-02 10:00")
        self.assertEqual(self.env["chasing.delivery"].search_count([("move_id", "in", invoices.ids)]), 5)

    def test_a_persons_click_goes_at_once_and_counts(self):
        """R102, R113."""
        mine, *_others = self.make_invoices(5)
        self.set_clock("2026-03-02 09:00")
        for _round in range(2):
            self.steps(mine).filtered(lambda step: step.state == "planned")[0].action_send_now()
        self.assertEqual(len(self.deliver()), 2)
        self.assertEqual(self.minutes("2026-03-02 09:00", 3), [1, 3, 0])

    def test_a_pause_holds_what_waits_and_the_same_day_lets_it_go(self):
        """R36, R113."""
        invoices = self.make_invoices(4)
        self.at_sent("2026-03-02 09:00")
        schedule = invoices[3].chasing_schedule_id
        schedule.action_pause()
        self.assertEqual(self.reason(invoices[3]), ("held", "paused"))
        self.assertFalse(self.at_sent("2026-03-02 09:01"))
        schedule.action_resume("next")
        self.assertEqual(len(self.at_sent("2026-03-02 09:02")), 1)

    def test_the_brake_does_not_count_what_waited(self):
        """R47, R113: it was counted with the run that began it."""
        self.company.chasing_run_limit = 5
        self.make_invoices(5)
        self.assertEqual(self.minutes("2026-03-02 09:00", 2), [3, 2])
        self.make_invoices(5, steps=[("after_issue", 0, 11)])
        self.assertEqual(self.minutes("2026-03-02 11:00", 2), [3, 2])


@tagged("post_install", "-at_install")
class TestPaceOfServers(PaceCommon):
    def test_each_server_has_its_own(self):
        """R113: by the server that Odoo chooses for the sender."""
        self.make_server("Sally", from_filter="sally@firm.example", chasing_per_minute=1)
        self.make_invoices(3)
        self.make_invoices(4, invoice_user_id=False)
        self.assertEqual(self.minutes("2026-03-02 09:00", 3), [1 + 3, 1 + 1, 1])

    def test_two_companies_share_a_server(self):
        """R113: the provider knows no companies."""
        other = self.make_company_there()
        self.make_invoices(2)
        for _number in range(2):
            self.make_invoice(company=other, invoice_user_id=False)
        self.assertEqual(self.minutes("2026-03-02 09:00", 2), [3, 1])

    def test_a_company_whose_window_is_closed_keeps_nobody_waiting(self):
        """R8, R113: at nine in the evening in Berlin what waits there waits for the morning; New York goes on."""
        other = self.make_company_there("America/New_York", ("after_issue", 0, 15))
        here = self.make_invoices(4, steps=[("after_issue", 0, 20)])
        self.assertEqual(len(self.at_sent("2026-03-02 20:59")), 3)
        there = [self.make_invoice(company=other, invoice_user_id=False) for _number in range(4)]
        self.assertEqual(self.minutes("2026-03-02 21:00", 3), [3, 1, 0])
        self.assertEqual([self.states(invoice)[0] for invoice in there], 4 * ["sent"])
        self.assertEqual(self.reason(here[3]), ("planned", "mail_server_limit"))
        self.assertEqual(len(self.at_sent("2026-03-03 07:00")), 1)

    def test_what_waits_goes_by_a_server_that_is_added(self):
        """R113: Odoo chooses that one for its sender now."""
        self.make_invoices(5)
        self.at_sent("2026-03-02 09:00")
        self.make_server("Sally", from_filter="sally@firm.example")
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 2)

    def test_what_waits_goes_by_another_server_that_takes_its_sender_now(self):
        """R113"""
        other = self.make_server("Other", from_filter="elsewhere.example", sequence=99)
        self.make_invoices(5)
        self.at_sent("2026-03-02 09:00")
        other.from_filter = "sally@firm.example"
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 2)

    def test_the_senders_server_is_the_one_that_odoo_takes(self):
        """R113: each delivery remembers for which server it counted."""
        sally = self.make_server("Sally", from_filter="sally@firm.example", sequence=99)
        invoice, other = self.make_invoices(2)
        other.invoice_user_id = False
        self.at("2026-03-02 09:00")
        self.assertEqual(self.deliveries(invoice).mail_server_id, sally)
        self.assertEqual(self.deliveries(other).mail_server_id, self.server)
        groups = self.waiting_mails()._split_by_mail_configuration()
        self.assertEqual({server_id for server_id, *_rest in groups}, {sally.id, self.server.id})

    def test_a_raised_limit_counts_at_once(self):
        self.make_invoices(10)
        self.at_sent("2026-03-02 09:00")
        self.server.chasing_per_minute = 0
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 7)

    def test_a_raised_limit_counts_for_what_goes_together_with_many_that_wait(self):
        """R113: all that wait are judged anew, a batch at a time; those behind take no room from those in front."""
        self.make_invoices(12)
        self.at_sent("2026-03-02 09:00")
        self.server.chasing_per_minute = 7
        self.assertEqual(len(self.at_sent("2026-03-02 09:00", limit=5)), 4)
        self.assertEqual(self.minutes("2026-03-02 09:01", 2), [5, 0])

    def test_who_waits_goes_by_the_server_of_the_sender_it_has_now(self):
        """R113: the invoice got another salesperson, or the sender another address, while it waited."""
        self.make_server("Sally", from_filter="sally@firm.example", sequence=99)
        invoices = self.make_invoices(6, invoice_user_id=False)
        self.at_sent("2026-03-02 09:00")
        invoices[4].invoice_user_id = self.salesperson
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertIn("sally@firm.example", message["From"])
        self.assertEqual([self.reason(invoice)[0] for invoice in invoices[3:]], ["planned", "sent", "planned"])
        self.company.email = "sally@firm.example"
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 2)

    def test_what_waits_for_a_server_that_is_archived_goes_on(self):
        self.make_invoices(5)
        self.at_sent("2026-03-02 09:00")
        self.make_server("Fast")
        self.server.active = False
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 2)

    def test_what_waits_for_a_server_that_is_deleted_goes_on(self):
        self.make_invoices(5)
        self.at_sent("2026-03-02 09:00")
        self.make_server("Fast")
        self.server.unlink()
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 2)

    def test_what_waits_goes_on_in_a_database_made_harmless(self):
        """As Odoo neutralises a copy: its servers are archived by SQL, and one that leads nowhere is put in."""
        self.make_invoices(5)
        self.at_sent("2026-03-02 09:00")
        self.env.flush_all()
        self.env.cr.execute("UPDATE ir_mail_server SET active = FALSE")
        self.env.invalidate_all()
        self.make_server("neutralization", smtp_host="invalid", from_filter=False)
        self.assertEqual(self.at("2026-03-02 09:01")["under_way"], 2)

    def test_the_servers_of_the_command_line_have_no_pace(self):
        self.server.active = False
        self.make_invoices(10)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 10)

    def test_a_person_chooses_a_provider_by_its_name(self):
        """R113: its published limits are taken over, and may be changed."""
        with Form(self.server) as form:
            form.chasing_limits = "microsoft"
            self.assertEqual((form.chasing_per_minute, form.chasing_per_day), (30, 10000))
            form.chasing_per_minute = 20
            self.assertEqual(form.chasing_limits, "own")
        self.assertEqual((self.server.chasing_per_minute, self.server.chasing_per_day), (20, 10000))
        with Form(self.server) as form:
            form.chasing_limits = False
        self.assertIsNone(self.server._chasing_pace())

    def test_a_provider_may_be_chosen_by_any_client(self):
        """R113: what the form does is done of an import, too."""
        server = self.make_server("Mailbox", chasing_limits="google")
        self.assertEqual((server.chasing_per_minute, server.chasing_per_day), (0, 2000))
        server.chasing_limits = "microsoft"
        self.assertEqual((server.chasing_per_minute, server.chasing_per_day), (30, 10000))
        server.write({"chasing_limits": "own", "chasing_per_minute": 20, "chasing_per_day": 0})
        self.assertEqual((server.chasing_limits, server.chasing_per_minute, server.chasing_per_day), ("own", 20, 0))
        server.chasing_limits = False
        self.assertIsNone(server._chasing_pace())

    def test_a_limit_below_zero_is_refused(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.server.chasing_per_minute = -1
            self.server.flush_recordset()


@tagged("post_install", "-at_install")
class TestStrictServer(ChasingSmtpCommon):
    """A server that takes three messages a minute, and answers 451 to what exceeds that."""

    def work_for(self, minutes, **limits):
        """The numbers of messages that left in each of so many minutes."""
        left = []
        with self.mail_server(per_minute=3, now=lambda: self.now) as taken, self.sending():
            self.env["ir.mail_server"].sudo().search([]).write(limits)
            for minute in range(minutes):
                before = len(taken)
                self.at(f"2026-03-02 09:{minute:02}")
                self.work_off_queue()
                left.append(len(taken) - before)
        return left

    def test_within_its_limits_nothing_is_refused(self):
        """R113"""
        invoices = self.make_invoices(8)
        self.assertEqual(self.work_for(3, chasing_per_minute=3), [3, 3, 2])
        self.assertEqual({self.deliveries(invoice).state for invoice in invoices}, {"sent"})

    @mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")
    def test_without_them_what_it_refuses_fails_with_its_words(self):
        """R83, R84: nothing is lost, nobody gets it twice, and a retry goes once there is room again."""
        invoices = self.make_invoices(5)
        self.assertEqual(self.work_for(2), [3, 0])
        deliveries = [self.deliveries(invoice) for invoice in invoices]
        self.assertEqual([delivery.state for delivery in deliveries], 3 * ["sent"] + 2 * ["failed"])
        self.assertIn("too many messages", deliveries[4].failure_detail)
        self.steps(invoices[4])[0].action_retry()
        self.assertEqual(len(self.deliver_by_smtp()), 1)
        self.assertEqual(self.steps(invoices[4])[0].state, "sent")
