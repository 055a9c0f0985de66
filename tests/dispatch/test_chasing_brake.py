from odoo import Command
from odoo.tests import tagged

from ...models.dispatch.chasing_brake import Tally
from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingBrake(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.chasing_run_limit = 2

    def test_a_run_within_the_limit_goes(self):
        """R47."""
        self.make_invoices(2)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 2)

    def test_a_run_above_the_limit_waits_and_the_managers_are_told(self):
        """R47, R94."""
        invoices = self.make_invoices(3)
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        steps = invoices.chasing_schedule_ids.step_ids.filtered(lambda step: step.trigger == "on_issue")
        self.assertEqual(steps.mapped("state"), ["held"] * 3)
        self.assertEqual(set(steps.mapped("reason_code")), {"run_limit"})
        self.assertIn("3 messages of 3 invoices are held", self.company.partner_id.message_ids[0].body)
        self.assertFalse(self.at_sent("2026-03-02 09:15"))

    def test_one_click_lets_a_held_run_go(self):
        """R47: a manager without a system administrator's rights."""
        self.make_invoices(3)
        self.at("2026-03-02 09:00")
        manager = self.make_user("manager", "invoice_chasing.group_manager")
        self.set_clock("2026-03-02 10:20")
        self.company.with_user(manager).action_chasing_release_brake()
        self.env.cr.flush()
        self.assertEqual(len(self.at_sent("2026-03-02 10:30")), 3)

    def test_no_documents_are_made_for_what_the_brake_holds(self):
        """R47, R73: a PDF takes a second."""
        made = []
        self.patch(
            self.env.registry["account.move.send"],
            "_chasing_generate",
            lambda _sender, *made_now: made.append(made_now),
        )
        self.make_invoices(3)
        self.at("2026-03-02 09:00")
        self.assertFalse(made)

    def test_another_company_is_not_braked(self):
        """R47."""
        data = self.setup_other_company(name="Other")
        data["company"].write({"chasing_enabled": True, "chasing_tz": "Europe/Berlin", "email": "o@other.example"})
        cadence = self.env["chasing.cadence"].search([("company_id", "=", data["company"].id)], limit=1)
        self.make_invoices(3)
        invoice = self.make_invoice(company=data["company"])
        invoice._chasing_assign(cadence)
        self.env.cr.flush()
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

    def test_a_closed_invoice_held_by_the_brake_is_over(self):
        """R32."""
        invoices = self.make_invoices(3)
        self.at("2026-03-02 09:00")
        self.pay(invoices[0])
        self.assertEqual(self.states(invoices[0]), ["cancelled"] * 3)

    # ------------------------------------------------------------------ what is counted

    def make_braked(self, count=3):
        """Invoices whose on-issue message the brake holds."""
        invoices = self.make_invoices(count)
        self.at("2026-03-02 09:00")
        return invoices

    def test_every_channel_and_contact_of_an_invoice_counts(self):
        """R47: one invoice with two channels for two contacts is four messages."""
        self.company.chasing_run_limit = 3
        self.cadence.step_ids[0].channel_letter = True
        for name in ("ap", "boss"):
            self.make_customer(name, f"{name}@customer.example", parent_id=self.customer.id, type="invoice")
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "run_limit")
        self.assertIn("4 messages of 1 invoice are held", self.company.partner_id.message_ids[0].body)

    def test_an_own_list_counts_its_addresses(self):
        """R47, R61"""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id._set_contacts(True, "a@x.example, b@x.example, c@x.example")
        self.at("2026-03-02 09:00")
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "run_limit")

    def test_a_contact_counts_all_its_addresses(self):
        """R47, R60: more of them on one contact than there are channels and contacts."""
        self.company.chasing_run_limit = 7
        self.customer.email = ", ".join(f"ap{number}@customer.example" for number in range(8))
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "run_limit")
        self.assertIn("8 messages of 1 invoice are held", self.company.partner_id.message_ids[0].body)

    def test_a_colleague_counts_all_its_addresses(self):
        """R47, R62: copies for a role that one of our own people holds."""
        self.company.chasing_run_limit = 12
        role = self.make_role("Boss")
        self.cadence.step_ids[0].role_id = role
        colleague = self.make_user("boss", "invoice_chasing.group_user")
        colleague.partner_id.email = ", ".join(f"boss{number}@our.example" for number in range(13))
        role.holder_ids = [Command.create({"user_id": colleague.id})]
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "run_limit")

    def test_a_role_counts_those_who_have_it(self):
        """R47, R63: nobody has it, nothing would be sent."""
        role = self.make_role("Boss")
        self.cadence.step_ids[0].role_id = role
        invoices = self.make_invoices(3)
        self.at("2026-03-02 09:00")
        self.assertEqual({self.step(one, "on_issue").reason_code for one in invoices}, {"no_role_contact"})

    def test_what_only_asks_is_no_message(self):
        """R47, R101"""
        self.cadence.step_ids[0].mode = "ask"
        invoices = self.make_invoices(3)
        self.at("2026-03-02 09:00")
        self.assertEqual({self.step(one, "on_issue").state for one in invoices}, {"waiting"})

    def test_of_one_invoice_only_what_would_go_counts(self):
        """R40, R47: of two missed steps the newest."""
        cadence = self.make_cadence("Often", [("after_due", days, 9) for days in (1, 2, 3)])
        self.make_invoice(cadence=cadence)
        self.assertEqual(len(self.at_sent("2026-03-20 09:00")), 1)

    def test_the_screen_counts_invoices_and_messages(self):
        """R47"""
        self.cadence.step_ids[0].channel_letter = True
        self.make_braked(2)
        dashboard = self.env["chasing.dashboard"]
        self.assertIn("4 messages of 2 invoices are held", dashboard.get_banner()["brake"])
        self.company.action_chasing_release_brake()
        self.assertFalse(dashboard.get_banner()["brake"])

    def test_what_a_pause_lets_go_counts_too(self):
        """R8, R35b, R47: all of them paused until one morning, on which all of their invoices would go at once."""
        invoices = self.make_invoices(3)
        invoices.chasing_schedule_ids.action_pause(until="2026-03-09")
        self.assertFalse(self.at_sent("2026-03-09 09:00"))
        self.assertEqual({self.step(one, "on_issue").reason_code for one in invoices}, {"run_limit"})

    def test_within_a_run_only_what_is_new_is_counted_again(self):
        """Issue 12: a run of 20,000 invoices in 200 batches asks for each of them once, until others fall due."""
        self.company.chasing_run_limit = 5
        invoices = self.make_invoices(3)
        self.env.cr.flush()
        asked, count = [], type(self.env["chasing.brake"])._messages
        self.patch(
            type(self.env["chasing.brake"]),
            "_messages",
            lambda brake, schedules, now: asked.append(schedules) or count(brake, schedules, now),
        )
        tally, brake = Tally({}, {}), self.env(user=1, context={})["chasing.brake"]
        for local in ("2026-03-02 09:00", "2026-03-02 09:14", "2026-03-02 09:15"):
            self.set_clock(local)
            brake._hold(self.now, tally)
        self.assertEqual([set(part.ids) for part in asked], [set(invoices.chasing_schedule_ids.ids)] * 2)
        self.company.chasing_run_limit = 500
        brake._hold(self.now, Tally({}, {}))
        self.assertEqual(len(asked), 2, "far from the limit nobody is looked up")

    # ------------------------------------------------------------------ letting go late

    def release(self, local):
        self.set_clock(local)
        self.company.action_chasing_release_brake()
        self.env.cr.flush()

    def test_what_waited_longer_than_the_catch_up_window_goes(self):
        """R40, R47: let go ten days later."""
        self.cadence.step_ids[0].trigger = "after_issue"
        self.make_braked()
        self.release("2026-03-12 10:20")
        self.assertEqual(len(self.at_sent("2026-03-12 10:30")), 3)

    def test_let_go_again_it_is_not_held_again(self):
        """R47"""
        invoices = self.make_braked()
        self.release("2026-03-02 10:20")
        self.at("2026-03-02 10:30")
        self.assertEqual({self.step(one, "on_issue").state for one in invoices}, {"under_way"})

    def test_only_the_newest_of_an_invoice_goes(self):
        """R40, R47: two steps held on different days."""
        self.cadence.step_ids[0].trigger = "after_issue"
        invoices = self.make_braked()
        self.at("2026-03-13 10:00")
        self.assertEqual({self.states(one)[1] for one in invoices}, {"held"})
        self.release("2026-03-14 10:20")
        self.assertEqual(len(self.at_sent("2026-03-14 10:30")), 3)
        self.assertEqual({tuple(self.states(one)[:2]) for one in invoices}, {("skipped", "sent")})

    def test_what_something_newer_has_overtaken_stays_behind(self):
        """R40, R47: the limit was raised meanwhile, and the next reminder left."""
        self.cadence.step_ids[0].trigger = "after_issue"
        invoices = self.make_braked()
        self.company.chasing_run_limit = 100
        self.assertEqual(len(self.at_sent("2026-03-13 10:00")), 3)
        self.release("2026-03-14 10:20")
        self.assertFalse(self.at_sent("2026-03-14 10:30"))
        self.assertEqual({self.plan(one)[0][1:] for one in invoices}, {("skipped", "too_late")})

    # ------------------------------------------------------------------ beside other holds

    def make_braked_reminders(self):
        """Invoices whose reminder of 13 March the brake holds."""
        self.company.chasing_run_limit = 100
        invoices = self.make_braked()
        self.deliver()
        self.company.chasing_run_limit = 2
        self.at("2026-03-13 10:00")
        self.set_clock("2026-03-13 10:05")
        return invoices

    def reminders(self, invoices):
        """{(state, reason code) of each invoice's reminder}."""
        return {(step.state, step.reason_code) for one in invoices for step in self.step(one, "before_due")}

    def test_a_hold_of_a_minute_loses_nothing_that_waits_for_the_click(self):
        """R35b, R40, R47: chasing off and on, to have a look at what was held."""
        invoices = self.make_braked_reminders()
        for is_on in (False, True):
            self.company.chasing_enabled = is_on
            self.env.cr.flush()
            self.assertEqual(self.reminders(invoices), {("held", "run_limit")})
        self.release("2026-03-13 10:20")
        self.assertEqual(len(self.at_sent("2026-03-13 10:30")), 3)

    def test_the_click_lets_nothing_go_that_something_else_holds(self):
        """R37, R47."""
        invoices = self.make_braked_reminders()
        self.customer.sudo().chasing_paused = True
        self.env.cr.flush()
        self.release("2026-03-13 10:20")
        self.assertEqual(self.reminders(invoices), {("held", "customer_paused")})
        self.assertFalse(self.at_sent("2026-03-13 10:30"))

    def test_another_due_date_plans_what_the_brake_holds(self):
        """R38, R47: for its new day, when a run judges it anew."""
        invoices = self.make_braked_reminders()
        invoices[0].sudo().invoice_date_due = "2026-03-30"
        self.env.cr.flush()
        self.assertEqual(self.plan(invoices[0])[1], ("2026-03-27 10:00", "planned", False))

    def test_the_forecast_tells_of_the_click_whatever_ends_before(self):
        """R47."""
        invoices = self.make_braked_reminders()
        self.customer.sudo().write({"chasing_paused": True, "chasing_paused_until": "2026-03-16"})
        self.env.cr.flush()
        lines = self.env["chasing.forecast.line"].search([("step_id", "in", self.step(invoices[0], "before_due").ids)])
        self.assertEqual((lines.outcome, lines.reason_code), ("held", "run_limit"))
