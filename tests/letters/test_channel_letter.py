from odoo.tests import tagged

from ..builders.letters import LetterCommon, blank_pdf


@tagged("post_install", "-at_install")
class TestChannelLetter(LetterCommon):
    def test_a_letter_waits_with_its_address_text_and_key(self):
        """R65, R72, R89: all of it is fixed now; no paper is made while the invoice is locked."""
        self.env["res.partner.bank"].create({
            "acc_number": "DE75512108001245126199",
            "partner_id": self.company.partner_id.id,
            "allow_out_payment": True,
        })
        letter = self.make_letter(amount=1234.5, payment_reference="RF18 5390")
        self.assertEqual((letter.state, letter.provider_code, letter.pages), ("queued", "print", 0))
        self.assertEqual(letter.address, "Ann Lee\nMain Street 1\n10115 Berlin")
        self.assertEqual(letter.sender_line, "Firm · Firm Road 2 · 10115 Berlin")
        self.assertEqual(letter.recipient["street"], "Main Street 1")
        self.assertRegex(letter.key, "^[0-9a-f-]{36}$")
        for words in (
            "1,234.50",
            "RF18 5390",
            "DE75",
            "Kind regards,",
            f"/my/invoices/{letter.move_id.id}",
        ):
            self.assertIn(words, letter.content)

    def test_the_step_is_under_way_and_the_delivery_waits(self):
        """R83, R86."""
        letter = self.make_letter()
        step = self.step(letter.move_id, "on_issue")
        self.assertEqual((step.state, letter.delivery_id.state), ("under_way", "queued"))
        self.assertEqual(letter.delivery_id.letter_id, letter)
        self.assertFalse(letter.move_id.chasing_schedule_id.first_sent_at)

    def test_the_conversation_shows_it_and_nobody_is_mailed(self):
        """R91."""
        letter = self.make_letter()
        message = letter.delivery_id.mail_message_id
        self.assertIn(message, letter.move_id.message_ids)
        self.assertTrue(message.subtype_id.internal)
        self.assertFalse(self.deliver())

    def test_the_queue_is_woken(self):
        cron = self.env.ref("invoice_chasing.ir_cron_letters")
        triggers = self.env["ir.cron.trigger"].sudo()
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self.make_letter()
        self.assertGreater(triggers.search_count([("cron_id", "=", cron.id)]), before)

    def test_a_letter_abroad_names_the_country(self):
        self.customer.country_id = self.env.ref("base.fr")
        self.assertTrue(self.make_letter().address.endswith("\nFRANCE"))

    def test_a_person_of_a_company_gets_it_under_the_companys_name(self):
        contact = self.make_customer(
            "Bob",
            False,
            type="invoice",
            parent_id=self.customer.id,
            country_id=self.env.ref("base.de").id,
            street="Side Street 3",
            zip="80331",
            city="Munich",
        )
        self.customer.is_company = True
        letter = self.make_letter()
        self.assertEqual(letter.partner_id, contact)
        self.assertEqual(letter.address, "Ann Lee\nBob\nSide Street 3\n80331 Munich")

    def test_without_account_data_nothing_is_queued(self):
        """R85."""
        self.use_provider("lob", api_key=False)
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        step = self.step(invoice, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("failed", "not_set_up"))
        self.assertFalse(self.letters(invoice))

    def test_a_preview_shows_the_letter(self):
        """R75: by the letter's own template."""
        invoice = self.make_invoice()
        step = self.step(invoice, "on_issue")
        step.sudo().letter_template_id = self.env["mail.template"].create({
            "name": "Letter",
            "model_id": self.env["ir.model"]._get_id("account.move"),
            "subject": "On paper",
            "body_html": "<p>Dear Sirs</p>",
        })
        step.action_preview()
        self.assertEqual(step.preview_subject, "On paper")
        for shown in ("Dear Sirs", "100.00"):
            self.assertIn(shown, step.preview_body)
        self.assertFalse(self.letters(invoice))

    def test_a_contact_without_name_and_address_is_called_as_its_customer(self):
        """A delivery's address is never empty."""
        self.customer.write({"is_company": True, "street": False, "zip": False, "city": False, "country_id": False})
        self.env["res.partner"].create({"type": "invoice", "parent_id": self.customer.id})
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        [delivery] = self.deliveries(invoice)
        self.assertEqual((delivery.address, delivery.failure_code), ("Ann Lee", "incomplete_address"))

    def test_an_incomplete_address_fails_with_that_reason(self):
        """R85."""
        self.customer.city = False
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertFalse(self.letters(invoice))
        step = self.step(invoice, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("failed", "incomplete_address"))

    def test_an_address_that_does_not_fit_the_envelope_is_foreseen(self):
        """R85, R96: with a sentence, and no letter is queued; shortened it goes."""
        self.customer.street2 = "WWWW " * 60
        invoice = self.make_invoice()
        self.assertEqual(self.step(invoice, "on_issue").prediction_code, "address_too_long")
        self.at("2026-03-02 09:00")
        step = self.step(invoice, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("failed", "address_too_long"))
        self.assertIn("Ann Lee", step.reason)
        self.assertFalse(self.letters(invoice))
        self.customer.street2 = "Yard"
        self.assertFalse(self.step(invoice, "after_due").prediction_code)
        step.action_retry()
        self.assertEqual(len(self.letters(invoice)), 1)

    def test_an_address_is_as_long_as_it_likes_where_the_provider_prints_it(self):
        self.use_provider("lob")
        self.customer.street2 = "WWWW " * 60
        self.assertFalse(self.step(self.make_invoice(), "on_issue").prediction_code)

    def test_what_the_template_encloses_goes_along(self):
        """R72: PDFs, behind the invoice; nothing else can be put into an envelope."""
        self.tone_line("new").letter_template_id.attachment_ids = (
            self.env["ir.attachment"]
            .sudo()
            .create([
                {"name": "Terms.pdf", "raw": blank_pdf(3), "mimetype": "application/pdf"},
                {"name": "Table.csv", "raw": b"1", "mimetype": "text/csv"},
            ])
        )
        letter = self.make_letter()
        self.assertEqual(letter.enclosure_ids.mapped("name"), ["Terms.pdf"])
        self.run_queue()
        self.assertEqual(letter.pages, 1 + 1 + 3)

    def test_without_the_official_pdf_there_is_no_letter(self):
        """R72."""
        self.patch(self.env.registry["account.move.send"], "_chasing_generate", lambda _sender, _moves, _attempt: None)
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertFalse(self.letters(invoice))
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "pdf_failed")

    def test_without_any_template_there_is_no_letter(self):
        """R85."""
        self.tone_line("new").letter_template_id = False
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "no_template")

    def test_a_step_may_name_its_own_letter_template(self):
        """R70."""
        template = (
            self.env["mail.template"]
            .sudo()
            .create({
                "name": "Mine",
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "subject": "About {{ object.name }}",
                "body_html": "<p>Dear customer.</p>",
            })
        )
        self.cadence.step_ids.letter_template_id = template
        letter = self.make_letter()
        self.assertEqual(letter.subject, f"About {letter.move_id.name}")
        self.assertIn("Dear customer.", letter.content)

    def test_a_letter_is_in_the_recipients_language(self):
        """R65."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        letter = self.make_letter(amount=1234.5)
        self.assertEqual(letter.lang, "de_DE")
        self.assertIn("1.234,50", letter.content)
        self.assertIn("16. März 2026", letter.content)

    def test_a_paid_invoices_letter_is_withdrawn(self):
        """R32: in the transaction that paid."""
        letter = self.make_letter()
        self.pay(letter.move_id)
        self.assertEqual((letter.state, letter.delivery_id.state), ("cancelled", "cancelled"))
        step = self.step(letter.move_id, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("cancelled", "paid"))

    def test_a_paused_invoices_letter_is_withdrawn_and_goes_on_release(self):
        """R35b, R36."""
        letter = self.make_letter()
        schedule = letter.move_id.chasing_schedule_id
        schedule.action_pause()
        self.env.cr.flush()
        self.assertEqual(letter.state, "cancelled")
        self.assertEqual(self.step(letter.move_id, "on_issue").state, "held")
        schedule.action_resume("last")
        self.at("2026-03-02 10:00")
        self.assertEqual(self.letters(letter.move_id).mapped("state"), ["cancelled", "queued"])

    def test_an_accepted_letter_is_asked_back(self):
        """R32: the provider decides."""
        self.use_provider()
        letter = self.make_letter()
        self.run_queue()
        self.pay(letter.move_id)
        self.assertEqual((letter.state, letter.retry_at), ("sending", False))

    def test_a_retry_takes_the_mended_address(self):
        """R84: what waits keeps the address it was queued with."""
        letter = self.make_letter()
        self.customer.street = "New Street 9"
        self.assertIn("Main Street 1", letter.address)
        letter._set_state("failed", "letter_failed")
        self.step(letter.move_id, "on_issue").action_retry()
        self.assertIn("New Street 9", self.letters(letter.move_id)[-1].address)

    def test_letters_of_a_batch_cost_no_query_each(self):
        """R80: five more letters, and not five times the queries."""

        def queries(count):
            self.set_clock("2026-03-02 08:30")
            self.make_invoices(count)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.at("2026-03-02 09:00")
            return self.env.cr.sql_log_count - before

        queries(2)
        two, seven = queries(2), queries(7)
        self.assertLess(seven - two, 5 * 12)
