from ast import literal_eval
from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

from lxml import etree

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingList(ChasingCommon):
    """The list of everything that is chased (R94, R95)."""

    def test_foreign_currency_is_counted_in_the_companys(self):
        currency = self.setup_other_currency("EUR", rates=[("2016-01-01", 2.0)])
        invoice = self.make_invoice(amount=100, currency_id=currency.id)
        self.assertEqual(invoice.chasing_schedule_id.amount_residual_signed, 50)

    def test_search_by_phone_in_any_spelling(self):
        """R94"""
        self.customer.write({"phone": "+49 151 123 456 78"})
        invoice = self.make_invoice()
        for spelling in ("+4915112345678", "0151 12345678", "151 123 45678"):
            with self.subTest(spelling=spelling):
                found = self.env["chasing.schedule"].search([("phone", "ilike", spelling)])
                self.assertIn(invoice.chasing_schedule_id, found)

    def test_search_by_phone_with_a_zero_that_is_not_dialled(self):
        """R94"""
        for number, spellings in (
            ("+41 (0)44 668 18 00", ("+41446681800", "+41 (0)44 668 18 00", "0041 44 668 18 00", "044 668 18 00")),
            ("+31 30 123 4567", ("+31 (0)30 123 4567", "+31 ( 0 ) 30 1234567")),
        ):
            self.customer.phone = number
            invoice = self.make_invoice()
            for spelling in spellings:
                with self.subTest(number=number, spelling=spelling):
                    found = self.env["chasing.schedule"].search([("phone", "ilike", spelling)])
                    self.assertIn(invoice.chasing_schedule_id, found)

    def test_search_by_phone_of_somebody_at_the_customer(self):
        """R94"""
        self.make_customer("Her clerk", False, parent_id=self.customer.id, phone="+49 30 7654321")
        other = self.make_invoice(partner_id=self.make_customer("Other", False, phone="+49 30 1111111").id)
        invoice = self.make_invoice()
        found = self.env["chasing.schedule"].search([("phone", "ilike", "030 / 765 43 21")])
        self.assertEqual((found & (invoice | other).chasing_schedule_ids), invoice.chasing_schedule_ids)

    def test_days_late_and_light_are_sorted_and_grouped(self):
        """R93, R94"""
        late, soon = self.make_invoice(due="2026-03-05"), self.make_invoice(due="2026-03-30")
        self.at_sent("2026-03-08 12:00")
        schedules, both = self.env["chasing.schedule"], [("move_id", "in", (late | soon).ids)]
        found = schedules.search(both, order="days_late desc")
        self.assertEqual((found.move_id, found.mapped("days_late")), (late + soon, [3, 0]))
        self.assertEqual(dict(schedules._read_group(both, ["days_late"], ["__count"])), {3: 1, 0: 1})
        self.assertEqual(dict(schedules._read_group(both, ["light"], ["__count"])), {"yellow": 2})
        self.assertEqual(schedules.search([*both, ("light", "in", ("red", "green"))]), schedules)
        described = schedules.fields_get(["days_late", "light"], ["sortable", "groupable"])
        self.assertEqual({(one["sortable"], one["groupable"]) for one in described.values()}, {(True, True)})

    def test_what_failed_before_anything_could_leave_is_red(self):
        """R93"""
        schedule = self.make_invoice(partner_id=self.make_customer("Silent", False).id).chasing_schedule_id
        self.at("2026-03-02 09:00")
        self.assertEqual((schedule.light, schedule.last_contact_text), ("red", "Mon 2 Mar 09:00"))
        schedule.partner_id.email = "now@customer.example"
        self.at_sent("2026-03-27 10:00")
        self.assertEqual(schedule.light, "yellow")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_last_contact_and_its_light(self):
        """R93: the latest message decides."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        self.assertFalse(schedule.light)
        self.at_sent("2026-03-02 09:00")
        schedule.invalidate_recordset()
        self.assertEqual((schedule.light, schedule.last_contact_text), ("yellow", "E-mail, Mon 2 Mar 09:00"))
        self.at("2026-03-13 10:00")
        self.deliver(refused=["ann@customer.example"])
        schedule.invalidate_recordset()
        self.assertEqual(schedule.light, "red")

    def test_the_status_says_why(self):
        """R95: what failed, what will, what holds, and that nothing is left to send."""
        failed, holding, late, running = (
            self.make_invoice(partner_id=self.make_customer("Silent", False).id),
            self.make_invoice(),
            self.make_invoice(),
            self.make_invoice(),
        )
        schedules = [invoice.chasing_schedule_id for invoice in (failed, holding, late, running)]
        self.assertIn("e-mail address", schedules[0].status_reason)
        self.assertEqual(failed.chasing_status, "will_fail")
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(failed.chasing_status, "failed")
        holding.chasing_schedule_id.action_pause(until="2026-03-10", reason="dispute")
        late.chasing_schedule_id.step_ids[1:].action_skip()
        reasons = [schedule.status_reason for schedule in schedules]
        self.assertIn("e-mail address", reasons[0])
        self.assertIn("aused until Tue 10 Mar 2026", reasons[1])
        self.assertIn("still unpaid", reasons[2])
        self.assertFalse(reasons[3])

    def test_what_was_settled_and_is_due_again_says_so(self):
        """R34"""
        invoice = self.make_invoice()
        self.pay(invoice)
        invoice.line_ids.remove_move_reconcile()
        self.assertIn("due again", invoice.chasing_schedule_id.status_reason)

    def test_days_late_are_told_in_words(self):
        late, soon = self.make_invoice(due="2026-03-05"), self.make_invoice(due="2026-03-30")
        schedules = (late | soon).chasing_schedule_ids
        self.assertEqual([schedule.days_late_text for schedule in schedules], [False, False])
        self.set_clock("2026-03-06 12:00")
        self.env.invalidate_all()
        self.assertEqual(
            [late.chasing_schedule_id.days_late_text, soon.chasing_schedule_id.days_late_text], ["1 day late", False]
        )
        self.set_clock("2026-03-08 12:00")
        self.env.invalidate_all()
        self.assertEqual(late.chasing_schedule_id.days_late_text, "3 days late")

    def test_payment_link(self):
        schedule = self.make_invoice().chasing_schedule_id
        self.assertRegex(schedule.get_payment_link(), r"^http.*/my/invoices/\d+\?access_token=")

    def test_needs_me_filter(self):
        silent = self.make_customer("Silent", False)
        soon = self.make_invoice(partner_id=silent.id)
        self.make_invoice()
        self.assertEqual(self.needing_me(), soon)

    def needing_me(self):
        """What the filter that the screen opens with finds."""
        return self.env["chasing.schedule"].search(self.needs_me_domain()).move_id

    def needs_me_domain(self):
        arch = self.env.ref("invoice_chasing.chasing_schedule_view_search").arch
        [node] = etree.fromstring(arch).xpath("//filter[@name='needs_me']")
        return literal_eval(node.get("domain"))

    def test_the_filter_that_opens_names_all_that_it_looks_among(self):
        """R95: the filter's first condition takes nothing away from the others, and adds nothing."""
        first, *others = self.needs_me_domain()
        self.assertEqual(first[0], "status")
        named = {term[2] for term in others if term[0] == "status" and term[1] == "="}
        listed = [term[2] for term in others if term[0] == "status" and term[1] == "in"]
        self.assertEqual(set(first[2]), named.union(*listed) | {"will_fail"})

    def test_first_page_is_read_in_the_order_of_its_index(self):
        """R95: of a million schedules the first page reads no more than it shows."""
        self.make_invoice()
        arch = etree.fromstring(self.env.ref("invoice_chasing.chasing_schedule_view_list").arch)
        order = arch.get("default_order")
        query = self.env["chasing.schedule"]._search(self.needs_me_domain(), limit=80, order=order)
        self.assertIn("chasing_schedule_wanting", self.plan_without(query.select(), "seqscan", "bitmapscan", "sort"))

    def test_what_will_fail_soon_is_told_by_an_index_alone(self):
        """R96"""
        self.make_invoice()
        # In a small table it costs as much as this one.
        self.env.cr.execute("DROP INDEX chasing_step__schedule_id_index")
        query = self.env["chasing.schedule"]._search([("fails_soon", "=", True)])
        plan = self.plan_without(query.select(), "seqscan", "bitmapscan", "mergejoin", "nestloop")
        self.assertIn("chasing_step_failing", plan)

    def test_cards_are_told_by_an_index_alone(self):
        """R95"""
        self.make_invoice()
        with self.statements() as told:
            self.env["chasing.dashboard"].get_cards()
        [totals] = [statement for statement in told if "SUM(" in statement]
        plan = self.plan_without(SQL(totals.replace("%", "%%")), "seqscan", "bitmapscan", "indexscan")
        self.assertIn("Index Only Scan using chasing_schedule_totals", plan)

    def plan_without(self, statement, *ways):
        """PostgreSQL's plan of a statement when it may not go these ways, which are shorter in a small table."""
        self.env.flush_all()
        for way in ways:
            self.env.cr.execute(f"SET LOCAL enable_{way} = off")
        plan = self.env.execute_query(SQL("EXPLAIN %s", statement))
        return "\n".join(line for (line,) in plan)

    @contextmanager
    def statements(self):
        """The statements that are executed meanwhile, as PostgreSQL gets them."""
        told, execute = [], type(self.env.cr).execute

        def listening(cursor, *args, **kwargs):
            result = execute(cursor, *args, **kwargs)
            told.append(cursor._obj.query.decode())
            return result

        with patch.object(type(self.env.cr), "execute", listening):
            yield told

    def test_what_waits_for_a_person_and_will_fail_needs_me(self):
        """R95: it has no next send until somebody acts."""
        self.cadence.step_ids[0].mode = "ask"
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertFalse(self.needing_me())
        self.customer.email = False
        self.assertEqual((invoice.chasing_status, invoice.chasing_schedule_id.next_at), ("will_fail", False))
        self.assertEqual(self.needing_me(), invoice)

    def test_what_will_fail_in_months_does_not_need_me_yet(self):
        """R95: neither does what goes well before."""
        cadence = self.make_cadence(
            "Texts",
            [
                {"trigger": "on_issue", "hour": 9},
                {"trigger": "after_due", "days": 60, "hour": 9, "channel_email": False, "channel_sms": True},
            ],
        )
        invoice = self.make_invoice()
        invoice._chasing_assign(cadence)
        self.assertEqual(invoice.chasing_status, "will_fail")
        self.assertFalse(self.needing_me())
        self.set_clock("2026-05-02 09:00")
        self.assertEqual(self.needing_me(), invoice)

    def test_number_of_queries_does_not_grow_with_the_cards(self):
        customers = [self.make_customer(f"Customer {number}", f"c{number}@c.example") for number in range(10)]
        invoices = self.env["account.move"].union(*(self.make_invoice(partner_id=one.id) for one in customers))
        view = self.env.ref("invoice_chasing.chasing_schedule_view_kanban")
        names = [node.get("name") for node in etree.fromstring(view.arch).iter("field")]
        counts = []
        for some in (invoices[:2], invoices):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.chasing_schedule_ids.web_read({name: {} for name in names})
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_what_only_the_addon_reads_is_not_offered_to_search_or_group(self):
        for model, inner, shown in (
            ("schedule", "is_prediction_stale", "due_date"),
            ("step", "prediction_code", "state"),
            ("forecast.line", "reason_code", "outcome"),
        ):
            for name, offered in ((inner, False), (shown, True)):
                [described] = self.env[f"chasing.{model}"].fields_get([name], ["searchable", "groupable"]).values()
                self.assertEqual(described, {"searchable": offered, "groupable": offered}, name)
        self.assertEqual(self.env["chasing.schedule"].fields_get(["closure"], ["type"])["closure"]["type"], "char")

    def test_no_sum_mixes_currencies_or_counts_an_invoice_twice(self):
        """An invoice's money stands at each of its messages and steps, and the invoices' own currencies differ."""
        for model, name in (("schedule", "amount_residual"), ("step", "amount_residual"), ("forecast.line", "amount")):
            described = self.env[f"chasing.{model}"].fields_get([name], ["aggregator"])
            self.assertFalse(described[name].get("aggregator"), model)


