from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingCadence(ChasingCommon):
    def test_another_cadence_becomes_the_default_whichever_was_written_last(self):
        """R21: PostgreSQL asks row by row, in the order in which they were written, whether there is only one."""
        other = self.make_cadence("Other", [("after_due", 1, 9)])
        for old, new in ((self.cadence, other), (other, self.cadence)):
            old.sequence += 1
            self.env.cr.flush()
            new.is_default = True
            self.env.cr.flush()
            self.assertEqual((old.is_default, new.is_default), (False, True))

    def test_what_is_archived_still_uses_a_cadence(self):
        """R23: an archived rule or customer can come back."""
        other = self.make_cadence("Other", [("after_due", 1, 9)])
        rule = self.env["chasing.rule"].create({"name": "Old", "cadence_id": other.id, "active": False})
        for act in (other.unlink, other.action_archive):
            with self.assertRaisesRegex(UserError, "rule Old"):
                act()
        rule.unlink()
        self.customer.with_company(self.company).chasing_cadence_id = other
        self.customer.active = False
        with self.assertRaisesRegex(UserError, "customer Ann Lee"):
            other.action_archive()

    def test_a_branch_s_customer_uses_a_cadence_of_the_parent_company(self):
        """R23"""
        other = self.make_cadence("Other", [("after_due", 1, 9)])
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.customer.with_company(branch).chasing_cadence_id = other
        with self.assertRaisesRegex(UserError, "customer Ann Lee"):
            other.action_archive()

    def test_a_new_default_replaces_the_old_one(self):
        """R21."""
        other = self.make_cadence("Other", [("on_issue", 0, 9)])
        other.is_default = True
        self.env.cr.flush()
        self.assertFalse(self.cadence.is_default)
        self.assertEqual(self.company._chasing_default_cadence(), other)

    def test_a_cadence_made_as_default_replaces_the_old_one(self):
        """R21."""
        other = self.make_cadence("Other", [("on_issue", 0, 9)], is_default=True)
        self.env.cr.flush()
        self.assertEqual((self.cadence.is_default, other.is_default), (False, True))

    def test_choosing_a_default_names_the_one_it_replaces(self):
        """R21."""
        other = self.make_cadence("Other", [("on_issue", 0, 9)])
        other.is_default = False
        warning = other.new({"is_default": True, "company_id": self.company.id}, origin=other)._onchange_is_default()
        self.assertIn("Usual", warning["warning"]["message"])

    def test_a_default_is_neither_archived_nor_deleted(self):
        """R23: the message says why."""
        for act in (self.cadence.action_archive, self.cadence.unlink):
            with self.assertRaisesRegex(UserError, "default of Firm"):
                act()

    def test_what_gives_a_cadence_to_new_invoices_is_named(self):
        """R23: whoever wants to archive it learns where it is to be replaced."""
        self.customer.chasing_cadence_id = self.cadence
        self.env["chasing.rule"].create({"name": "Large", "cadence_id": self.cadence.id})
        said = "Usual is in use: default of Firm, customer Ann Lee, rule Large. Choose another"
        with self.assertRaisesRegex(UserError, said):
            self.cadence.action_archive()

    def archived(self):
        cadence = self.make_cadence("Old", [("after_due", 1, 9)])
        cadence.action_archive()
        return cadence

    def test_an_archived_cadence_does_not_become_the_default(self):
        """R21, R23: by itself, made so, or chosen in the settings; restored it does."""
        old = self.archived()
        with self.assertRaisesRegex(ValidationError, "Old is archived"), self.env.cr.savepoint():
            old.is_default = True
        with self.assertRaisesRegex(ValidationError, "Gone is archived"), self.env.cr.savepoint():
            self.make_cadence("Gone", [("after_due", 1, 9)], active=False, is_default=True)
        with self.assertRaisesRegex(ValidationError, "Old is archived"), self.env.cr.savepoint():
            self.env["res.config.settings"].create({"chasing_default_cadence_id": old.id})
        self.assertEqual(self.company._chasing_default_cadence(), self.cadence)
        old.write({"active": True, "is_default": True})
        self.assertEqual(self.company._chasing_default_cadence(), old)

    def test_a_new_default_replaces_one_that_was_archived_in_the_database(self):
        """R21"""
        self.env.cr.flush()
        self.env.cr.execute("UPDATE chasing_cadence SET active = false WHERE id = %s", [self.cadence.id])
        self.env.invalidate_all()
        other = self.make_cadence("Other", [("after_due", 1, 9)], is_default=True)
        self.env.cr.flush()
        self.assertEqual((self.cadence.is_default, other.is_default), (False, True))

    def test_an_archived_cadence_is_given_to_no_invoice(self):
        """R23: neither by the dialog, to one or many, nor by a program."""
        old, invoices = self.archived(), self.make_invoices(2)
        for some in (invoices[0], invoices):
            dialog = self.env["chasing.assign"].create({"selected": some.ids, "cadence_id": old.id, "replaces": True})
            with self.assertRaisesRegex(UserError, "Old is archived"):
                dialog.action_assign()
        with self.assertRaisesRegex(UserError, "Old is archived"):
            self.make_invoice(post=False)._chasing_assign(old)
        self.assertEqual(invoices.chasing_cadence_id, self.cadence)
        old.active = True
        dialog.action_assign()
        self.assertEqual(invoices.chasing_cadence_id, old)

    def test_another_cadence_is_archived_and_deleted_and_its_invoices_go_on(self):
        """R20, R23."""
        invoice = self.make_invoice()
        self.cadence.is_default = False
        self.cadence.action_archive()
        self.cadence.unlink()
        self.assertEqual(self.states(invoice), ["planned"] * 3)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

    def test_changing_a_cadence_changes_no_invoice_that_has_it(self):
        """R20."""
        invoice = self.make_invoice()
        before = self.plan(invoice)
        self.cadence.step_ids[1].days = 7
        self.cadence.write({"step_ids": [Command.create({"trigger": "after_due", "days": 9})]})
        self.env.cr.flush()
        self.assertEqual(self.plan(invoice), before)

    def test_a_copy_has_the_steps_and_is_no_default(self):
        """R23."""
        copy = self.cadence.copy()
        self.assertEqual(copy.name, "Usual (copy)")
        self.assertFalse(copy.is_default)
        self.assertEqual(copy.step_ids.mapped("step_label"), self.cadence.step_ids.mapped("step_label"))
        self.assertFalse(copy.step_ids & self.cadence.step_ids)

    def test_a_cadence_counts_its_open_invoices(self):
        """R23."""
        self.make_invoice()
        self.pay(self.make_invoice())
        self.cadence.invalidate_recordset(["schedule_count"])
        self.assertEqual(self.cadence.schedule_count, 1)

    def test_a_change_of_the_steps_is_logged(self):
        """R23: old → new."""
        # what was done while the cadence was made is told
        self.env.cr.flush()
        self.cadence.write({"step_ids": [Command.update(self.cadence.step_ids[0].id, {"hour": 11})]})
        self.env.cr.flush()
        body = self.cadence.message_ids[0].body
        self.assertIn("On issue at 09:00", body)
        self.assertIn("On issue at 11:00", body)

    def test_a_company_has_at_most_a_hundred_cadences(self):
        """R16: the sentence names the limit."""
        count = self.env["chasing.cadence"].search_count([("company_id", "=", self.company.id)])
        values = [
            {"name": f"C{number}", "company_id": self.company.id, "step_ids": []} for number in range(100 - count)
        ]
        self.env["chasing.cadence"].create(values)
        with self.assertRaisesRegex(ValidationError, "at most 100 cadences"):
            self.env["chasing.cadence"].create({"name": "One more", "company_id": self.company.id})

    @mute_logger("odoo.sql_db")
    def test_the_contact_delay_is_0_to_30_days(self):
        """R42."""
        self.cadence.min_contact_days = 30
        self.env.cr.flush()
        with self.assertRaisesRegex(Exception, "min_contact_days"), self.env.cr.savepoint():
            self.cadence.min_contact_days = 31
            self.env.cr.flush()

    def test_a_new_cadence_in_the_form_starts_with_one_step_at_9(self):
        """R3."""
        with Form(self.env["chasing.cadence"]) as form:
            form.name = "New"
        self.assertEqual(form.record.step_ids.mapped(lambda step: (step.trigger, step.hour)), [("on_issue", 9)])


