from odoo.tests import tagged

from ..builders.browser import BrowserCase
from .test_task_bulk import select_page


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskSendMany(BrowserCase):
    def test_many_with_two_that_cannot_go(self):
        """R102b: in four clicks from Odoo's list of invoices, and by keyboard; the two are listed."""
        fine = self.make_invoice() | self.make_invoice() | self.make_invoice()
        out = self.make_customer("Out", "out@customer.example")
        kept = self.make_invoice(partner_id=out.id) | self.make_invoice(partner_id=out.id)
        out.action_chasing_exclude()
        self.env.cr.flush()

        def send(page):
            page.see("1-5 / 5")
            select_page(page)
            page.click("Actions")
            page.click("Send a Message")
            page.see("3 invoices, $ 300.00 outstanding.", "To be sent now: 3 e-mails.", "Cannot be sent: 2 invoices")
            page.click("Send")
            page.see("3 messages are on their way.", "2 unchanged.")

        self.task("/odoo/customer-invoices", send, clicks=4)
        self.assertEqual(len(self.deliver()), 3)
        by_hand = (fine | kept).chasing_schedule_ids.step_ids.filtered("is_by_hand")
        self.assertEqual(by_hand.move_id, fine)
