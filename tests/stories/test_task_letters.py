from odoo.tests import tagged

from ..builders.browser import BrowserCase
from ..builders.letters import LetterCommon


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskLetters(BrowserCase, LetterCommon):
    def test_letters_are_printed_and_posted(self):
        """R89: in three clicks from their screen, four with its menu, and by keyboard."""
        one, two = self.make_letter(), self.make_letter()
        self.pay(two.move_id)

        def print_and_post(page):
            page.click("Print Letters")
            page.see("Ann Lee")
            page.click("Create PDF")
            page.see("The PDF was downloaded")
            page.click("Mark as Posted")
            page.see("No letter is waiting")

        self.task("/odoo/action-invoice_chasing.chasing_letter_action", print_and_post, 3, login="page_manager")
        self.assertEqual((one.state, two.state), ("sent", "cancelled"))
