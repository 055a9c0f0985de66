from odoo.tests import tagged

from ..builders.browser import PHONE, BrowserCase
from ..builders.letters import blank_pdf

CLOSED = "!document.querySelector('.modal')"


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskSend(BrowserCase):
    """R102, R74: one sheet, now or later."""

    def invoice(self, **values):
        invoice = self.make_invoice(chased=False, **values)
        self.give_pdf(invoice, blank_pdf())
        return invoice

    def by_hand(self, invoice):
        return invoice.chasing_schedule_id.step_ids.filtered("is_by_hand")

    def test_a_message_is_sent_now_with_edits(self):
        """In three clicks, and by keyboard, on an invoice that nobody chases."""
        invoice = self.invoice()

        def send(page):
            page.click("Send…")
            page.see("ann@customer.example")
            page.fill("Subject", "About {{ object.name }}")
            page.press("Tab")
            page.see(f"About {invoice.name}")
            page.click("Send")
            page.wait_for(CLOSED, "No dialog")

        self.task(f"/odoo/customer-invoices/{invoice.id}", send, clicks=3)
        [message] = self.deliver()
        self.assertEqual(message["subject"], f"About {invoice.name}")

    def test_a_message_is_scheduled_and_taken_back(self):
        """In four clicks, and by keyboard."""
        invoice = self.invoice()

        def schedule(page):
            page.click("Send…")
            if page.by_keyboard:
                # Radio buttons are one stop of the key Tab, the arrow keys go from one to the next.
                page.click("Send now")
                page.press("ArrowRight")
            else:
                page.click("Schedule for later")
            page.see("Tuesday 3 March 2026, 09:00")
            page.click("Schedule")
            page.wait_for(CLOSED, "No dialog")
            page.click("Undo")
            page.wait_for("!document.querySelector('.o_notification')", "No toast")

        self.task(f"/odoo/customer-invoices/{invoice.id}", schedule, clicks=4)
        self.at("2026-03-03 09:00")
        self.assertFalse(self.deliver())

    def test_the_message_of_one_step_is_edited(self):
        """R70, R77: in five clicks, and by keyboard, with the message beside it."""
        invoice = self.make_invoice()

        def write(page):
            page.click("Chasing", within="Chasing")
            page.click("More", within="3 days before due")
            page.click("Edit Message")
            page.fill("Subject", "About {{ object.name }}")
            page.press("Tab")
            page.see(f"About {invoice.name}")
            page.click("Save")
            page.wait_for(CLOSED, "No dialog")

        self.task(f"/odoo/customer-invoices/{invoice.id}", write, clicks=5)
        self.assertEqual(self.step(invoice, "before_due").subject, "About {{ object.name }}")

    def test_a_text_is_saved_as_template_and_tested(self):
        """In five clicks, and by keyboard: the sheet stays open."""
        invoice = self.invoice()
        manager = self.env["res.users"].search([("login", "=", "page_manager")])
        manager.group_ids += self.env.ref("mail.group_mail_template_editor")

        def save(page):
            page.click("Send…")
            page.fill("Save as", "Kind words")
            page.press("Tab")
            page.click("Save as Template")
            page.see("The template “Kind words” is saved: E-mail.")
            page.click("Send a Test to Myself")
            page.see("A test is on its way")

        self.task(f"/odoo/customer-invoices/{invoice.id}", save, clicks=5, login="page_manager")
        self.assertTrue(self.env["mail.template"].search([("name", "=", "Kind words")]))
        [message] = self.deliver()
        self.assertIn("[Test]", message["subject"])

    def test_the_text_has_a_name_and_its_label_leads_there(self):
        """WCAG 1.3.1, 4.1.2."""
        invoice = self.invoice()
        with self.browse(f"/odoo/customer-invoices/{invoice.id}") as page:
            page.click("Send…")
            text = "document.querySelector('.modal [contenteditable][role=textbox]')"
            page.wait_for(f"{text}?.getAttribute('aria-label') === 'Text'", "The text by its name")
            labels = "[...document.querySelectorAll('.modal label')]"
            page.run(f"{labels}.find((one) => one.textContent.trim().startsWith('Text')).click()")
            page.wait_for(f"document.activeElement === {text}", "The focus in the text")

    def test_the_arrow_keys_go_from_channel_to_channel(self):
        invoice = self.make_invoice()
        with self.browse(f"/odoo/customer-invoices/{invoice.id}") as page:
            page.click("Write…")
            page.click("Schedule for later")
            page.click("SMS")
            page.press("Tab")
            page.wait_for("document.querySelectorAll('.modal [role=tab]').length > 1", "Tabs")
            page.run("document.querySelector('.modal [role=tab]').focus()")
            page.press("ArrowRight")
            self.assertIn("SMS", page.focused())

    def test_the_sheet_fits_a_phone(self):
        invoice = self.make_invoice()
        with self.browse(f"/odoo/customer-invoices/{invoice.id}", size=PHONE) as page:
            page.click("Write…")
            page.see("Reaches")
            page.click("Schedule for later")
            # The list behind the dialog is not looked at, and Odoo shortens the names of contacts.
            self.assertEqual([one for one in page.cut() if "text-truncate" not in one], [])
            page.press("Escape")
            page.wait_for(CLOSED, "No dialog")
