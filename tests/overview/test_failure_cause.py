from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestFailureCause(ChasingCommon):
    """R96: what will fail is listed by its cause, which leads to where it is put right."""

    def test_what_the_company_lacks_is_one_line_for_all_customers(self):
        self.company.chasing_past_due_template_id = False
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
