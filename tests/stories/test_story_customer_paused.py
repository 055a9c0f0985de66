from odoo.tests import Form, tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestStoryCustomerPaused(ChasingCommon):
    """Ann Lee has two invoices, of 2 March due 16 March and of 5 March due 19 March. On 10 March she asks for peace."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls.make_user("carla", "invoice_chasing.group_user,base.group_partner_manager")

    def setUp(self):
        super().setUp()
        self.first = self.make_invoice()
        self.second = self.make_invoice(issued="2026-03-05", due="2026-03-19")
        self.neighbour = self.make_invoice(partner_id=self.make_customer("Bob", "bob@customer.example").id)
        self.at_sent("2026-03-02 09:00")
        self.at_sent("2026-03-05 09:00")
        self.set_clock("2026-03-10 12:00")
        self.customer = self.customer.with_user(self.collector)

    def pause_everything(self, **values):
        """The dialog of the customer's form."""
        action = self.env.ref("invoice_chasing.chasing_customer_pause_action")
        dialogs = self.env[action.res_model].with_user(self.collector)
        dialog = Form(dialogs.with_context(default_partner_id=self.customer.id))
        for name, value in values.items():
            dialog[name] = value
        dialog.save().action_pause()
        self.env.cr.flush()

    def test_a_pause_ends_on_its_date_and_what_was_missed_is_skipped(self):
        """R36, R37, R35b: until 17 March; 13 and 16 March are missed, 21 and 24 March go."""
        self.pause_everything(ends="week", pause_reason="promise")
        both = self.first | self.second
        self.assertEqual(
            (str(self.customer.chasing_paused_until), self.customer.chasing_pause_reason),
            ("2026-03-17", "The customer promised to pay"),
        )
        self.assertEqual(both.mapped("chasing_status"), ["paused"] * 2)
        [message] = self.at_sent("2026-03-13 10:00")
        self.assertIn(self.neighbour.name, message["Subject"])
        self.assertFalse(self.at_sent("2026-03-16 10:00"))

        self.assertFalse(self.at_sent("2026-03-17 00:00"))
        self.assertFalse(self.customer.chasing_paused)
        self.assertEqual(both.mapped("chasing_status"), ["active"] * 2)
        self.assertEqual(
            self.plan(self.first),
            [
                ("2026-03-02 09:00", "sent", False),
                ("2026-03-13 10:00", "skipped", "customer_paused"),
                ("2026-03-21 14:00", "planned", False),
            ],
        )
        self.assertEqual(
            self.plan(self.second)[1:],
            [
                ("2026-03-16 10:00", "skipped", "customer_paused"),
                ("2026-03-24 14:00", "planned", False),
            ],
        )
        self.assertIn("paused", self.step(self.first, "before_due").reason)
        self.assertEqual(len(self.at_sent("2026-03-21 14:00")), 2)
        [message] = self.at_sent("2026-03-24 14:00")
        self.assertIn(self.second.name, message["Subject"])

    def test_without_an_end_it_lasts_until_somebody_resumes_it(self):
        """R36, R37: paused on the customer's form on 10 March, resumed there on 22 March."""
        self.pause_everything(ends="open", pause_reason="dispute")
        self.assertFalse(self.customer.chasing_paused_until)
        for day in ("2026-03-13 10:00", "2026-03-16 10:00", "2026-03-21 14:00"):
            messages = self.at_sent(day)
            self.assertFalse([one for one in messages if self.neighbour.name not in one["Subject"]])

        self.set_clock("2026-03-22 11:00")
        self.customer.action_chasing_resume()
        self.env.cr.flush()
        self.assertEqual(self.states(self.first), ["sent", "skipped", "skipped"])
        self.assertEqual(self.first.chasing_status, "expired")
        self.assertEqual(self.states(self.second), ["sent", "skipped", "planned"])
        [message] = self.at_sent("2026-03-24 14:00")
        self.assertIn(self.second.name, message["Subject"])

    def test_what_is_invoiced_meanwhile_waits_too_and_goes_afterwards(self):
        """R8, R37: on issue is never missed."""
        self.pause_everything(ends="week", pause_reason="promise")
        self.set_clock("2026-03-12 08:30")
        third = self.make_invoice(issued="2026-03-12", due="2026-04-12")
        self.assertEqual(third.chasing_status, "paused")
        self.assertFalse(self.at_sent("2026-03-12 09:00"))
        self.assertEqual(len(self.at_sent("2026-03-13 10:00")), 1)
        self.assertFalse(self.at_sent("2026-03-17 00:00"))
        [message] = self.at_sent("2026-03-17 07:00")
        self.assertIn(third.name, message["Subject"])

    def test_an_invoice_paused_by_itself_stays_so_when_its_customer_goes_on(self):
        """R36, R37: two pauses, each with its own end."""
        self.first.chasing_schedule_id.action_pause(reason="dispute")
        self.pause_everything(ends="week", pause_reason="promise")
        self.at("2026-03-17 00:00")
        self.assertEqual((self.first.chasing_status, self.second.chasing_status), ("paused", "active"))
        self.set_clock("2026-03-18 10:00")
        self.first.chasing_schedule_id.action_resume("next")
        self.assertEqual(self.states(self.first), ["sent", "skipped", "planned"])
