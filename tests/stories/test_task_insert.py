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
            insert(page, "Text", "Your reference")
            page.see("PO 7")
            self.assertNotIn("{{", page.text())
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

    def test_a_subject_is_read_as_it_is_sent_and_edited_as_it_is_stored(self):
        """R74: nothing moves when the cursor comes, so that what is clicked next is hit."""
        invoice = self.invoice()
        with self.browse(f"/odoo/customer-invoices/{invoice.id}") as page:
            page.click("Send…")
            shown = "document.querySelector('.modal .o_chasing_filled')"
            field = "document.querySelector('.modal [name=subject] input')"
            height = f"{field}.parentElement.clientHeight"
            self.assertIn(invoice.name, page.run(f"{shown}.textContent"))
            self.assertNotIn("{{", page.run(f"{shown}.textContent"))
            self.assertEqual(page.run(f"getComputedStyle({field}).opacity"), "0")
            before = page.run(height)
            page.click("Subject")
            self.assertTrue(page.run(f"{field} === document.activeElement && {field}.value.includes('{{{{')"))
            self.assertEqual(page.run(f"getComputedStyle({field}).opacity"), "1")
            self.assertEqual(page.run(f"getComputedStyle({shown}).visibility"), "hidden")
            self.assertEqual(page.run(height), before)
            page.fill("Subject", "About {{ object.ref }}, {{ object.boss }}")
            page.press("Tab")
            self.assertEqual(page.run(f"{shown}.textContent"), "About PO 7, {{ object.boss }}")
            page.fill("Subject", "Hello")
            page.press("Tab")
            self.assertFalse(page.run(f"Boolean({shown})"))
            self.assertEqual(page.run(f"getComputedStyle({field}).opacity"), "1")

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
            page.see("Custom Subject")
            self.assertNotIn("Example", page.text(), "The preview alone says of which invoice it speaks.")
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

    def test_by_keyboard_nothing_that_stands_there_is_replaced(self):
        """The key Tab selects a whole text; what was inserted is undone as what is typed."""
        self.editor()
        model_id = self.env["ir.model"]._get_id("account.move")
        mail = self.env["mail.template"].create({"name": "A", "model_id": model_id, "subject": "About"})
        sms = self.env["sms.template"].create({"name": "B", "model_id": model_id, "body": "Invoice"})
        line = self.cadence.step_ids[0]
        line.write({"subject": "Hello", "consequence": "We stop."})
        for path, opener, text, before in (
            (f"/odoo/action-mail.action_email_template_tree_all/{mail.id}", "", "Subject", "About"),
            (f"/odoo/action-sms.sms_template_action/{sms.id}", "", "Body", "Invoice"),
            (f"{CADENCES}/{self.cadence.id}", f"Edit Message, {line.step_label}", "Subject", "Hello"),
            (f"{CADENCES}/{self.cadence.id}", f"Edit Message, {line.step_label}", "What Happens Next", "We stop."),
        ):
            with self.subTest(path, text=text), self.browse(path, "page_manager") as page:
                page.by_keyboard = True
                if opener:
                    page.click(opener)
                insert(page, text, "Invoice number")
                value = "document.activeElement.value"
                self.assertEqual(page.run(value), f"{before} {{{{ object.name }}}}")
                page.run("document.execCommand('undo')")
                self.assertEqual(page.run(value), before)

    def test_into_what_happens_next(self):
        """In the sheet of one message, and in the dialog for one step."""
        invoice = self.invoice()
        with self.browse(f"/odoo/customer-invoices/{invoice.id}") as page:
            page.click("Send…")
            page.fill("What Happens Next", "We will pass it on:")
            insert(page, "What Happens Next", "Invoice number")
            page.click("Send")
            page.wait_for(CLOSED, "No dialog")
        step = invoice.chasing_schedule_id.step_ids.filtered("is_by_hand")
        self.assertEqual(step.consequence, "We will pass it on: {{ object.name }}")
        [message] = self.deliver()
        self.assertIn(f"We will pass it on: {invoice.name}", message.get_body(("html",)).get_content())

    def test_an_sms_template_has_lines_and_shows_its_length_on_a_phone(self):
        self.editor()
        model_id = self.env["ir.model"]._get_id("account.move")
        sms = self.env["sms.template"].create({"name": "B", "model_id": model_id, "body": "Invoice"})
        path = f"/odoo/action-sms.sms_template_action/{sms.id}"
        with self.browse(path, "page_manager", size=PHONE) as page:
            page.fill("Body", "Invoice due.\nPlease pay.")
            page.see("1 SMS, 24 of 160 characters")
            self.assertTrue(page.run("document.querySelector('[name=body] textarea').clientHeight > 40"))
            self.assertFalse([one for one in page.cut() if "body" in one.lower() or "insert" in one.lower()])
            page.press(SAVE)
            page.wait_for(SAVED, "A saved form")
        self.assertEqual(sms.body, "Invoice due.\nPlease pay.")

    def test_a_template_of_e_mails_has_one_button_for_fields_of_its_subject(self):
        self.editor()
        model_id = self.env["ir.model"]._get_id("account.move")
        mail = self.env["mail.template"].create({"name": "A", "model_id": model_id, "subject": "About"})
        with self.browse(f"/odoo/action-mail.action_email_template_tree_all/{mail.id}", "page_manager") as page:
            page.click("Subject")
            page.see("Insert field")
            self.assertFalse(page.run("Boolean(document.querySelector('[name=subject] .fa-magic'))"))

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
            page.press("Tab")
            page.see("PO 7")
            self.assertFalse([one for one in page.cut() if "insert" in one.lower() or "filled" in one.lower()])
