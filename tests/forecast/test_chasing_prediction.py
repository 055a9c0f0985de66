from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingPrediction(ChasingCommon):
    """R96: what will fail is seen before it does."""

    def predicted(self, invoice):
        return invoice.chasing_schedule_id.step_ids.mapped("prediction_code")

    def test_customer_without_an_address(self):
        silent = self.make_customer("Silent", False)
        invoice = self.make_invoice(partner_id=silent.id)
        self.assertEqual(self.predicted(invoice), ["no_recipient"] * 3)
        self.assertEqual(invoice.chasing_status, "will_fail")

    def test_mending_the_contact_clears_it_at_once(self):
        silent = self.make_customer("Silent", False)
        invoice = self.make_invoice(partner_id=silent.id)
        silent.email = "someone@customer.example"
        self.assertEqual(self.predicted(invoice), [False] * 3)
        self.assertEqual(invoice.chasing_status, "active")

    def test_contact_for_invoices_that_is_added_clears_it(self):
        silent = self.make_customer("Silent", False)
        invoice = self.make_invoice(partner_id=silent.id)
        self.env["res.partner"].create({
            "name": "Books",
            "type": "invoice",
            "parent_id": silent.id,
            "email": "books@customer.example",
        })
        self.assertEqual(invoice.chasing_status, "active")

    def test_address_that_goes_bad(self):
        invoice = self.make_invoice()
        self.assertEqual(invoice.chasing_status, "active")
        self.customer.email = "ann@"
        self.assertEqual(self.predicted(invoice), ["invalid_email"] * 3)
        self.assertIn("ann@", invoice.chasing_step_ids[0].prediction_values["address"])

    def test_a_blacklisted_address_is_predicted(self):
        invoice = self.make_invoice()
        entry = self.env["mail.blacklist"].create({"email": "ann@customer.example"})
        self.assertEqual(self.predicted(invoice), ["blacklisted"] * 3)
        entry.active = False
        self.assertEqual(invoice.chasing_status, "active")

    def test_address_taken_off_the_blacklist_by_odoos_own_dialog(self):
        """R96"""
        invoice = self.make_invoice()
        self.env["mail.blacklist"]._add("ann@customer.example")
        self.assertEqual(invoice.chasing_status, "will_fail")
        self.env["mail.blacklist.remove"].create({"email": "ann@customer.example"}).action_unblacklist_apply()
        self.assertEqual((self.predicted(invoice), invoice.chasing_status), ([False] * 3, "active"))

    def test_archived_contact_gets_nothing_whoever_asks(self):
        """R62: not even one who sees archived records too."""
        self.make_customer("Books", "books@customer.example", type="invoice", parent_id=self.customer.id).active = False
        invoice = self.make_invoice()
        step = invoice.chasing_step_ids[0].with_context(active_test=False)
        self.assertEqual(step.to_text, "ann@customer.example")

    def test_sms_without_a_mobile_number(self):
        cadence = self.make_cadence("Texts", [{"trigger": "after_due", "days": 1, "hour": 9, "channel_sms": True}])
        invoice = self.make_invoice(post=False)
        invoice._chasing_assign(cadence)
        invoice.action_post()
        self.assertEqual(self.predicted(invoice), ["no_recipient"])
        self.customer.write({"phone": "02 229 03 49", "country_id": self.env.ref("base.be").id})
        self.assertEqual(self.predicted(invoice), ["not_mobile"])
        self.customer.phone = "0470 12 34 56"
        self.assertEqual(self.predicted(invoice), [False])

    def test_a_blacklisted_number_is_predicted(self):
        cadence = self.make_cadence("Texts", [{"trigger": "after_due", "days": 1, "hour": 9, "channel_sms": True}])
        self.customer.phone = "+32470123456"
        invoice = self.make_invoice()
        invoice._chasing_assign(cadence)
        self.assertEqual(invoice.chasing_status, "active")
        self.env["phone.blacklist"].create({"number": "+32470123456"})
        self.assertEqual(self.predicted(invoice), ["blacklisted"])
        self.env["phone.blacklist.remove"].create({"phone": "+32470123456"}).action_unblacklist_apply()
        self.assertEqual(self.predicted(invoice), [False])

    def test_letter_to_an_incomplete_address(self):
        cadence = self.make_cadence(
            "Letters",
            [
                {"trigger": "after_due", "days": 1, "hour": 9, "channel_email": False, "channel_letter": True},
            ],
        )
        invoice = self.make_invoice()
        invoice._chasing_assign(cadence)
        self.assertEqual(self.predicted(invoice), ["incomplete_address"])
        self.customer.write({
            "street": "Hauptstr. 1",
            "zip": "10115",
            "city": "Berlin",
            "country_id": self.env.ref("base.de").id,
        })
        self.assertEqual(self.predicted(invoice), [False])

    def test_role_that_nobody_has(self):
        role = self.make_role("Director")
        lines = [
            {"trigger": "after_due", "days": 1, "hour": 9, "role_id": role.id, "role_missing": missing}
            for missing in ("skip", "fail")
        ]
        lines[1]["days"] = 2
        cadence = self.make_cadence("Director", lines)
        invoice = self.make_invoice()
        invoice._chasing_assign(cadence)
        self.assertEqual(self.predicted(invoice), [False, "no_role_contact"])
        self.customer.chasing_role_ids = role
        self.assertEqual(invoice.chasing_status, "active")

    def test_a_missing_template_is_predicted(self):
        self.tone_line("late").email_template_id = False
        invoice = self.make_invoice()
        self.assertEqual(self.predicted(invoice), [False, False, "no_template"])

    def test_a_missing_template_of_each_channel_is_predicted(self):
        """R85: each has its own."""
        self.customer.write({"phone": "+32470123456", "street": "Street 1", "zip": "1000", "city": "Brussels"})
        self.customer.country_id = self.env.ref("base.be")
        for channel, field in (("sms", "sms_template_id"), ("letter", "letter_template_id")):
            step = {"trigger": "after_due", "days": 1, "hour": 9, "channel_email": False, f"channel_{channel}": True}
            self.tone_line("late")[field] = False
            invoice = self.make_invoice(
                issued="2026-02-02", due="2026-03-02", steps=[{"trigger": "on_issue", "hour": 9}, step]
            )
            self.assertEqual(self.predicted(invoice)[-1], "no_template", channel)

    def predict(self):
        """Let the scheduled action run if something woke it."""
        action = self.env.ref("invoice_chasing.ir_cron_predict")
        if self.env["ir.cron.trigger"].sudo().search_count([("cron_id", "=", action.id)]):
            with self.enter_registry_test_mode():
                action.method_direct_trigger()

    def test_template_that_is_taken_away_and_given_back(self):
        invoice, template = self.make_invoice(), self.tone_line("late").email_template_id
        for value, status in ((False, "will_fail"), (template, "active")):
            self.tone_line("late").email_template_id = value
            self.predict()
            self.assertEqual(invoice.chasing_status, status)

    def test_postal_provider_that_lacks_its_account(self):
        self.customer.write({"street": "Street 1", "zip": "1000", "city": "Brussels"})
        self.customer.country_id = self.env.ref("base.be")
        self.cadence.step_ids.write({"channel_email": False, "channel_letter": True})
        provider = self.env["chasing.postal.provider"]._for_company(self.company)
        invoice = self.make_invoice()
        for values, status in (({"code": "lob"}, "will_fail"), ({"api_key": "test_key"}, "active")):
            provider.write(values)
            self.predict()
            self.assertEqual(invoice.chasing_status, status)

    def test_nobody_to_send_from_is_predicted(self):
        """R85"""
        (self.company.partner_id | self.salesperson.partner_id).email = False
        invoice = self.make_invoice()
        self.assertEqual(self.predicted(invoice), ["no_sender"] * 3)
        self.company.email = "office@firm.example"
        self.predict()
        self.assertEqual(invoice.chasing_status, "active")

    def test_contact_that_is_deleted(self):
        silent = self.make_customer("Silent", False)
        books = self.make_customer("Books", "books@customer.example", type="invoice", parent_id=silent.id)
        invoice = self.make_invoice(partner_id=silent.id)
        self.assertEqual(invoice.chasing_status, "active")
        books.unlink()
        self.assertEqual(self.predicted(invoice), ["no_recipient"] * 3)

    def test_address_of_an_own_list_on_the_blacklist(self):
        """R61, R85"""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id._set_contacts(True, "books@elsewhere.example")
        entry = self.env["mail.blacklist"].create({"email": "books@elsewhere.example"})
        self.assertEqual(self.predicted(invoice), ["blacklisted"] * 3)
        entry.unlink()
        self.assertEqual(invoice.chasing_status, "active")

    def test_collector_says_that_an_address_works_again(self):
        """A collector need not be allowed to change contacts; an employee may not."""
        earlier, invoice = self.make_invoice(), self.make_invoice(due="2026-04-20")
        self.at_sent("2026-03-02 09:00")
        self.set_clock("2026-03-02 09:02")
        self.deliveries(earlier).sudo()._set_state("bounced", "bounced")
        self.env["chasing.prediction"]._refresh(invoice.chasing_schedule_id)
        self.assertEqual(invoice.chasing_status, "will_fail")
        with self.assertRaises(AccessError):
            self.customer.with_user(self.make_user("employee", "base.group_user")).action_chasing_address_works()
        self.customer.with_user(self.make_user("coll", "invoice_chasing.group_user")).action_chasing_address_works()
        self.assertEqual(invoice.chasing_status, "active")

    def test_many_are_predicted_in_the_background(self):
        silent = self.make_customer("Silent", False)
        invoices = self.make_invoices(21, partner_id=silent.id, post=False)
        invoices.action_post()
        schedules = invoices.chasing_schedule_ids
        self.assertEqual(set(schedules.mapped("status")), {"active"})
        with self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_predict").method_direct_trigger()
        self.assertEqual(set(schedules.mapped("status")), {"will_fail"})
        self.assertFalse(any(schedules.mapped("is_prediction_stale")))

    def test_every_night_what_no_write_tells(self):
        """A change that passed by every write: the night finds it."""
        invoice = self.make_invoice()
        self.env.cr.execute("UPDATE res_partner SET email = 'ann@' WHERE id = %s", [self.customer.id])
        self.customer.invalidate_recordset()
        with self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_predict_all").method_direct_trigger()
            self.env.ref("invoice_chasing.ir_cron_predict").method_direct_trigger()
        self.assertEqual(invoice.chasing_status, "will_fail")

    def test_the_own_list_of_an_invoice_is_predicted(self):
        """R61"""
        silent = self.make_customer("Silent", False)
        invoice = self.make_invoice(partner_id=silent.id)
        invoice.chasing_schedule_id._set_contacts(True, "books@customer.example")
        self.assertEqual(invoice.chasing_status, "active")
        invoice.chasing_schedule_id._set_contacts(False, "")
        self.assertEqual(invoice.chasing_status, "will_fail")

    def test_a_new_text_of_a_step_is_tried_at_once(self):
        step = self.step(self.make_invoice(), "after_due").sudo()
        step.prediction_code = "template_failed"
        step._set_text("Later", False)
        self.assertFalse(step.prediction_code)

    def test_number_of_queries_does_not_grow_with_the_invoices(self):
        customers = [self.make_customer(f"Customer {number}", False) for number in range(12)]
        invoices = self.env["account.move"].union(*(self.make_invoice(partner_id=one.id) for one in customers))
        counts = []
        for some in (invoices[:2], invoices):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["chasing.prediction"]._refresh(some.chasing_schedule_ids)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_a_step_for_our_own_people_reaches_no_customer(self):
        """R62: a copy alone reaches no customer, and is none of the customer's failures."""
        user = self.make_user("sam", "account.group_account_invoice")
        role = self.make_role("Director", holder_ids=[Command.create({"user_id": user.id})])
        self.cadence.step_ids[0].role_id = role
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(invoice.chasing_step_ids.sorted("id")[0].reason_code, "internal_only")
        self.assertFalse(invoice.chasing_schedule_id.first_sent_at)
