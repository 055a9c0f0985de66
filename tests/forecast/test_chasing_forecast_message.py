"""What the forecast keeps is what the engine would say anew, whatever happens: else the invoice is marked."""

import random

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.forecast import chasing_forecast_message, chasing_prediction
from ..builders.builders import utc
from ..builders.forecast import ForecastCommon

SEED = 2026
DAYS_LONG = 26
ACTS_A_DAY = 8


@tagged("post_install", "-at_install")
class TestChasingForecastMessage(ForecastCommon):
    def setUp(self):
        super().setUp()
        self.messages = self.env["chasing.forecast.message"].sudo()

    def kept(self, schedules):
        """{what is kept of the steps of some schedules and is still to come}."""
        self.env.flush_all()
        self.messages.invalidate_model()
        return {
            (one.step_id.id, one.channel, one.at, one.outcome, one.reason_code or None, one.until or None)
            for one in self.messages.search([("schedule_id", "in", schedules.ids)])
            if not one.until or one.until >= self.now
        }

    def told_anew(self, schedules):
        """{what the engine says of them at this moment}."""
        told = schedules.sudo().filtered(lambda schedule: schedule._is_foretold())
        return {
            (one.key, one.channel, one.at, one.outcome, one.reason_code, one.until)
            for _schedule, messages in self.messages._foretold(told)
            for one in messages
        }

    def catch_up(self):
        self.messages._catch_up(self.company)

    def assert_true(self, schedules, after):
        """What is kept of those that are not marked is what the engine says."""
        self.env.flush_all()
        fresh = schedules.exists().filtered(lambda schedule: not schedule.is_forecast_stale)
        self.assertEqual(self.kept(fresh), self.told_anew(fresh), after)

    # ------------------------------------------------------------------ one by one

    def test_what_has_left_is_forgotten_at_once(self):
        """R83: also while its invoice is marked, and the limit keeps the reader from foretelling it."""
        invoice = self.chased([("after_due", 0, 9), ("after_due", 5, 9)])
        self.catch_up()
        self.assertEqual(len(self.kept(invoice.chasing_schedule_id)), 2)
        self.at("2026-03-02 09:00")
        self.assertTrue(invoice.chasing_schedule_id.is_forecast_stale)
        self.assertEqual(len(self.kept(invoice.chasing_schedule_id)), 1)

    def test_a_payment_lets_nothing_be_told(self):
        """R32"""
        invoice = self.chased([("after_due", 5, 9)])
        self.catch_up()
        self.pay(invoice)
        self.assertFalse(self.kept(invoice.chasing_schedule_id))
        self.assertFalse(self.lines(invoice))

    def test_who_looks_is_told_what_is_true_now(self):
        """R36: though nothing ran in the background since the pause."""
        invoice = self.chased([("after_due", 5, 9)])
        self.assertEqual(self.lines(invoice).outcome, "goes")
        invoice.chasing_schedule_id.action_pause()
        self.assertEqual(self.lines(invoice).outcome, "held")

    def test_much_that_changed_is_left_to_the_background_and_said(self):
        """Whoever looks is told of how many invoices it is not known yet; the scheduled action works it off."""
        invoices = self.chased([("after_due", 5, 9)]) | self.chased([("after_due", 6, 9)])
        self.lines(invoices)
        invoices.chasing_schedule_ids.action_pause()
        self.patch(chasing_forecast_message, "READ_LIMIT", 1)
        dashboard = self.env["chasing.dashboard"]
        self.assertEqual(set(self.lines(invoices).mapped("outcome")), {"goes"})
        self.assertIn("2 invoices", dashboard.get_banner()["stale"])
        cron = self.env.ref("invoice_chasing.ir_cron_predict")
        self.assertTrue(self.env["ir.cron.trigger"].sudo().search_count([("cron_id", "=", cron.id)]))
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(set(self.lines(invoices).mapped("outcome")), {"held"})
        self.assertFalse(dashboard.get_banner()["stale"])

    def test_what_changes_for_a_whole_company_is_marked_in_the_background(self):
        """R38: whoever pays one of 200,000 invoices does not wait until all of them are marked; the screen says it."""
        invoices = self.chased([("after_due", 5, 9)]) | self.chased([("after_due", 6, 9)])
        self.lines(invoices)
        schedules, dashboard = invoices.chasing_schedule_ids, self.env["chasing.dashboard"]
        self.patch(chasing_prediction, "MARK_LIMIT", 1)
        self.company.chasing_window_from = 8
        self.assertFalse(any(schedules.mapped("is_forecast_stale")))
        self.assertIn("2 invoices", dashboard.get_banner()["stale"])
        foretold = []
        told = type(self.messages)._foretold
        self.patch(type(self.messages), "_foretold", lambda model, part: foretold.extend(part.ids) or told(model, part))
        with self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_predict").method_direct_trigger()
        self.assertEqual(sorted(foretold), sorted(schedules.ids))
        self.assertFalse(dashboard.get_banner()["stale"])

    def test_one_that_cannot_be_foretold_stops_no_other(self):
        """R82: nothing is told of it, which is said; it is tried again when it changes, and at night."""
        bad, good = self.chased([("after_due", 5, 9)]), self.chased([("after_due", 6, 9)])
        told = type(self.messages)._foretold

        def foretold(messages, schedules):
            if bad.chasing_schedule_id in schedules:
                raise ValueError("a broken one")
            return told(messages, schedules)

        self.patch(type(self.messages), "_foretold", foretold)
        dashboard = self.env["chasing.dashboard"]
        with self.assertLogs("odoo.addons.invoice_chasing", "ERROR"):
            self.assertEqual(self.lines(bad | good).move_id, good)
        # Nobody tries it again and again.
        self.assertEqual(self.lines(bad | good).move_id, good)
        self.assertFalse(any((bad | good).chasing_schedule_id.mapped("is_forecast_stale")))
        said = dashboard.get_banner()["stale"]
        self.assertIn("The messages to come of 1 invoice could not be calculated", said)
        self.assertNotIn("being recalculated", said)
        self.patch(type(self.messages), "_foretold", told)
        self.env["chasing.prediction"]._cron_predict_all()
        with self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_predict").method_direct_trigger()
        self.assertEqual(self.lines(bad | good).move_id, bad | good)
        self.assertFalse(dashboard.get_banner()["stale"])

    def test_what_is_foretold_waits_for_no_predictions(self):
        """R80: however many are to be predicted, a batch of each goes in turn."""
        invoices, foretold = self.chased([("after_due", 5, 9)]) | self.chased([("after_due", 6, 9)]), []
        schedules = invoices.chasing_schedule_ids
        self.lines(invoices)
        schedules.sudo().write({"is_prediction_stale": True, "is_forecast_stale": True})
        self.patch(chasing_prediction, "BATCH_SIZE", 1)
        predictions = self.env.registry["chasing.prediction"]
        self.patch(predictions, "_refresh", lambda _model, part, with_texts=False: foretold.append("predicted"))
        told = type(self.messages)._foretold
        self.patch(type(self.messages), "_foretold", lambda model, part: foretold.append("told") or told(model, part))
        # Nothing is ever done with them: they come again and again.
        with self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_predict").method_direct_trigger()
        self.assertIn("told", foretold[:2])
        self.assertFalse(any(schedules.mapped("is_forecast_stale")))

    def test_copies_for_colleagues_use_up_no_day(self):
        """R17, R42, R62: neither in the forecast nor in the runs."""
        user = self.make_user("sam", "account.group_account_invoice")
        role = self.make_role("Director", holder_ids=[Command.create({"user_id": user.id})])
        copy = {"trigger": "after_due", "days": 5, "hour": 9, "role_id": role.id}
        invoice = self.chased([copy, ("after_due", 7, 9)], min_contact_days=5)
        step = self.step(invoice, "after_due")[:1]
        self.assertEqual(self.steps(invoice).filtered("copied"), step)
        told = [(line.step_id, str(line.local_day), line.outcome) for line in self.lines(invoice).sorted("id")]
        self.assertEqual([day for _step, day, _outcome in told], ["2026-03-07", "2026-03-09"])
        self.assertEqual({outcome for _step, _day, outcome in told}, {"goes"})
        self.run_until(utc("2026-03-20 09:00"))
        deliveries = self.deliveries(invoice)
        self.assertEqual([str(one.local_day) for one in deliveries], ["2026-03-07", "2026-03-09"])
        self.assertEqual(deliveries.mapped("is_internal"), [True, False])

    def test_the_next_message_is_the_forecasts(self):
        """R96: of what waits for the minimum days, not what stands first."""
        invoice = self.chased([("after_due", 5, 9), ("after_due", 7, 9)], min_contact_days=5)
        self.at_sent("2026-03-07 09:00")
        [line] = self.lines(invoice).filtered(lambda line: line.outcome == "goes")
        said = " ".join(part["text"] for part in self.env["chasing.dashboard"].get_today())
        self.assertEqual(str(line.local_day), "2026-03-12")
        self.assertIn("next Thu 12 Mar 09:00", said)

    def test_what_stays_the_same_is_not_written_again(self):
        """Issue 12: a night in which nothing changed writes nothing."""
        invoice = self.chased([("after_due", 5, 9), ("after_due", 6, 9)])
        self.catch_up()

        places = self.places(invoice)
        self.messages._refresh(invoice.chasing_schedule_id)
        self.assertEqual(self.places(invoice), places)

    def places(self, invoice):
        self.env.cr.execute(
            "SELECT id, ctid, xmin FROM chasing_forecast_message WHERE schedule_id = %s ORDER BY id",
            invoice.chasing_schedule_id.ids,
        )
        return self.env.cr.fetchall()

    # ------------------------------------------------------------------ a month of everything

    def test_whatever_happens_what_is_kept_is_true_or_marked(self):
        """R8, R17, R32, R35, R36, R37, R38, R42, R47, R60, R63, R83, R101."""
        self.dice = random.Random(SEED)
        self.role = self.make_role("Boss")
        self.invoices = self.env["account.move"].union(*(self.make_random_invoice() for _number in range(30)))
        acts = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("act_")]
        done = set()
        for day in range(3, 3 + DAYS_LONG):
            self.catch_up()
            self.run_until(utc(f"2026-03-{day:02} 12:00"))
            self.set_clock(f"2026-03-{day:02} 12:00")
            self.assert_true(self.invoices.chasing_schedule_ids, f"the runs until the {day}th")
            for _number in range(ACTS_A_DAY):
                self.catch_up()
                act, invoice = self.dice.choice(acts), self.dice.choice(self.invoices)
                if self.try_to(act, invoice):
                    done.add(act.__name__)
                self.assert_true(self.invoices.chasing_schedule_ids, f"{act.__name__} on the {day}th")
        self.assertGreater(len(done), len(acts) * 0.8, sorted({act.__name__ for act in acts} - done))

    def try_to(self, act, invoice):
        """Whether what a person tries is possible; what is not changes nothing."""
        try:
            with self.env.cr.savepoint():
                act(invoice)
                self.env.flush_all()
        except (UserError, AccessError):
            return False
        return True

    def make_random_invoice(self):
        dice = self.dice
        steps = {}
        for _number in range(dice.randint(1, 5)):
            trigger = dice.choice(("on_issue", "after_issue", "before_due", "after_due", "after_due"))
            step = {
                "trigger": trigger,
                "days": 0 if trigger == "on_issue" else dice.randint(1, 14),
                "hour": dice.choice((9, 10, 14, 16)),
                "mode": dice.choice(("auto",) * 8 + ("ask",)),
                "role_id": dice.choice((False,) * 5 + (self.role.id,)),
                "channel_letter": dice.random() < 0.2,
            }
            steps[trigger, step["days"], step["hour"], step["role_id"]] = step
        terms = {"min_contact_days": dice.choice((0, 0, 3, 6))}
        return self.chased(list(steps.values()), due=f"2026-03-{dice.randint(5, 28):02}", **terms)

    def schedule(self, invoice):
        return invoice.chasing_schedule_id

    def step_to_come(self, invoice):
        return self.schedule(invoice).step_ids.filtered(lambda step: step.state in ("planned", "held", "waiting"))[:1]

    # acts: whatever may happen to an invoice, its customer, its steps and messages

    def act_pause(self, invoice):
        self.schedule(invoice).action_pause(until=self.dice.choice((None, f"2026-03-{self.dice.randint(4, 30):02}")))

    def act_resume(self, invoice):
        self.schedule(invoice).action_resume(self.dice.choice(("last", "next", "shift")))

    def act_disable(self, invoice):
        self.schedule(invoice).action_disable()

    def act_enable(self, invoice):
        self.schedule(invoice).action_enable()

    def act_cancel(self, invoice):
        if self.dice.random() < 0.2:
            self.schedule(invoice).action_cancel()

    def act_mark_sent(self, invoice):
        self.schedule(invoice).action_mark_sent()

    def act_send_by_odoo(self, invoice):
        self.schedule(invoice).sudo()._sent_by_odoo(self.now)

    def act_pay(self, invoice):
        self.pay(invoice, self.dice.choice((None, 1.0, 2.0)), payment_date=f"2026-03-{self.dice.randint(2, 30):02}")

    def act_take_payment_back(self, invoice):
        invoice.line_ids.remove_move_reconcile()

    def act_block(self, invoice):
        invoice.action_toggle_block_payment()

    def act_extend(self, invoice):
        invoice.invoice_date_due = f"2026-03-{self.dice.randint(5, 30):02}"

    def act_draft_and_post(self, invoice):
        invoice.button_draft()
        invoice.action_post()

    def act_move_to_a_cadence(self, invoice):
        self.schedule(invoice)._apply_cadence(self.dice.choice(self.invoices).chasing_cadence_id)

    def act_pause_customer(self, invoice):
        invoice.partner_id.action_chasing_pause(until=f"2026-03-{self.dice.randint(4, 30):02}")

    def act_resume_customer(self, invoice):
        invoice.partner_id.action_chasing_resume()

    def act_exclude_customer(self, invoice):
        invoice.partner_id.action_chasing_exclude()

    def act_include_customer(self, invoice):
        invoice.partner_id.action_chasing_include()

    def act_lose_address(self, invoice):
        invoice.partner_id.email = self.dice.choice((False, "broken", "customer@customer.example"))

    def act_give_role(self, invoice):
        invoice.partner_id.chasing_role_ids = self.dice.choice((self.role, self.role.browse()))

    def act_add_contact(self, invoice):
        self.make_customer("Ap", "ap@customer.example", parent_id=invoice.partner_id.id, type="invoice")

    def act_own_list(self, invoice):
        self.schedule(invoice)._set_contacts(self.dice.random() < 0.5, "own@customer.example")

    def act_send_now(self, invoice):
        self.step_to_come(invoice).action_send_now()

    def act_skip(self, invoice):
        self.step_to_come(invoice).action_skip()

    def act_retry(self, invoice):
        self.schedule(invoice).step_ids.filtered(lambda step: step.state in ("failed", "partly"))[:1].action_retry()

    def act_ask_before(self, invoice):
        self.step_to_come(invoice).sudo().mode = self.dice.choice(("auto", "ask"))

    def act_change_channel(self, invoice):
        self.step_to_come(invoice).sudo().channel_letter = self.dice.random() < 0.5

    def act_deliver(self, invoice):
        self.deliver(refused=self.dice.choice(((), ("customer@customer.example",))))

    def act_change_delay(self, invoice):
        self.schedule(invoice).sudo().min_contact_days = self.dice.randint(0, 6)

    def act_switch_off_and_on(self, invoice):
        self.company.chasing_enabled = not self.company.chasing_enabled
        if self.dice.random() < 0.8:
            self.company.chasing_enabled = True

    def act_change_window(self, invoice):
        self.company.chasing_window_from = self.dice.randint(6, 10)

    def act_limit(self, invoice):
        self.company.chasing_run_limit = self.dice.choice((1, 500))

    def act_release(self, invoice):
        self.company.action_chasing_release_brake()

    def act_dispute(self, invoice):
        invoice.no_followup = not invoice.no_followup
