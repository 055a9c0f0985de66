from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.assignment import AssignmentCommon


@tagged("post_install", "-at_install")
class TestAssignmentUndo(AssignmentCommon):
    """R51, R52: what undoing does is said before it is done."""

    def ask(self, act):
        action = act.with_user(self.collector).action_ask_undo()
        return self.env["chasing.assignment.undo"].with_user(self.collector).browse(action["res_id"])

    def rows(self, dialog):
        return [
            (each["title"].partition(":")[0], row["invoice"], row["before"], row["after"], row["note"])
            for each in dialog.changes
            for row in each["rows"]
        ]

    def test_it_names_who_gets_back_what_and_who_does_not(self):
        first, second, third = self.make_invoices(3)
        fresh = self.make_invoice(chased=False)
        dialog = self.open((first | second | third | fresh).action_chasing_assign())
        dialog.write({"cadence_id": self.firm.id, "replaces": True})
        dialog.action_assign()
        act = self.env["chasing.assignment"].search([])
        second._chasing_assign(self.cadence)
        self.pay(third)
        dialog = self.ask(act)
        self.assertEqual(
            sorted(self.rows(dialog)),
            sorted([
                ("Will be undone", first.name, "Hard", "Usual", ""),
                ("Will be undone", fresh.name, "Hard", "Not chased", ""),
                ("Unchanged", second.name, "Usual", "", "Reassigned since."),
                ("Unchanged", third.name, "Hard", "", "Closed or ended since."),
            ]),
        )
        self.assertEqual(dialog.invoice_count, 2)
        self.assertIn("2 invoices, $ 200.00 outstanding", dialog.changes[0]["title"].replace("\xa0", " "))
        self.assertEqual(dialog.replaced_text, "Replaces scheduled messages: 2 e-mails.")
        dialog.action_undo()
        self.assertEqual(self.cadences(first)[0], ["Usual"])
        self.assertEqual(self.cadences(second)[0], ["Usual"])
        self.assertFalse(fresh.chasing_schedule_id)

    def test_the_toast_offers_it_at_once(self):
        invoices = self.make_invoices(2)
        dialog = self.open(invoices.action_chasing_assign())
        dialog.write({"cadence_id": self.firm.id, "replaces": True})
        action = dialog.action_assign()
        [button] = action["params"]["buttons"]
        self.assertEqual((button["model"], button["method"]), ("chasing.assignment", "action_undo"))
        self.env[button["model"]].browse(button["ids"]).action_undo()
        self.assertEqual(self.cadences(invoices)[0], ["Usual"] * 2)

    def test_it_is_done_once(self):
        act = self.give(self.make_invoices(2), self.firm)
        dialog = self.ask(act)
        dialog.action_undo()
        for again in (dialog.action_undo, act.action_ask_undo):
            with self.assertRaisesRegex(UserError, "already undone"):
                again()

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_only_who_may_chase_is_asked(self):
        act = self.give(self.make_invoices(2), self.firm)
        other = self.setup_other_company(name="Other")["company"]
        stranger = self.make_user("stranger", "invoice_chasing.group_user", company_id=other.id)
        auditor = self.make_user("auditor", "account.group_account_readonly")
        for user in (stranger, auditor):
            with self.assertRaises(AccessError):
                act.with_user(user).action_ask_undo()
            with self.assertRaises(AccessError):
                self.env["chasing.assignment.undo"].with_user(user).create({"assignment_id": act.id})
