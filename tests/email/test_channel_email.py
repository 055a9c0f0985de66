from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.builders import ChasingCommon


def html(message):
    return message.get_body(("html",)).get_content()


@tagged("post_install", "-at_install")
class TestChannelEmailRecipients(ChasingCommon):
    def addresses(self, invoice):
        return sorted(self.deliveries(invoice).mapped("address"))

    def test_the_invoices_customer_gets_it_by_default(self):
        """R60."""
        invoice = self.make_invoice()
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertEqual(message["To"], "Ann Lee <ann@customer.example>")
        self.assertEqual(self.deliveries(invoice).partner_id, self.customer)

    def test_all_invoice_contacts_get_it_each_on_their_own(self):
        """R60: and the customer itself does not."""
        for name in ("bob", "eve"):
            self.make_customer(name, f"{name}@customer.example", type="invoice", parent_id=self.customer.id)
        self.make_customer("Dan", "dan@customer.example", type="delivery", parent_id=self.customer.id)
        invoice = self.make_invoice()
        messages = self.at_sent("2026-03-02 09:00")
        self.assertEqual(self.addresses(invoice), ["bob@customer.example", "eve@customer.example"])
        self.assertEqual(
            sorted(message["To"] for message in messages),
            [
                "bob <bob@customer.example>",
                "eve <eve@customer.example>",
            ],
        )

    def test_an_archived_contact_gets_nothing(self):
        """R60."""
        contact = self.make_customer("Bob", "bob@customer.example", type="invoice", parent_id=self.customer.id)
        contact.active = False
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(self.addresses(invoice), ["ann@customer.example"])

    def test_followers_and_colleagues_get_no_copy(self):
        """R64."""
        invoice = self.make_invoice()
        colleague = self.make_user("colleague", "account.group_account_invoice", notification_type="email")
        stranger = self.make_customer("Stranger", "stranger@other.example")
        invoice.message_subscribe((colleague.partner_id | stranger).ids)
        self.assertEqual(
            [message["To"] for message in self.at_sent("2026-03-02 09:00")],
            [
                "Ann Lee <ann@customer.example>",
            ],
        )

    def test_two_contacts_with_one_address_get_one_message(self):
        """R61, R80."""
        for name in ("Bob", "Bobby"):
            self.make_customer(name, "Bob@Customer.example", type="invoice", parent_id=self.customer.id)
        invoice = self.make_invoice()
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        self.assertEqual(self.addresses(invoice), ["bob@customer.example"])

    def test_a_customer_without_address_fails_with_that_reason(self):
        """R85."""
        self.customer.email = False
        invoice = self.make_invoice()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        step = self.step(invoice, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("failed", "no_recipient"))

    def test_a_malformed_address_fails_with_that_reason(self):
        """R85: the sentence names it."""
        self.customer.email = "ann@customer"
        invoice = self.make_invoice()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        step = self.step(invoice, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("failed", "invalid_email"))
        self.assertIn("“ann@customer” is not valid", step.reason)

    def test_a_blacklisted_address_fails_with_that_reason(self):
        """R85: Odoo's own posting does not look."""
        self.env["mail.blacklist"].sudo()._add("ann@customer.example")
        invoice = self.make_invoice()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "blacklisted")

    def test_a_blacklisted_address_of_an_own_list_gets_nothing(self):
        """R61, R85."""
        self.env["mail.blacklist"].sudo()._add("books@elsewhere.example")
        invoice = self.make_invoice()
        invoice.chasing_schedule_id._set_contacts(True, "Books <Books@Elsewhere.example>, ann@customer.example")
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertIn("ann@customer.example", message["To"])
        lost = self.deliveries(invoice).filtered(lambda one: one.state == "failed")
        self.assertEqual((lost.address, lost.failure_code), ("books@elsewhere.example", "blacklisted"))

    def test_a_good_contact_beside_a_bad_one_gets_it(self):
        """R83, R85."""
        self.make_customer("Bob", "bob@customer.example", type="invoice", parent_id=self.customer.id)
        self.make_customer("Eve", "eve@", type="invoice", parent_id=self.customer.id)
        invoice = self.make_invoice()
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        self.assertEqual(self.step(invoice, "on_issue").state, "partly")


