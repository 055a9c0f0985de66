import psycopg2

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingContactRole(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.role = cls.make_role("Director")
        cls.director = cls.make_customer(
            "Dora", "dora@customer.example", parent_id=cls.customer.id, type="other", chasing_role_ids=cls.role.ids
        )

    def reminded(self, **values):
        """An invoice whose only step, on 3 March at 9, is for the role."""
        step = {"trigger": "after_issue", "days": 1, "hour": 9, "role_id": self.role.id, **values}
        invoice = self.make_invoice(steps=[step])
        self.set_clock("2026-03-03 09:00")
        return invoice

    def test_step_reaches_only_contacts_with_its_role(self):
        """R63"""
        invoice = self.reminded()
        [message] = self.at_sent("2026-03-03 09:00")
        self.assertIn("dora@customer.example", message["To"])
        self.assertEqual(self.deliveries(invoice).partner_id, self.director)

    def test_the_invoice_says_who_gets_it_and_names_the_role(self):
        """R66"""
        schedule = self.reminded().chasing_schedule_id
        self.assertEqual(schedule.recipients_text, "Dora <dora@customer.example>: Customer contact with role Director")

    def test_without_such_a_contact_the_step_is_skipped(self):
        """R63: it never goes to everyone."""
        self.director.chasing_role_ids = False
        invoice = self.reminded()
        self.assertFalse(self.at_sent("2026-03-03 09:00"))
        [step] = self.steps(invoice)
        self.assertEqual((step.state, step.reason_code), ("skipped", "no_role_contact"))
        self.assertIn("Director", step.reason)

    def test_or_fails_if_the_step_says_so(self):
        """R63, R98"""
        self.director.chasing_role_ids = False
        invoice = self.reminded(role_missing="fail")
        self.assertFalse(self.at_sent("2026-03-03 09:00"))
        [step] = self.steps(invoice)
        self.assertEqual((step.state, step.reason_code), ("failed", "no_role_contact"))
        self.director.chasing_role_ids = self.role
        step.action_retry()
        self.assertEqual(len(self.deliver()), 1)
        self.assertEqual(step.state, "sent")

    def test_role_given_on_the_role_itself_clears_the_prediction(self):
        """R96"""
        invoice = self.reminded(role_missing="fail")
        self.role.partner_ids = False
        self.assertEqual(self.steps(invoice).prediction_code, "no_role_contact")
        self.role.partner_ids = self.director
        self.assertFalse(self.steps(invoice).prediction_code)

    def test_an_auditor_sees_who_of_our_own_people_has_it(self):
        self.role.holder_ids = [Command.create({"is_salesperson": True})]
        auditor = self.make_user("auditor", "account.group_account_readonly")
        self.assertTrue(self.role.with_user(auditor).holder_ids.is_salesperson)

    def test_person_who_sends_is_told_that_nobody_has_it(self):
        """R63"""
        self.director.chasing_role_ids = False
        invoice = self.reminded()
        with self.assertRaisesRegex(UserError, "no contact with role Director"):
            self.steps(invoice).action_send_now()

    def test_our_own_people_get_a_copy(self):
        """R62"""
        sam = self.make_user("sam", "account.group_account_invoice")
        self.role.holder_ids = [Command.create({"user_id": sam.id, "customer_ids": [Command.set(self.customer.ids)]})]
        invoice = self.reminded()
        self.assertEqual(
            {message["To"].split("<")[-1].rstrip(">") for message in self.at_sent("2026-03-03 09:00")},
            {"dora@customer.example", "sam@firm.example"},
        )
        copies = self.deliveries(invoice).filtered("is_internal")
        self.assertEqual(copies.partner_id, sam.partner_id)
        self.assertEqual(self.states(invoice), ["sent"])

    def test_holder_of_other_customers_gets_none(self):
        """R62"""
        other = self.make_customer("Other", "other@else.example")
        sam = self.make_user("sam", "account.group_account_invoice")
        self.role.holder_ids = [Command.create({"user_id": sam.id, "customer_ids": [Command.set(other.ids)]})]
        invoice = self.reminded()
        self.at("2026-03-03 09:00")
        self.assertFalse(self.deliveries(invoice).filtered("is_internal"))

    def test_salesperson_holds_it(self):
        """R62"""
        self.role.holder_ids = [Command.create({"is_salesperson": True})]
        invoice = self.reminded()
        self.at("2026-03-03 09:00")
        copies = self.deliveries(invoice).filtered("is_internal")
        self.assertEqual(copies.partner_id, invoice.invoice_user_id.partner_id)

    def test_copy_alone_is_no_first_send_and_uses_up_no_day(self):
        """R62, R17: with nobody of the customer the step is skipped, and the next of that day goes."""
        self.director.chasing_role_ids = False
        self.role.holder_ids = [Command.create({"is_salesperson": True})]
        invoice = self.make_invoice()
        lines = [{"trigger": "after_issue", "days": 1, "hour": hour, "role_id": self.role.id} for hour in (9, 10)]
        invoice._chasing_assign(self.make_cadence("For the director", lines))
        self.assertEqual(len(self.at_sent("2026-03-03 09:00")), 1)
        self.assertFalse(invoice.chasing_schedule_id.first_sent_at)
        self.director.chasing_role_ids = self.role
        self.assertEqual(len(self.at_sent("2026-03-03 10:00")), 2)
        self.assertEqual(
            [(step.state, step.reason_code) for step in self.steps(invoice)],
            [("skipped", "internal_only"), ("sent", False)],
        )

    def test_roles_have_a_day_of_their_own(self):
        """R17: different roles do not collide."""
        invoice = self.make_invoice()
        lines = [
            {"trigger": "after_issue", "days": 1, "hour": 9},
            {"trigger": "after_issue", "days": 1, "hour": 10, "role_id": self.role.id},
            {"trigger": "after_issue", "days": 1, "hour": 11, "role_id": self.role.id},
        ]
        invoice._chasing_assign(self.make_cadence("Both", lines))
        for hour in ("09", "10", "11"):
            self.at_sent(f"2026-03-03 {hour}:00")
        self.assertEqual(
            [(step.state, step.reason_code) for step in self.steps(invoice)],
            [("sent", False), ("sent", False), ("skipped", "already_contacted_today")],
        )

    def test_role_in_use_is_not_deleted(self):
        """R62: the message says by what."""
        with self.assertRaisesRegex(UserError, "Director is used by the contacts .*Dora"):
            self.role.unlink()
        self.director.chasing_role_ids = False
        self.make_cadence("Firm words", [{"trigger": "after_due", "days": 1, "hour": 9, "role_id": self.role.id}])
        with self.assertRaisesRegex(UserError, "the cadences Firm words"):
            self.role.unlink()

    def test_role_that_nothing_uses_can_go(self):
        self.director.chasing_role_ids = False
        self.role.unlink()
        self.assertFalse(self.role.exists())

    def test_name_is_unique_in_a_company(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self.make_role("Director")

    def test_holder_is_one_or_the_other(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self.env["chasing.contact.role.holder"].create({"role_id": self.role.id})


@tagged("post_install", "-at_install")
class TestOwnEmails(ChasingCommon):
    """R61"""

    def test_a_list_is_read_as_people_paste_it(self):
        invoice = self.make_invoice()
        invoice.chasing_schedule_id._set_contacts(
            True, 'Ann Lee <Ann@Example.com>; bob@example.com,\n"Müller, Eva" <eva@example.com>\n\nbob@example.com'
        )
        messages = self.at_sent("2026-03-02 09:00")
        self.assertEqual(
            self.deliveries(invoice).mapped("address"), ["ann@example.com", "bob@example.com", "eva@example.com"]
        )
        self.assertEqual(len(messages), 3)

    def test_bad_address_is_named_and_nothing_is_lost(self):
        schedule = self.make_invoice().chasing_schedule_id
        schedule._set_contacts(True, "books@customer.example")
        with self.assertRaisesRegex(UserError, "“bob@” is not valid"):
            schedule._set_contacts(True, "ann@example.com; bob@ ; eva@example.com")
        self.assertEqual(schedule.own_emails, "books@customer.example")

    def test_empty_list_is_refused(self):
        schedule = self.make_invoice().chasing_schedule_id
        with self.assertRaisesRegex(UserError, "no address"):
            schedule._set_contacts(True, " ; ")

    def test_a_list_has_at_most_fifty_addresses(self):
        """R61: who pastes more means a mailing."""
        schedule = self.make_invoice().chasing_schedule_id
        many = [f"a{number}@customer.example" for number in range(51)]
        schedule._set_contacts(True, ", ".join(many[:50]))
        with self.assertRaisesRegex(UserError, "more than 50 recipients"):
            schedule._set_contacts(True, ", ".join(many))
        self.assertEqual(len(schedule.own_emails.split()), 50)
        dialog = self.env["chasing.contacts"].create({"schedule_id": schedule.id, "emails": ", ".join(many)})
        self.assertIn("more than 50 recipients", dialog.verdict)
        dialog.emails = ", ".join(many[:50])
        self.assertFalse(dialog.is_wrong)

    def test_a_contact_with_a_mailing_list_for_an_address_gets_nothing_and_holds_nobody_up(self):
        """R82, R85: its step says why, the next invoice goes out."""
        self.customer.email = ";".join(f"a{number}@customer.example" for number in range(51))
        crowded = self.make_invoice()
        other = self.make_invoice(partner_id=self.make_customer("O", "o@other.example").id)
        messages = self.at_sent("2026-03-02 09:00")
        self.assertEqual([message["To"] for message in messages], ["O <o@other.example>"])
        step = self.step(crowded, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("failed", "too_many_recipients"))
        self.assertEqual(self.step(other, "on_issue").state, "sent")

    def test_only_unsent_steps_take_the_list(self):
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        invoice.chasing_schedule_id._set_contacts(True, "books@customer.example")
        self.at_sent("2026-03-13 10:00")
        self.assertEqual(self.deliveries(invoice).mapped("address"), ["ann@customer.example", "books@customer.example"])

    def test_dialog_says_what_is_wrong_while_it_is_typed(self):
        schedule = self.make_invoice().chasing_schedule_id
        dialog = self.env["chasing.contacts"].new({"schedule_id": schedule.id})
        self.assertTrue(dialog.use_customer_contacts)
        dialog.update({"use_customer_contacts": False, "emails": "ann@example.com, nobody"})
        self.assertTrue(dialog.is_wrong)
        self.assertIn("nobody", dialog.verdict)
        dialog.emails = "ann@example.com"
        self.assertEqual((dialog.is_wrong, dialog.verdict), (False, "1 address gets the e-mails."))

    def test_role_steps_do_not_use_it(self):
        """R61, R63"""
        role = self.make_role("Director")
        self.customer.chasing_role_ids = role
        self.cadence.step_ids[0].role_id = role
        invoice = self.make_invoice()
        invoice.chasing_schedule_id._set_contacts(True, "books@customer.example")
        self.at_sent("2026-03-02 09:00")
        self.assertEqual(self.deliveries(invoice).mapped("address"), ["ann@customer.example"])

    def test_auditor_may_not_change_it(self):
        schedule = self.make_invoice().chasing_schedule_id
        auditor = self.make_user("audit", "account.group_account_readonly")
        with self.assertRaisesRegex(Exception, "may chase invoices"):
            schedule.with_user(auditor)._set_contacts(True, "a@example.com")
