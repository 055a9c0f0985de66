from odoo.tests import tagged

from ..builders.browser import PHONE, BrowserCase
from ..builders.letters import blank_pdf

CLOSED = "!document.querySelector('.modal')"
CADENCES = "/odoo/action-invoice_chasing.chasing_cadence_action"
# What a text is saved with, without leaving it first.
SAVE = "Alt+s"
SAVED = "!document.querySelector('.o_form_status_indicator_buttons:not(.invisible)')"


def insert(page, text, field):
    """Insert a field into a text, in two clicks; the cursor stands behind it afterwards."""
    page.click(f"Insert field: {text}")
    page.click(field)
    page.wait_for(
        "document.activeElement.matches('input.o_input, textarea.o_input, .odoo-editor-editable')",
        "The focus in the text",
    )


def chip(name):
    """Return the expression of a field that stands in a text."""
    return f"document.querySelector('.o_chasing_chip[title=\"{name}\"]')"


@tagged("post_install", "-at_install", "chasing_browser")
class TestTaskInsert(BrowserCase):
    """R77: fields are inserted by a click, by mouse and by keyboard alone, wherever texts for customers are written."""

    def invoice(self, **values):
        invoice = self.make_invoice(chased=False, **values)
        invoice.ref = "PO 7"
        self.give_pdf(invoice, blank_pdf())
        return invoice

    def editor(self):
        manager = self.env["res.users"].search([("login", "=", "page_manager")])
        manager.group_ids += self.env.ref("mail.group_mail_template_editor") + self.env.ref("base.group_system")
        return manager

    def test_into_subject_and_text_of_a_message(self):
        """Six clicks, sending included; the fields stand there by what they say of this invoice."""
        invoice = self.invoice()

        def write(page):
            page.click("Send…")
            insert(page, "Subject", "Your reference")
            page.see("{{ object.ref }}: PO 7")
            insert(page, "Text", "Your reference")
            page.wait_for(f"{chip('Your reference')}?.textContent === 'PO 7'", "What the field says")
            page.press("Tab")
            page.click("Send")
            page.wait_for(CLOSED, "No dialog")

        self.task(f"/odoo/customer-invoices/{invoice.id}", write, clicks=6)
        [message] = self.deliver()
        self.assertIn("PO 7", message["subject"])
        self.assertIn("PO 7", message.get_body(("html",)).get_content())
        self.assertNotIn("o_chasing_chip", message.get_body(("html",)).get_content())
        step = invoice.chasing_schedule_id.step_ids.filtered("is_by_hand")
        self.assertIn("{{ object.ref }}", step.subject)
        self.assertIn("{{ object.ref }}", step.body)
        self.assertNotIn("span", str(step.body))

    def test_into_an_sms_whose_length_is_told_while_it_is_typed(self):
        """R74, R88."""
        invoice = self.invoice()
        self.customer.phone = "+32 470 12 34 56"

        def write(page):
            page.click("Send…")
            page.click("E-mail")
            page.click("SMS")
            page.fill("SMS Text", "Dear customer")
            page.see("1 SMS, 13 of 160 characters")
            insert(page, "SMS Text", "Your reference")
            page.see("1 SMS, 18 of 160 characters")
            page.click("Send")
            page.wait_for(CLOSED, "No dialog")

        self.task(f"/odoo/customer-invoices/{invoice.id}", write, clicks=7)
        step = invoice.chasing_schedule_id.step_ids.filtered("is_by_hand")
        self.assertEqual(step.sms_text, "Dear customer {{ object.ref }}")

    def test_into_the_line_of_a_cadence(self):
        line = self.cadence.step_ids[0]

        def write(page):
            page.click(f"Edit Message, {line.step_label}")
            insert(page, "Subject", "Invoice number")
            insert(page, "Text", "Invoice number")
            page.wait_for(f"{chip('Invoice number')}?.textContent === 'Invoice number'", "The field by its name")
            page.press("Tab")
            page.click("Save")
            page.wait_for(CLOSED, "No dialog")
            page.press(SAVE)
            page.see("{{ object.name }}")

        self.task(f"{CADENCES}/{self.cadence.id}", write, clicks=6, login="page_manager")
        self.assertEqual(line.subject, "{{ object.name }}")
        self.assertIn("{{ object.name }}", line.body)

    def test_into_a_template_of_e_mails(self):
        """As Odoo's own templates say it."""
        self.editor()
        template = self.env["mail.template"].create({
            "name": "Mine",
            "model_id": self.env["ir.model"]._get_id("account.move"),
            "subject": "About",
            "body_html": "<p>Dear customer</p>",
        })

        def write(page):
            insert(page, "Subject", "Due date")
            insert(page, "Body", "Invoice total")
            page.press(SAVE)
            page.wait_for(SAVED, "A saved form")

        path = f"/odoo/action-mail.action_email_template_tree_all/{template.id}"
        self.task(path, write, clicks=4, login="page_manager")
        self.assertEqual(template.subject, "About {{ long_date(object.invoice_date_due) }}")
        self.assertIn('t-out="format_amount(object.amount_total, object.currency_id)"', template.body_html)

    def test_into_a_template_of_sms(self):
        self.editor()
        template = self.env["sms.template"].create({
            "name": "Mine",
            "model_id": self.env["ir.model"]._get_id("account.move"),
            "body": "Invoice",
        })

        def write(page):
            insert(page, "Body", "Invoice number")
            page.press(SAVE)
            page.wait_for(SAVED, "A saved form")

        self.task(f"/odoo/action-sms.sms_template_action/{template.id}", write, clicks=2, login="page_manager")
        self.assertEqual(template.body, "Invoice {{ object.name }}")

    def test_a_field_is_taken_out_again_and_what_is_typed_around_it_stays(self):
        """It is one thing for the cursor, and undone like what is typed."""
        invoice = self.invoice()
        with self.browse(f"/odoo/customer-invoices/{invoice.id}") as page:
            page.click("Send…")
            # Where the text is clicked there is a field, behind which the cursor goes.
            page.click("Text")
            page.click("Text")
            insert(page, "Text", "Your reference")
            chips = "document.querySelectorAll('.o_chasing_chip[title=\"Your reference\"]').length"
            page.wait_for(f"{chips} === 1", "One field")
            page.wait_for("!document.querySelector('.o_chasing_chip .o_chasing_chip')", "None within another")
            page.press("Backspace")
            if page.run(f"{chips} === 1"):
                # What lies between it and the cursor, and is not seen, went first.
                page.press("Backspace")
            page.wait_for(f"{chips} === 0", "No field")
            page.press("Control+z")
            page.wait_for(f"{chips} === 1", "The field again")

    def test_the_list_fits_a_phone(self):
        invoice = self.make_invoice()
        invoice.ref = "PO 7"
        with self.browse(f"/odoo/customer-invoices/{invoice.id}", size=PHONE) as page:
            page.click("Write…")
            insert(page, "Subject", "Your reference")
            page.see("{{ object.ref }}: PO 7")
            self.assertFalse([one for one in page.cut() if "insert" in one.lower()])