@tagged("post_install", "-at_install")
class TestChannelEmailContent(ChasingCommon):
    def test_the_author_is_the_salesperson(self):
        """R72."""
        invoice = self.make_invoice()
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertIn("sally@firm.example", message["From"])
        self.assertEqual(self.deliveries(invoice).mail_message_id.author_id, self.salesperson.partner_id)

    def test_without_a_salesperson_the_author_is_the_company(self):
        """R72: never OdooBot."""
        invoice = self.make_invoice(invoice_user_id=False)
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertIn("office@firm.example", message["From"])
        self.assertEqual(self.deliveries(invoice).mail_message_id.author_id, self.company.partner_id)

    def test_the_cadences_sender_comes_first(self):
        """R72."""
        sender = self.make_user("collector", "invoice_chasing.group_user")
        self.cadence.sender_id = sender
        invoice = self.make_invoice()
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertIn("collector@firm.example", message["From"])
        self.assertEqual(self.deliveries(invoice).mail_message_id.author_id, sender.partner_id)

    def test_the_templates_attachments_and_reply_to_go_along(self):
        """R72."""
        self.tone_line("new").email_template_id.write({
            "attachment_ids": self.env["ir.attachment"].sudo().create({"name": "Terms.pdf", "raw": b"%PDF terms"}),
            "reply_to": "Books {{ object.name }} <books@firm.example>",
        })
        invoice = self.make_invoice()
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertEqual(
            {part.get_filename() for part in message.iter_attachments()},
            {f"{invoice.name}.pdf".replace("/", "_"), "Terms.pdf"},
        )
        self.assertIn("books@firm.example", message["Reply-To"])

    def test_a_reply_to_that_is_empty_leaves_the_usual_one(self):
        self.tone_line("new").email_template_id.reply_to = "{{ object.ref }}"
        self.make_invoice()
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertIn("sally@firm.example", message["Reply-To"])

    def test_a_reply_to_stays_in_its_header(self):
        """R60: control characters are taken out of everything that goes into one."""
        self.tone_line("new").email_template_id.reply_to = "{{ object.ref ||| a@firm.example }}"
        self.make_invoice(ref="b@firm.example\r\nBcc: evil@evil.example")
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertFalse(message["Bcc"])

    def test_a_message_says_that_a_machine_sent_it(self):
        """So that it gets no out-of-office answer."""
        self.make_invoice()
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertEqual(message["Auto-Submitted"], "auto-generated")

    def test_the_official_pdf_is_attached_and_not_copied(self):
        """R72."""
        invoice = self.make_invoice()
        [message] = self.at_sent("2026-03-02 09:00")
        [attachment] = list(message.iter_attachments())
        self.assertEqual(attachment.get_content_type(), "application/pdf")
        self.assertEqual(attachment.get_filename(), invoice.name.replace("/", "_") + ".pdf")
        linked = self.deliveries(invoice).mail_message_id.attachment_ids
        self.assertEqual(linked.ids, list(invoice._chasing_pdfs().values()))

    def test_a_message_names_amount_due_date_reference_and_link(self):
        """R72."""
        invoice = self.make_invoice(amount=1234.5, payment_reference="RF18 5390")
        [message] = self.at_sent("2026-03-02 09:00")
        link = f"/my/invoices/{invoice.id}?access_token={invoice.access_token}"
        for words in ("1,234.50", "16 Mar 2026", "RF18 5390", link):
            self.assertIn(words, self.unshortened(html(message)))
        self.assertIn('href="http', html(message))
        self.assertNotIn("late", html(message))

    def test_a_message_names_the_bank_account(self):
        """R72."""
        account = self.env["res.partner.bank"].create({
            "acc_number": "DE75512108001245126199",
            "partner_id": self.company.partner_id.id,
            "allow_out_payment": True,
        })
        self.make_invoice(partner_bank_id=account.id)
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertIn("DE75512108001245126199", html(message).replace(" ", ""))

    def test_a_late_message_says_how_late(self):
        """R71, R72: due 16 March, sent 21 March."""
        self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.at_sent("2026-03-13 10:00")
        [message] = self.at_sent("2026-03-21 14:00")
        self.assertIn("5 days overdue", html(message))

    def test_an_invoice_due_today_is_not_past_due(self):
        """R71: and one due yesterday is."""
        self.make_invoice(steps=[("on_issue", 0, 9), ("after_due", 0, 23), ("after_due", 1, 0)])
        self.at_sent("2026-03-02 09:00")
        [today] = self.at_sent("2026-03-16 23:00")
        [tomorrow] = self.at_sent("2026-03-17 00:00")
        self.assertIn("Due today", today["Subject"])
        self.assertIn("Past due", tomorrow["Subject"])
        self.assertIn("1 day overdue", html(tomorrow))

    def test_the_first_message_about_a_late_invoice_says_since_when(self):
        """R70: on issue on an invoice that was due on 20 February."""
        self.make_invoice(issued="2026-02-01", due="2026-02-20")
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertIn(": invoice INV", message["Subject"])
        text = html(message).replace("<strong>", "").replace("</strong>", "")
        self.assertIn("overdue since 20 Feb 2026", " ".join(text.split()))

    def test_a_reminder_about_an_invoice_never_sent_is_a_new_invoice(self):
        """R70."""
        self.make_invoice(steps=[("before_due", 3, 10)])
        [message] = self.at_sent("2026-03-13 10:00")
        self.assertTrue(message["Subject"].startswith("Firm: invoice"))

    def test_an_invoice_sent_before_it_had_a_schedule_is_reminded(self):
        """R9, R70: Odoo says that it was sent."""
        invoice = self.make_invoice(chased=False)
        invoice.is_move_sent = True
        invoice._chasing_assign(self.cadence)
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "already_sent")
        invoice.chasing_schedule_id._replan()
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "already_sent")
        [message] = self.at_sent("2026-03-13 10:00")
        self.assertIn("Due soon", message["Subject"])

    def test_instalments_are_listed_the_late_ones_first(self):
        """R7, R72: half on 2 March + 10 days, half + 30 days; on 20 March the first is late."""
        term = self.env["account.payment.term"].create({
            "name": "Halves",
            "line_ids": [
                Command.create({"value": "percent", "value_amount": 50, "nb_days": 10}),
                Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
            ],
        })
        invoice = self.make_invoice(due=False, invoice_payment_term_id=term.id, steps=[("after_issue", 18, 9)])
        self.assertEqual(str(invoice.invoice_date_due), "2026-04-01")
        [message] = self.at_sent("2026-03-20 09:00")
        text = " ".join(html(message).split())
        self.assertIn("Overdue since", text)
        self.assertLess(text.index("12 Mar 2026"), text.index("1 Apr 2026"))
        self.assertEqual(text.count("100.00"), 2, "the total of the invoice, in the text and below it")

    def test_a_late_instalment_is_what_the_message_asks_for(self):
        """R7, R70, R72: not the whole balance, and not the due date of the last one."""
        term = self.env["account.payment.term"].create({
            "name": "Two parts",
            "line_ids": [
                Command.create({"value": "percent", "value_amount": 40, "nb_days": 10}),
                Command.create({"value": "percent", "value_amount": 60, "nb_days": 30}),
            ],
        })
        invoice = self.make_invoice(due=False, invoice_payment_term_id=term.id, chased=False)
        invoice.is_move_sent = True
        invoice._chasing_assign(self.make_cadence("Parts", [("after_due", 5, 9)], age_basis="instalment"))
        [message] = self.at_sent("2026-03-17 09:00")
        self.assertEqual(message["Subject"].replace("\xa0", " "), f"Past due: invoice {invoice.name}, $ 40.00")
        text = " ".join(html(message).split())
        self.assertRegex(text, r"<strong>[$].40.00</strong> for invoice <strong>[\w/]+</strong> was due on 12 Mar 2026")

    def test_a_step_with_its_own_text_needs_no_template(self):
        """R70: the facts of the invoice stand below it all the same."""
        own = {"trigger": "after_issue", "days": 0, "hour": 9, "subject": "Pay, please", "body": "<p>At once.</p>"}
        self.make_invoice(steps=[own])
        self.tone_line("new").email_template_id = False
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertEqual(message["Subject"], "Pay, please")
        self.assertIn("At once.", html(message))
        self.assertIn("100.00", html(message))

    def test_a_step_may_name_its_own_template(self):
        """R70."""
        template = (
            self.env["mail.template"]
            .sudo()
            .create({
                "name": "Mine",
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "subject": "About {{ object.name }}",
                "body_html": "<p>Mine.</p>",
            })
        )
        own = {"trigger": "after_issue", "days": 0, "hour": 9, "email_template_id": template.id}
        invoice = self.make_invoice(steps=[own])
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertEqual(message["Subject"], f"About {invoice.name}")
        self.assertIn("Mine.", html(message))

    def test_without_any_template_the_step_fails_with_that_reason(self):
        """R85."""
        self.tone_line("new").email_template_id = False
        invoice = self.make_invoice()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.assertEqual(self.deliveries(invoice).failure_code, "no_template")
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "no_template")

    def test_a_link_to_the_pdf_does_not_take_its_place(self):
        """R72: Odoo leaves out an attachment whose address stands in the text."""
        invoice = self.make_invoice()
        self.give_pdf(invoice)
        pdf_id = invoice._chasing_pdfs()[invoice.id]
        texts = f'<p>/web/content/{pdf_id}</p><p>/web/image/0{pdf_id}</p><p><a href="/web/content/{pdf_id}?a">A</a></p>'
        self.step(invoice, "on_issue")._set_text("Pay", f"{texts}<p>/web/content/{pdf_id}1</p>")
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertEqual(len(list(message.iter_attachments())), 1)
        self.assertIn(f"/web/content/{pdf_id}1", message.get_body(("html",)).get_content())

    def test_without_a_pdf_nothing_leaves_bare(self):
        """R72."""
        self.patch(self.env.registry["account.move.send"], "_chasing_generate", lambda _sender, _moves, _attempt: None)
        invoice = self.make_invoice()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "pdf_failed")

    def test_each_recipient_reads_their_own_language(self):
        """R65: subject, text, dates and amounts."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.tone_line("new").email_template_id.with_context(lang="fr_FR").write({
            "subject": "Facture {{ object.name }}",
            "body_html": "<p>Bonjour</p>",
        })
        for name, lang in (("Bob", "en_US"), ("Luc", "fr_FR")):
            self.make_customer(name, f"{name}@customer.example", type="invoice", parent_id=self.customer.id, lang=lang)
        self.make_invoice(amount=1234.5)
        by_name = {message["To"].split()[0]: message for message in self.at_sent("2026-03-02 09:00")}
        self.assertIn("Firm: invoice", by_name["Bob"]["Subject"])
        self.assertIn("16 Mar 2026", html(by_name["Bob"]))
        self.assertTrue(by_name["Luc"]["Subject"].startswith("Facture INV"))
        self.assertIn("16 mars 2026", html(by_name["Luc"]))
        self.assertIn("Bonjour", html(by_name["Luc"]))
        self.assertIn("234,50", html(by_name["Luc"]))

    def test_the_conversation_shows_the_message(self):
        """R91."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        message = invoice.message_ids[0]
        self.assertEqual(message, self.deliveries(invoice).mail_message_id)
        self.assertEqual(message.message_type, "comment")
        self.assertEqual(message.notification_ids.res_partner_id, self.customer)
        self.assertEqual(message.notification_ids.notification_status, "sent")

    def test_the_mail_queue_is_woken(self):
        """R80: it would run within the hour otherwise."""
        self.make_invoice()
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"].sudo()
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self.at("2026-03-02 09:00")
        self.assertGreater(triggers.search_count([("cron_id", "=", cron.id)]), before)