@tagged("post_install", "-at_install")
class TestChasingStepDefinition(ChasingCommon):
    def assertRefused(self, words, *steps):
        with self.assertRaisesRegex(ValidationError, words):
            self.make_cadence("Bad", list(steps))

    def test_days_are_whole_and_not_negative(self):
        """R2."""
        for trigger in ("after_issue", "before_due", "after_due"):
            self.make_cadence("Good", [(trigger, 0, 9)])
            self.assertRefused("whole number from 0", (trigger, -1, 9))

    def test_a_repeating_step_has_an_interval_of_a_day_or_more(self):
        """R2."""
        self.make_cadence("Good", [("repeat", 1, 9)])
        self.assertRefused("whole number from 1", ("repeat", 0, 9))

    def test_repeats_are_one_to_ten(self):
        """R2, R16."""

        def repeat(times):
            return {"trigger": "repeat", "days": 7, "repeat_count": times}

        self.make_cadence("Good", [repeat(10)])
        self.assertRefused("1 to 10 times", repeat(11))
        self.assertRefused("1 to 10 times", repeat(0))

    def test_the_hour_is_one_of_the_day(self):
        """R3."""
        self.make_cadence("Good", [("on_issue", 0, 0), ("after_due", 1, 23)])
        self.assertRefused("hour must be a whole number from 0 to 23", ("on_issue", 0, 24))
        self.assertRefused("hour must be a whole number from 0 to 23", ("on_issue", 0, -1))

    def test_a_step_has_a_channel(self):
        """R4: the sentence names the step."""
        self.assertRefused("On issue: .*no channel", {"trigger": "on_issue", "channel_email": False})

    def test_a_date_belongs_to_one_invoice(self):
        """R12."""
        self.assertRefused("is for a single invoice", {"trigger": "on_date", "date": "2026-03-02"})

    def test_only_one_step_repeats(self):
        """R14."""
        self.assertRefused("Only one step may repeat", ("repeat", 7, 9), ("repeat", 14, 9))

    def test_two_equal_steps_are_refused(self):
        """R14: another hour makes them different."""
        self.make_cadence("Good", [("after_due", 5, 9), ("after_due", 5, 10)])
        self.assertRefused("same time", ("after_due", 5, 9), ("after_due", 5, 9))

    def test_a_cadence_has_at_most_a_hundred_steps(self):
        """R16."""
        self.make_cadence("Good", [("after_due", days, 9) for days in range(100)])
        self.assertRefused("At most 100", *[("after_due", days, 9) for days in range(101)])

    def test_a_line_changed_by_itself_is_checked_too(self):
        """R3, R14: an integration writes lines without their cadence."""
        first, second, _third = self.cadence.step_ids
        with self.assertRaises(ValidationError):
            first.hour = 24
        with self.assertRaises(ValidationError):
            second.write({"trigger": "on_issue", "hour": 9})
        with self.assertRaises(ValidationError):
            self.env["chasing.cadence.step"].create({"cadence_id": self.cadence.id, "trigger": "on_issue", "hour": 9})
        first.hour = 10
        self.assertEqual(first.hour, 10)

    def test_two_lines_may_swap_their_days_in_one_write(self):
        """R14: only the outcome counts."""
        cadence = self.make_cadence("Swap", [("after_due", 5, 9), ("after_due", 9, 9)])
        first, second = cadence.step_ids
        cadence.write({"step_ids": [Command.update(first.id, {"days": 9}), Command.update(second.id, {"days": 5})]})
        self.assertEqual(cadence.step_ids.mapped("days"), [9, 5])

    def test_labels_are_in_a_persons_words(self):
        """R13: every occurrence of a repeating step is a line of its own on an invoice."""
        cadence = self.make_cadence(
            "Words",
            [
                ("on_issue", 0, 9),
                ("after_issue", 4, 9),
                ("before_due", 3, 9),
                ("after_due", 0, 9),
                ("after_due", 8, 9),
                {"trigger": "repeat", "days": 7, "repeat_count": 2},
            ],
        )
        self.assertEqual(
            cadence.step_ids.mapped("step_label"),
            [
                "On issue",
                "4 days after issue",
                "3 days before due",
                "On the due date",
                "8 days after due",
                "Every 7 days, 2 times",
            ],
        )
        invoice = self.make_invoice(cadence=cadence)
        repeats = self.steps(invoice).filtered(lambda step: step.trigger == "repeat")
        self.assertEqual(repeats.mapped("step_label"), ["Every 7 days, 1 of 2", "Every 7 days, 2 of 2"])
