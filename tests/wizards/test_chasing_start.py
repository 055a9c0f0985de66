from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import format_amount

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

    def looked(self, **values):
        """The dialog, gone through up to its last page before switching on."""
        wizard = self.env(user=self.manager)["chasing.start"].create({"cadence_id": self.cadence.id, **values})
        wizard.action_next()
        wizard.action_next()
        return wizard

    def test_nothing_leaves_until_the_last_button(self):
        """R46, R107"""
        fresh, old = self.make_invoice(), self.make_invoice(issued="2026-02-01", due="2026-02-15")
        dialog = self.start()
        self.assertEqual(dialog.start_date, date(2026, 3, 2))
        dialog.cadence_id = self.cadence
        wizard = dialog.save()
        wizard.older = "leave"
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

    def test_older_open_invoices_are_named_and_asked_about(self):
        """R46"""
        fresh = self.make_invoice(amount=70)
        late, current = (self.make_invoice(issued="2026-02-01", due=due) for due in ("2026-02-15", "2026-03-20"))
        wizard = self.start().save()
        self.assertEqual((wizard.new_ids, wizard.older_ids, wizard.older_count), (fresh, late | current, 2))
        amount = format_amount(self.env, 200, self.company.currency_id)
        self.assertEqual(wizard.older_text, f"2 open invoices dated before Mon 2 Mar 2026: {amount}, overdue: 1.")
        wizard.action_next()
        with self.assertRaisesRegex(UserError, "older open invoices"):
            wizard.action_next()
        wizard.start_date = "2026-02-01"
        self.assertEqual((wizard.older_count, wizard.older_text), (0, "No open invoices dated before Sun 1 Feb 2026."))
        wizard.action_next()
        self.assertEqual(wizard.stage, "look")

    def test_an_older_invoice_gets_the_reminder_that_fits_now(self):
        """R43, R46: never the original invoice again, and never *expired* unasked."""
        late = self.make_invoice(issued="2026-01-01", due="2026-02-15")
        wizard = self.looked(older="remind")
        self.assertEqual(wizard.older_look, "1 will be sent, first Mon 2 Mar 14:00; 2 skipped")
        wizard.action_switch_on()
        late.invalidate_recordset()
        self.assertEqual(self.states(late), ["skipped", "skipped", "planned"])
        self.assertEqual((late.chasing_status, late.chasing_schedule_id.assigned_by), ("active", "default"))
        self.assertEqual(self.company.chasing_start_date, date(2026, 3, 2))

    def test_an_older_invoice_gets_only_what_is_still_ahead(self):
        """R11, R43"""
        late, current = (self.make_invoice(issued="2026-01-01", due=due) for due in ("2026-02-15", "2026-03-20"))
        wizard = self.looked(older="continue")
        self.assertEqual(wizard.older_look, "2 will be sent, first Tue 17 Mar 10:00; 4 skipped")
        wizard.action_switch_on()
        (late | current).invalidate_recordset()
        self.assertEqual((late.chasing_status, current.chasing_status), ("expired", "active"))

    def test_it_is_gone_through_back_and_forth(self):
        wizard = self.looked()
        stages = []
        for act in ("action_back", "action_back", "action_back", "action_next", "action_next", "action_next"):
            getattr(wizard, act)()
            stages.append(wizard.stage)
        self.assertEqual(stages, ["invoices", "cadence", "cadence", "invoices", "look", "look"])
        self.assertFalse(self.company.chasing_enabled)
        wizard.action_switch_on()
        wizard.action_back()
        self.assertEqual(wizard.stage, "done")

    def test_what_makes_no_sense_is_refused_or_said(self):
        wizard = self.start().save()
        wizard.start_date = "2026-04-01"
        self.assertIn("in the future. No invoice dated before Wed 1 Apr 2026", wizard.date_warning)
        wizard.start_date = "2226-04-01"
        with self.assertRaisesRegex(UserError, "ten years"):
            wizard.action_next()
        wizard.start_date = "2026-03-02"
        self.assertFalse(wizard.date_warning)
        wizard.cadence_id = self.make_cadence("Empty", [])
        with self.assertRaisesRegex(UserError, "Empty has no steps"):
            wizard.action_next()

    def test_the_sender_is_checked_before_switching_on(self):
        """R85"""
        self.company.email = False
        wizard = self.looked()
        self.assertEqual((wizard.sender_text, wizard.may_set_sender), (False, False))
        with self.assertRaisesRegex(UserError, "no e-mail address to send from"):
            wizard.action_switch_on()
        wizard.sender_email = "books@own.example"
        with self.assertRaises(AccessError):
            wizard.action_switch_on()
        self.manager.group_ids += self.env.ref("base.group_erp_manager")
        wizard.invalidate_recordset()
        self.assertTrue(wizard.may_set_sender)
        wizard.sender_email = "books"
        with self.assertRaisesRegex(UserError, "“books” is not an e-mail address"):
            wizard.action_switch_on()
        self.assertFalse(self.company.chasing_enabled)
        wizard.sender_email = "books@own.example"
        wizard.action_switch_on()
        self.assertEqual((self.company.email, self.company.chasing_enabled), ("books@own.example", True))

    def test_what_the_mail_server_makes_of_the_sender_is_said(self):
        """R85"""
        servers = self.env["ir.mail_server"]
        servers.search([]).active = False
        self.assertIn("No outgoing mail server", self.looked().sender_warning)
        server = servers.create({"name": "Mailer", "smtp_host": "mail.example", "from_filter": "other.example"})
        self.env["mail.alias.domain"].search([]).unlink()
        self.company.alias_domain_id = self.env["mail.alias.domain"].create({
            "name": "other.example",
            "default_from": "notes",
        })
        self.company.email = "books@own.example"
        self.assertIn("customers see notes@other.example as the sender", self.looked().sender_warning)
        server.from_filter = "other.example, own.example"
        self.assertFalse(self.looked().sender_warning)

    def test_salespeople_without_an_address_are_named(self):
        seller = self.make_user("seller", "base.group_user")
        seller.email = False
        self.make_invoice(invoice_user_id=seller.id)
        self.assertIn(f"{seller.name} has no e-mail address", self.looked().sender_warning)

    def test_it_says_what_happens_next_and_when(self):
        invoice = self.make_invoice()
        wizard = self.looked(ask_first=False)
        wizard.action_switch_on()
        self.assertIn("The first message is sent Mon 2 Mar 09:00 (Berlin): " + invoice.name, wizard.done_text)
        self.assertIn("New customer invoices get Usual when they are confirmed.", wizard.done_text)

    def test_it_says_that_the_next_message_awaits_approval(self):
        self.make_invoice()
        wizard = self.looked(ask_first=True)
        wizard.action_switch_on()
        self.assertIn("awaits approval from Mon 2 Mar 09:00", wizard.done_text)

    def test_it_says_that_nothing_is_planned(self):
        wizard = self.looked()
        wizard.action_switch_on()
        self.assertIn("No message is planned yet.", wizard.done_text)

    def test_another_company_is_switched_on_with_a_cadence_of_its_own(self):
        other = self.setup_other_company(name="Other")["company"]
        self.manager.company_ids += other
        own = self.env["chasing.cadence"].search([("company_id", "=", other.id)])
        dialogs = self.env(user=self.manager)["chasing.start"].with_context(default_company_id=other.id)
        wizard = dialogs.create({})
        self.assertEqual(wizard.company_id, other)
        self.assertIn(wizard.cadence_id, own)

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
