from odoo.tests import tagged

from ..builders.browser import BrowserCase
from .test_task_cadence import by_key

FIRST_FIELD = ".o_model_field_selector_popover_item"


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskRule(BrowserCase):
    """R51: a rule for one customer is made and applied, and what it did is undone."""

    def setUp(self):
        super().setUp()
        self.hard = self.make_cadence("Hard", [("after_due", 1, 9)])
        self.by_rule, self.by_hand = self.make_invoices(2)
        self.by_hand._chasing_assign(self.cadence)
        self.other = self.make_invoice(partner_id=self.make_customer("Bob", "bob@customer.example").id)

    def apply(self, page):
        by_key(page, "New", "Alt+c")
        page.fill("e.g. Large invoices abroad", "Ann's")
        page.choose("Cadence", "Hard")
        page.click("New Rule")
        page.click("User")
        page.fill("Search...", "Partner")
        page.wait_for(f"document.querySelector({FIRST_FIELD!r})?.innerText.trim() === 'Partner'", "Partner")
        by_key(page, "Partner", "Enter")
        page.choose("Select one or several criteria", "Ann Lee")
        page.see("2 open invoices")
        page.click("Apply Now…")
        page.see(
            "Will change: 1 invoice, $ 100.00 outstanding",
            self.by_rule.name,
            "Unchanged: 1 invoice, $ 100.00 outstanding",
        )
        page.click("Apply")
        page.see("1 invoice changed")

    def test_a_rule_is_made_and_applied(self):
        with self.browse("/odoo/action-invoice_chasing.chasing_rule_action", "page_manager") as page:
            self.apply(page)
            self.assertLessEqual(page.clicks, 10)
        invoices = (self.by_rule, self.by_hand, self.other)
        self.assertEqual([one.chasing_cadence_id for one in invoices], [self.hard, self.cadence, self.cadence])

    def test_a_rule_is_made_and_applied_by_keyboard(self):
        with self.browse("/odoo/action-invoice_chasing.chasing_rule_action", "page_manager") as page:
            page.by_keyboard = True
            self.apply(page)
        self.assertEqual(self.by_rule.chasing_cadence_id, self.hard)

    def test_what_a_rule_did_is_undone(self):
        rule = self.env["chasing.rule"].create({"name": "Hard", "cadence_id": self.hard.id})
        self.env["chasing.assign"].browse(rule.action_apply()["res_id"]).action_assign()
        self.assertEqual(self.by_rule.chasing_cadence_id, self.hard)
        self.other._chasing_assign(self.cadence)

        def undo(page):
            page.click("Undo")
            page.see("Will be undone: 1 invoice", "Hard → Usual", "Unchanged: 1 invoice")
            page.click("Undo")
            # what was kept is told with its reason
            page.see("Undone By", "Reassigned since.")

        act = self.env["chasing.assignment"].search([])
        self.task(f"/odoo/action-invoice_chasing.chasing_assignment_action/{act.id}", undo, clicks=2)
        self.assertEqual(self.by_rule.chasing_cadence_id, self.cadence)