@tagged("post_install", "-at_install")
class TestChasingActions(ChasingCommon):
    """R101: what asks, what is a task, and many of them at once."""

    def asked(self, mode="ask"):
        self.cadence.step_ids[0].mode = mode
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        return self.step(invoice, "on_issue")

    def test_step_asks_before_it_is_sent(self):
        step = self.asked()
        self.assertEqual(step.state, "waiting")
        self.assertFalse(self.deliver())
        step.action_send_now()
        self.assertEqual((len(self.deliver()), step.state), (1, "sent"))

    def test_what_waited_holds_up_the_following(self):
        """R101: sent three days late, the next ones move by three days."""
        step = self.asked()
        self.set_clock("2026-03-05 11:00")
        step.action_send_now()
        self.assertEqual(
            [at for at, _state, _reason in self.plan(step.move_id)][1:], ["2026-03-16 10:00", "2026-03-24 14:00"]
        )

    def test_nothing_goes_past_a_step_that_waits(self):
        """R101: a week later the next step is overdue, and stays until somebody acts; then it keeps its distance."""
        step = self.asked()
        invoice, schedule = step.move_id, step.schedule_id
        self.at("2026-03-20 14:00")
        self.assertEqual((self.states(invoice), schedule.next_at), (["waiting", "planned", "planned"], False))
        self.assertIn("earlier step is waiting for approval", self.steps(invoice)[1].reason)
        self.assertIn("awaiting approval (by ", schedule.headline)
        outlook = self.env["chasing.forecast.line"].search([("schedule_id", "=", schedule.id)])
        self.assertEqual(set(outlook.mapped("outcome")), {"asks"})
        step.action_skip()
        places = [at for at, _state, _reason in self.plan(invoice)]
        self.assertEqual(places[1:], ["2026-03-31 10:00", "2026-04-08 14:00"])
        self.assertFalse(self.steps(invoice)[1].reason)

    def test_the_responsible_is_told_that_a_step_waits(self):
        """R101: never in silence."""
        step = self.asked()
        alert = self.env["mail.activity"].search([("user_id", "=", step.schedule_id._responsible_users().id)])
        self.assertIn("The step is waiting for approval", alert.note)

    def test_one_that_waits_and_is_moved_takes_the_following_along(self):
        """R84, R101"""
        step = self.asked()
        self.set_clock("2026-03-05 11:00")
        step._reschedule(date(2026, 3, 9), 9)
        self.assertEqual(
            [at for at, _state, _reason in self.plan(step.move_id)],
            ["2026-03-09 09:00", "2026-03-20 10:00", "2026-03-28 14:00"],
        )

    def test_two_that_wait_together_hold_up_once(self):
        """R101: both of 2 March, sent on the 3rd and the 5th: the next one moves by three days, not by four."""
        ask = {"trigger": "on_issue", "days": 0, "hour": 9, "mode": "ask"}
        call = {"trigger": "after_issue", "days": 0, "hour": 9, "mode": "task"}
        cadence = self.make_cadence("Both", [ask, call, ("after_issue", 10, 10)])
        invoice = self.make_invoice(cadence=cadence)
        self.at("2026-03-02 09:00")
        self.assertEqual(self.states(invoice), ["waiting", "waiting", "planned"])
        self.set_clock("2026-03-03 11:00")
        self.steps(invoice)[0].action_skip()
        self.assertEqual(self.plan(invoice)[-1][0], "2026-03-12 10:00")
        self.set_clock("2026-03-05 11:00")
        self.steps(invoice)[1].action_done()
        self.assertEqual(self.plan(invoice)[-1][0], "2026-03-15 10:00")

    def test_task_is_done_by_a_person(self):
        step = self.asked("task")
        self.assertEqual((step.state, "done" in step.allowed), ("waiting", True))
        self.set_clock("2026-03-03 11:00")
        step.action_done()
        self.assertEqual((step.state, step.reason_code), ("sent", "done_by_person"))
        self.assertFalse(self.deliver())
        self.assertEqual(self.plan(step.move_id)[1][0], "2026-03-14 10:00")

    def filtered(self, name):
        """The steps that a filter of the list shows."""
        arch = etree.fromstring(self.env.ref("invoice_chasing.chasing_step_view_search").arch)
        domain = literal_eval(arch.find(f".//filter[@name='{name}']").get("domain"))
        return self.env["chasing.step"].search([*domain, ("company_id", "=", self.company.id)])

    def test_nothing_is_to_do_for_an_invoice_that_is_not_chased_now(self):
        """R36: with nothing allowed it would stay in the list for ever."""
        sent = self.step(self.make_invoice(), "on_issue")
        asking, task = self.asked(), self.asked("task")
        self.assertEqual((self.filtered("to_do"), self.filtered("asking")), (asking | task, asking))
        self.assertEqual((self.filtered("tasks"), self.filtered("today")), (task, sent | asking | task))
        self.deliver()
        (asking | task | sent).schedule_id.action_disable()
        for name in ("to_do", "asking", "tasks", "failed", "planned"):
            self.assertFalse(self.filtered(name), name)
        self.assertEqual(self.filtered("today"), sent)

    def test_only_a_waiting_task_is_done(self):
        with self.assertRaisesRegex(Exception, "Only a task"):
            self.asked().action_done()

    def test_forecast_says_what_goes_and_what_does_not(self):
        silent = self.make_customer("Silent", False)
        bad, good, held = self.make_invoice(partner_id=silent.id), self.make_invoice(), self.make_invoice()
        held.chasing_schedule_id.action_pause()
        self.env.flush_all()
        lines = self.env["chasing.forecast.line"].search([("company_id", "=", self.company.id)])
        self.assertEqual(
            {(line.move_id, line.outcome, line.reason_code) for line in lines},
            {(bad, "fails", "no_recipient"), (good, "goes", False), (held, "held", "paused")},
        )
        self.assertIn("paused", lines.filtered(lambda line: line.move_id == held)[0].reason)
