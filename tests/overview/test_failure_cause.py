from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestFailureCause(ChasingCommon):
    """R96: what will fail is listed by its cause, which leads to where it is put right."""

    def test_what_the_company_lacks_is_one_line_for_all_customers(self):
        self.tone_line("late").email_template_id = False
        invoices = self.make_invoice() | self.make_invoice(partner_id=self.make_customer("Bob", "bob@b.example").id)
        [line] = self.env["chasing.failure.cause"].search([("reason_code", "=", "no_template")])
        self.assertEqual((line.partner_id.ids, line.step_count, line.invoice_count), ([], 2, 2))
        self.assertEqual(self.env["chasing.schedule"].search(line.action_open_invoices()["domain"]).move_id, invoices)

    def test_the_dialog_of_a_contact_says_what_is_wrong(self):
        self.customer.email = "ann@"
        self.make_invoice()
        [line] = self.env["chasing.failure.cause"].search([("partner_id", "=", self.customer.id)])
        action = line.action_fix()
        shown = self.env[action["res_model"]].with_context(**action["context"]).browse(action["res_id"])
        self.assertEqual((shown, shown.chasing_cause), (self.customer, line.cause))
        employee = self.make_user("employee", "base.group_user")
        self.assertFalse(shown.with_user(employee).chasing_cause)
        shown.email = "ann@customer.example"
        self.env.invalidate_all()
        self.assertFalse(shown.chasing_cause)

    def test_a_copy_that_failed_is_told_and_what_was_paid_since_is_not(self):
        """R102: nothing that a person asked for fails in silence, though its invoice is settled."""
        silent = self.make_customer("Silent", False)
        hand, words = self.env["chasing.hand"], {"channel_email": True}
        asked, copied = (self.make_invoice(partner_id=silent.id, chased=False) for _number in range(2))
        hand._send(hand._make(asked, words))
        self.pay(copied)
        hand._send(hand._make(copied, words))
        self.env.flush_all()
        [line] = self.env["chasing.failure.cause"].search([("partner_id", "=", silent.id)])
        self.assertEqual((line.failed_count, line.invoice_count), (2, 2))
        self.pay(asked)
        self.env.flush_all()
        [line] = self.env["chasing.failure.cause"].search([("partner_id", "=", silent.id)])
        self.assertEqual(line.invoice_count, 1)
        line.action_dismiss()
        self.env.flush_all()
        self.assertFalse(self.env["chasing.failure.cause"].search([("partner_id", "=", silent.id)]))
        self.assertTrue(copied.chasing_schedule_ids.step_ids.is_dismissed)

    def test_an_address_of_an_own_list_is_put_right_in_the_list(self):
        """R61"""
        schedule = self.make_invoice().chasing_schedule_id
        schedule._set_contacts(True, "black@customer.example")
        self.env["mail.blacklist"].create({"email": "black@customer.example"})
        self.assertEqual(schedule.status, "will_fail")
        self.env.flush_all()
        [line] = self.env["chasing.failure.cause"].search([("reason_code", "=", "blacklisted")])
        self.assertFalse(line.partner_id)
        action = line.action_fix()
        self.assertEqual(
            (action["res_model"], action["context"]["default_schedule_id"]), ("chasing.contacts", schedule.id)
        )

    def test_letters_that_cannot_leave_lead_to_the_postal_provider(self):
        provider = self.env["chasing.postal.provider"]._for_company(self.company)
        provider.code = "lob"
        self.cadence.step_ids.write({"channel_email": False, "channel_letter": True})
        self.make_invoice()
        [line] = self.env["chasing.failure.cause"].search([("reason_code", "=", "not_set_up")])
        action = line.action_fix()
        self.assertEqual((action["res_model"], action["res_id"]), ("chasing.postal.provider", provider.id))

    def test_nobody_is_sent_to_a_contact_that_is_gone(self):
        bad = self.make_customer("Bad", "bad@", type="invoice", parent_id=self.customer.id)
        self.make_invoice()
        self.assertTrue(self.env["chasing.failure.cause"].search([("partner_id", "=", bad.id)]))
        bad.unlink()
        self.env.cr.flush()
        self.assertFalse(self.env["chasing.failure.cause"].search([("company_id", "=", self.company.id)]))

    def causes(self, **values):
        return self.env["chasing.failure.cause"].search([(name, "=", value) for name, value in values.items()])

    def silent_and_failed(self):
        """An invoice whose first message failed and whose others will, for want of an address."""
        self.customer.email = False
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.env.invalidate_all()
        return invoice

    def test_what_failed_and_what_will_are_one_line(self):
        """R84, R96"""
        self.silent_and_failed()
        [line] = self.causes()
        self.assertEqual((line.kind, line.cure_in, line.failed_count, line.coming_count), ("fix", "contact", 1, 2))
        self.assertEqual(line.cause, "The customer has no contact with an e-mail address. Add one.")

    def test_what_is_put_right_can_be_sent_again(self):
        """R84: after the fix a retry is offered, and one click makes it."""
        invoice = self.silent_and_failed()
        [line] = self.causes()
        line.action_fix_contact({"email": " ann@customer.example "})
        self.env.invalidate_all()
        self.assertEqual(self.customer.email, "ann@customer.example")
        [line] = self.causes()
        self.assertEqual((line.kind, line.failed_count, line.coming_count), ("retry", 1, 0))
        self.assertEqual(line.cause, "Fixed. 1 failed message can be sent again.")
        line.action_retry()
        self.assertEqual(self.states(invoice)[0], "under_way")
        self.assertFalse(self.causes())

    def test_what_puts_nothing_right_is_refused_and_not_written(self):
        self.silent_and_failed()
        [line] = self.causes()
        for values in ({"email": "ann@"}, {"email": ""}, {"name": "Eve"}, {"email": 7}, {}, "email", None):
            with self.subTest(values=values), self.assertRaises(UserError), self.cr.savepoint():
                line.action_fix_contact(values)
        self.env.invalidate_all()
        self.assertFalse(self.customer.email)

    def test_only_who_may_change_a_contact_fixes_it_in_place(self):
        self.silent_and_failed()
        for groups, may in (("", False), (",base.group_partner_manager", True)):
            user = self.make_user(f"collector{may}", f"invoice_chasing.group_user{groups}")
            line = self.causes().with_user(user)
            self.assertEqual(bool(line._inputs()), may)
            if not may:
                with self.assertRaises(UserError):
                    line.action_fix_contact({"email": "ann@customer.example"})

    def test_an_address_is_typed_in_its_parts(self):
        self.cadence.step_ids.write({"channel_email": False, "channel_letter": True})
        self.make_invoice()
        [line] = self.causes()
        self.assertEqual([one["name"] for one in line._inputs()], ["street", "zip", "city", "country_id"])
        belgium = self.env.ref("base.be").id
        line.action_fix_contact({"street": "Hill 1", "zip": "1000", "city": "Brussels", "country_id": belgium})
        self.env.invalidate_all()
        self.assertFalse(self.causes())

    def test_what_a_server_refused_is_ready_to_be_sent_again_at_once(self):
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        delivery = self.deliveries(invoice)
        delivery.sudo()._set_state("failed", "smtp_error", "451 later")
        self.env.flush_all()
        [line] = self.causes()
        self.assertEqual((line.kind, line.cure_in, line.partner_id.ids), ("retry", "retry", []))
        self.assertIn("451 later", line.cause)

    def test_mine_are_those_of_invoices_i_look_after(self):
        """R98"""
        me = self.make_user("me", "invoice_chasing.group_user")
        self.tone_line("late").email_template_id = False
        mine, _other = self.make_invoices(2)
        mine.chasing_schedule_id._set_responsible(own_responsible_id=me)
        self.env.flush_all()
        lines = self.env["chasing.failure.cause"].with_user(me)
        self.assertEqual(lines.search([]).invoice_count, 2)
        self.env.invalidate_all()
        [line] = lines.with_context(chasing_mine=True).search([])
        self.assertEqual((line.invoice_count, line._steps().move_id), (1, mine))
