from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestStart(ChasingCommon):
    """The first run, and the settings."""

    has_default = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"chasing_enabled": False, "chasing_start_date": False})
        cls.manager = cls.make_user("manager", "invoice_chasing.group_manager,account.group_account_invoice")

    def start(self):
        return Form(self.env(user=self.manager)["chasing.start"])

    def test_nothing_leaves_until_the_last_button(self):
        """R46, R107"""
        fresh, old = self.make_invoice(), self.make_invoice(issued="2026-02-01", due="2026-02-15")
        dialog = self.start()
        self.assertEqual(dialog.start_date, date(2026, 3, 2))
        dialog.cadence_id = self.cadence
        wizard = dialog.save()
        with self.assertRaises(UserError):
            wizard.action_switch_on()
        wizard.action_next()
        wizard.action_next()
        self.assertEqual((wizard.stage, wizard.invoice_count), ("look", 1))
        self.assertEqual(wizard.look, "3 will be sent, first Mon 2 Mar 09:00")
        self.assertFalse(fresh.chasing_schedule_id)
        wizard.action_switch_on()
        (fresh + old).invalidate_recordset()
        self.assertTrue(self.company.chasing_enabled)
        self.assertTrue(self.cadence.is_default)
        self.assertEqual(self.states(fresh), ["planned"] * 3)
        self.assertFalse(old.chasing_schedule_id)

    def test_a_collector_cannot_switch_on(self):
        collector = self.make_user("collector", "invoice_chasing.group_user")
        with self.assertRaises(AccessError):
            self.env(user=collector)["chasing.start"].create({"cadence_id": self.cadence.id})

    def test_the_switch_names_its_counts(self):
        """R47"""
        self.company.chasing_enabled = True
        self.cadence.is_default = True
        self.make_invoice()
        self.env.user.group_ids += self.env.ref("base.group_system")
        settings = Form(self.env["res.config.settings"])
        self.assertFalse(settings.chasing_switch_text)
        settings.chasing_enabled = False
        self.assertEqual(settings.chasing_switch_text, "Saving holds 3 steps of 1 invoice.")

    def test_a_cadence_shows_its_dates_and_warns(self):
        """R24"""
        self.env.user.group_ids += self.env.ref("invoice_chasing.group_manager")
        cadence = Form(self.env["chasing.cadence"])
        with cadence.step_ids.edit(0) as line:
            self.assertEqual((line.trigger, line.hour, line.live_text), ("on_issue", 9, "Mon 2 Mar 09:00"))
        with cadence.step_ids.new() as line:
            line.trigger, line.days, line.hour = "after_issue", 0, 15
        self.assertIn("On issue and 0 days after issue fall on the same day", cadence.warning_text)
        cadence.sample_move_id = self.make_invoice(issued="2026-02-01", due="2026-02-15")
        with cadence.step_ids.edit(1) as line:
            self.assertEqual(line.live_text, "Sun 1 Feb 15:00: in the past, will be skipped")