@tagged("post_install", "-at_install")
class TestChannelEmailDocuments(ChasingCommon):
    real_documents = True

    def test_odoo_makes_the_pdf_once_and_sends_no_mail_of_its_own(self):
        """R72, R73."""
        invoice = self.make_invoice()
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertEqual(len(list(message.iter_attachments())), 1)
        pdf = invoice.invoice_pdf_report_id
        self.assertTrue(pdf)
        self.assertEqual(len(self.at_sent("2026-03-13 10:00")), 1)
        self.assertEqual(invoice.invoice_pdf_report_id, pdf)

    def test_making_the_pdf_is_not_sending(self):
        """R9, R86."""
        invoice = self.make_invoice()
        self.env["account.move.send"]._chasing_prepare(invoice)
        self.assertTrue(invoice.invoice_pdf_report_id)
        self.assertFalse(invoice.is_move_sent)
        self.assertFalse(invoice.chasing_schedule_id.first_sent_at)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

    @mute_logger(
        "odoo.addons.invoice_chasing.models.common.isolation",
        "odoo.addons.invoice_chasing.models.dispatch.account_move_send",
    )
    def test_a_pdf_that_cannot_be_made_fails_its_invoice_alone(self):
        """R72, R82."""
        good, bad = self.make_invoice(), self.make_invoice(ref="bad")
        sender = self.env.registry["account.move.send"]
        generate = sender._generate_and_send_invoices

        def broken(model, moves, **options):
            if moves.ref == "bad":
                raise ValueError("no PDF today")
            return generate(model, moves, **options)

        self.patch(sender, "_generate_and_send_invoices", broken)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        self.assertEqual(self.step(good, "on_issue").state, "sent")
        self.assertEqual(self.step(bad, "on_issue").reason_code, "pdf_failed")

    def send_by_odoo(self, invoice):
        with self.mock_smtplib_connection():
            self.env["account.move.send"]._generate_and_send_invoices(invoice, sending_methods=["email"])
        self.env.cr.flush()

    def test_odoos_own_send_uses_up_the_day(self):
        """R17: sent by hand on 13 March at 9, the reminder of 10 is skipped."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.set_clock("2026-03-13 09:00")
        self.send_by_odoo(invoice)
        self.assertFalse(self.at_sent("2026-03-13 10:00"))
        self.assertEqual(self.step(invoice, "before_due").reason_code, "already_contacted_today")
        self.assertEqual(len(self.at_sent("2026-03-21 14:00")), 1)

    def test_odoos_own_send_before_there_was_a_schedule_uses_up_the_day(self):
        """R17: sent by hand on 13 March at 9 and chased from half past: the reminder of 10 is skipped."""
        sent, other = self.make_invoices(2, chased=False)
        self.set_clock("2026-03-13 09:00")
        self.send_by_odoo(sent)
        # Odoo dates its messages by the machine's clock
        sent.message_ids.sudo().date = self.now
        (sent | other)._chasing_assign(self.cadence)
        self.at_sent("2026-03-13 10:00")
        self.assertEqual(self.step(sent, "before_due").reason_code, "already_contacted_today")
        self.assertEqual(self.states(sent), ["skipped", "skipped", "planned"])
        self.assertEqual(self.step(other, "on_issue").state, "sent")

    def test_odoos_own_send_to_nobody_is_no_send(self):
        """R9, R86: Odoo passes in silence over a customer without an address."""
        self.customer.email = False
        invoice = self.make_invoice()
        self.give_pdf(invoice)
        self.env["account.move.send"]._generate_and_send_invoices(invoice, sending_methods=["email"])
        self.assertFalse(invoice.chasing_schedule_id.first_sent_at)
        self.customer.email = "ann@customer.example"
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

    def test_odoos_own_send_is_the_first_send(self):
        """R9, R17: on issue is skipped, the reminder goes."""
        invoice = self.make_invoice()
        self.send_by_odoo(invoice)
        schedule = invoice.chasing_schedule_id
        self.assertEqual(self.local(schedule.first_sent_at), "2026-03-02 08:30")
        self.assertEqual(self.plan(invoice)[0], ("2026-03-02 09:00", "skipped", "already_sent"))
        [message] = self.at_sent("2026-03-13 10:00")
        self.assertIn("Due soon", message["Subject"])
