from odoo.tests import tagged

from ..builders.browser import BrowserCase
from .test_task_bulk import select_page


def choose_exclusion(page):
    """Choose among the acts; by keyboard the dialog begins at the first, and arrows lead on."""
    if page.by_keyboard:
        page.press("ArrowDown", 2)
    else:
        page.click("Exclude from chasing")


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskCustomers(BrowserCase):
    def test_all_of_two_pages_are_excluded_and_undone(self):
        """R37: in six clicks from Odoo's list of customers; the toast undoes it."""
        customers = self.env["res.partner"].create([
            {"name": f"Zebra {number:02}", "customer_rank": 1, "ref": "zebra"} for number in range(90)
        ])
        invoice = self.make_invoice(partner_id=customers[0].id)
        action = self.env.ref("account.res_partner_action_customer")
        action.sudo().write({"domain": [("id", "in", customers.ids)], "context": "{}"})
        self.env.cr.flush()

        def exclude(page):
            page.see("1-80 / 90")
            select_page(page)
            page.click("Select all 90")
            page.click("Actions")
            page.click("Invoice Chasing")
            page.see("Include in chasing again")
            choose_exclusion(page)
            page.see("90 customers: 1 invoice being chased, $ 100.00 outstanding.", "Zebra 00")
            page.click("Exclude from Chasing")
            page.see("90 customers excluded from chasing.")

        self.task("/odoo/customers?view_type=list", exclude, clicks=6)
        self.assertTrue(all(customers.mapped("chasing_excluded")))
        self.assertEqual(invoice.chasing_schedule_id.hold_reason, "customer_excluded")
