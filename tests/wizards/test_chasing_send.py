"""R102: one message sent or scheduled by hand, of an invoice that is chased or not."""

from markupsafe import Markup

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import html2plaintext

from ..builders.builders import ChasingCommon


class SendSheetCommon(ChasingCommon):
    def sheet(self, invoice, user=None, **values):
        """The sheet as a caller over the network makes it."""
        sheets = self.env["chasing.send"].with_user(user or self.env.user)
        return sheets.create({"move_ids": invoice.ids, **values})

    def form(self, invoice):
        action = invoice.action_chasing_send()
        return Form(self.env[action["res_model"]].with_context(**action["context"]))

    def by_hand(self, invoice):
        return invoice.chasing_schedule_id.step_ids.filtered("is_by_hand")


@tagged("post_install", "-at_install")
class TestChasingSend(SendSheetCommon):
    def test_it_opens_with_the_message_as_it_would_leave(self):
        """R66, R75: the template's words, whom it reaches and why, and the PDF by its name."""
        invoice = self.make_invoice(due="2026-02-20", issued="2026-02-01", chased=False)
        form = self.form(invoice)
        self.assertEqual((form.when, form.channel_email, form.act), ("now", True, "send"))
        self.assertIn("{{ object.name }}", form.subject)
        self.assertIn("{{ object.name }}", form.body)
        self.assertEqual(form.to_ids[:], self.customer)
        self.assertIn("ann@customer.example", form.reach_text)
        [part] = form.parts
        self.assertIn(invoice.name, part["subject"])
        self.assertIn("100.00", html2plaintext(part["html"]))
        self.assertTrue(part["files"][0]["name"].endswith(".pdf"))
        self.assertFalse(form.warning_text or form.nobody_text or form.obstacle)

    def test_an_invoice_that_was_sent_is_named_as_a_copy(self):
        """R75, R79: as the file that goes will be called."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.deliver()
        self.set_clock("2026-03-04 10:00")
        [part] = self.form(invoice).parts
        self.assertEqual(part["files"][0]["name"], f"{invoice.name.replace('/', '_')} (Copy).pdf")

    def test_send_now_sends_it_and_chases_nothing(self):
        invoice = self.make_invoice(chased=False)
        self.sheet(invoice).action_send()
        [message] = self.deliver()
        self.assertEqual(message["to"], "Ann Lee <ann@customer.example>")
        self.assertIn(invoice.name, message["subject"])
        self.assertEqual(self.by_hand(invoice).state, "sent")
        self.at("2026-03-21 14:00")
        self.assertFalse(self.deliver())

    def test_what_a_person_wrote_goes_and_what_they_left_is_the_templates(self):
        """R74, R77: Markdown becomes formatted text, placeholders are filled in."""
        invoice = self.make_invoice(chased=False)
        with self.form(invoice) as form:
            form.subject = "About {{ object.name }}"
            form.body = "Dear **Ann**"
            [part] = form.parts
            self.assertEqual(part["subject"], f"About {invoice.name}")
            self.assertIn("<strong>Ann</strong>", part["html"])
        form.record.action_send()
        [message] = self.deliver()
        self.assertEqual(message["subject"], f"About {invoice.name}")
        self.assertIn("<strong>Ann</strong>", message.get_body(("html",)).get_content())
        step = self.by_hand(invoice)
        self.assertEqual(step.subject, "About {{ object.name }}")
        self.sheet(invoice).action_send()
        self.assertFalse((self.by_hand(invoice) - step).subject)

    def test_what_happens_next_is_of_this_message_alone(self):
        """R74: the step's own is shown, and another given; too long a one is refused."""
        invoice = self.make_invoice(chased=False)
        self.sheet(invoice, consequence="We will stop deliveries.").action_send()
        step = self.by_hand(invoice)
        self.assertEqual(step.consequence, "We will stop deliveries.")
        self.sheet(invoice).action_send()
        self.assertFalse((self.by_hand(invoice) - step).consequence)
        with self.assertRaises(UserError):
            self.sheet(invoice, consequence="a" * 2001)
        coming = self.step(self.make_invoice(), "after_due")
        coming.sudo().consequence = "First"
        self.assertEqual(self.env["chasing.send"].create({"step_id": coming.id, "is_edit": True}).consequence, "First")

    def test_the_words_follow_the_time_until_they_are_edited(self):
        """R70, R75: what is due by then is another template's business."""
        form = self.form(self.make_invoice())
        now, is_new = form.subject, self.tone_line("new").email_template_id
        form.when = "later"
        form.day = "2026-03-20"
        self.assertNotEqual(form.subject, now)
        self.assertIn("Past due", form.parts[0]["subject"])
        form.subject = "Mine"
        form.when = "now"
        self.assertEqual(form.subject, "Mine")
        form.subject = False
        self.assertIn(self.company.name if is_new else "", form.parts[0]["subject"])

    def test_schedule_for_later_and_take_it_back(self):
        invoice = self.make_invoice(chased=False)
        answer = self.sheet(invoice, when="later", day="2026-03-10", hour=11).action_send()
        step = self.by_hand(invoice)
        self.assertEqual((self.local(step.scheduled_at), step.state), ("2026-03-10 11:00", "planned"))
        self.assertIn("Tue 10 Mar 2026 11:00", answer["params"]["message"])
        [undo] = answer["params"]["buttons"]
        getattr(self.env[undo["model"]].browse(undo["ids"]), undo["method"])()
        self.at("2026-03-10 11:00")
        self.assertFalse(self.deliver())

    def test_the_toasts_undo_takes_back_only_what_nobody_has_changed(self):
        """R102: whoever moves the message afterwards means it to go."""
        invoice = self.make_invoice(chased=False)
        answer = self.sheet(invoice, when="later", day="2026-03-10", hour=11).action_send()
        step = self.by_hand(invoice)
        self.env["chasing.send"].create({"step_id": step.id, "when": "later", "day": "2026-03-24"}).action_send()
        [undo] = answer["params"]["buttons"]
        with self.assertRaisesRegex(UserError, "Changed since"), self.cr.savepoint():
            getattr(self.env[undo["model"]].browse(undo["ids"]), undo["method"])()
        self.assertEqual((step.state, self.local(step.scheduled_at)), ("planned", "2026-03-24 11:00"))

    def test_the_zone_is_the_companys_the_customers_or_any(self):
        """R102"""
        self.customer.country_id = self.env.ref("base.jp")
        invoice = self.make_invoice(chased=False)
        for zone, at in (("company", "09:00"), ("customer", "01:00"), ("Europe/Lisbon", "10:00")):
            with self.subTest(zone=zone):
                sheet = self.sheet(invoice, when="later", day="2026-03-10", hour=9, zone=zone)
                self.assertIn("09:00", sheet.place_text)
                sheet.action_send()
                step = self.by_hand(invoice).sorted("id")[-1]
                self.assertEqual(self.local(step.scheduled_at), f"2026-03-10 {at}")
        self.assertEqual(step.zone, "Europe/Lisbon")

    def test_an_hour_that_is_past_or_none_is_refused(self):
        invoice = self.make_invoice(chased=False)
        for values, words in (
            ({"day": "2026-03-01", "hour": 9}, "has passed"),
            ({"day": "2026-03-10", "hour": 24}, "from 0 to 23"),
            ({"day": False}, "Enter the date"),
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, words):
                self.sheet(invoice, when="later", **values).action_send()
        with self.assertRaisesRegex(UserError, "no time zone called Mars/Base"):
            self.sheet(invoice, when="later", day="2026-03-10", zone="Mars/Base")
        self.assertFalse(self.by_hand(invoice))

    def test_recipients_outside_the_customer_are_warned_of(self):
        """R64, R74"""
        other = self.make_customer("Bob", "bob@other.example")
        invoice = self.make_invoice(chased=False)
        form = self.form(invoice)
        form.to_ids.add(other)
        self.assertIn("Bob is not one of the contacts of Ann Lee", form.warning_text)
        form.to_emails = "cfo@else.example"
        self.assertIn("are not among the contacts of Ann Lee", form.warning_text)
        form.save().action_send()
        to = sorted(message["to"] for message in self.deliver())
        self.assertEqual(len(to), 3)
        self.assertIn("bob@other.example", " ".join(to))
        self.assertIn("cfo@else.example", " ".join(to))

    def test_contacts_of_the_customer_are_proposed_first(self):
        """R74"""
        self.make_customer("Aaron Lee", "aaron@other.example")
        child = self.make_customer("Zoe Lee", "zoe@customer.example", parent_id=self.customer.id)
        partners = self.env["res.partner"].with_context(chasing_customer=self.customer.id)
        found = [partner_id for partner_id, _name in partners.name_search("Lee", limit=3)]
        self.assertEqual(set(found[:2]), {self.customer.id, child.id})
        self.assertEqual(len(found), 3)
        self.assertEqual(len(partners.name_search("Lee", limit=2)), 2)
        self.assertEqual(
            self.env["res.partner"].with_context(chasing_customer="x").name_search("Zoe Lee")[0][0], child.id
        )

    def test_nobody_gets_what_reaches_nobody(self):
        silent = self.make_customer("Silent", False)
        sheet = self.sheet(self.make_invoice(partner_id=silent.id, chased=False))
        self.assertIn("e-mail address", sheet.nobody_text)
        with self.assertRaisesRegex(UserError, "e-mail address"):
            sheet.action_send()

    def test_a_draft_is_confirmed_by_who_may(self):
        draft = self.make_invoice(post=False)
        collector = self.make_user("coll", "invoice_chasing.group_user")
        sheet = self.sheet(draft, user=collector)
        self.assertIn("Ask someone with invoicing rights", sheet.obstacle)
        with self.assertRaisesRegex(UserError, "Ask someone with invoicing rights"):
            sheet.action_send()
        self.assertEqual(draft.state, "draft")
        sheet = self.sheet(draft)
        self.assertEqual(sheet.act, "confirm")
        sheet.action_send()
        self.assertEqual(draft.state, "posted")
        self.assertEqual(len(self.deliver()), 1)

    def test_a_paid_invoice_gets_a_copy_with_nothing_asked(self):
        invoice = self.make_invoice(chased=False)
        self.pay(invoice)
        sheet = self.sheet(invoice)
        self.assertEqual(sheet.act, "copy")
        sheet.action_send()
        self.assertEqual(len(self.deliver()), 1)
        self.assertTrue(self.by_hand(invoice).is_copy)

    def test_a_copy_says_what_a_new_invoice_says(self):
        """R102: nothing is asked of somebody who has paid, whatever was sent before."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.pay(invoice)
        [part] = self.sheet(invoice).parts
        self.assertIn("Please find attached", html2plaintext(part["html"]))
        self.assertNotIn("eminder", part["subject"])

    def test_where_chasing_is_off_it_goes_now_and_not_later(self):
        self.company.chasing_enabled = False
        invoice = self.make_invoice(chased=False)
        sheet = self.sheet(invoice)
        self.assertIn("You can send now, but not schedule", sheet.warning_text)
        later = self.sheet(invoice, when="later", day="2026-03-10")
        self.assertTrue(later.obstacle)
        with self.assertRaises(UserError):
            later.action_send()
        sheet.action_send()
        self.assertEqual(len(self.deliver()), 1)

    def test_an_excluded_customer_gets_nothing(self):
        """R37"""
        self.customer.chasing_excluded = True
        sheet = self.sheet(self.make_invoice(chased=False))
        self.assertTrue(sheet.obstacle)
        with self.assertRaises(UserError):
            sheet.action_send()
        self.assertFalse(self.deliver())

    def test_below_the_minimum_it_says_so_and_goes(self):
        """R46b"""
        self.env["chasing.minimum"].create({
            "company_id": self.company.id,
            "currency_id": self.company.currency_id.id,
            "amount": 500,
        })
        sheet = self.sheet(self.make_invoice(chased=False))
        self.assertIn("You can send by hand.", sheet.warning_text)
        sheet.action_send()
        self.assertEqual(len(self.deliver()), 1)

    def test_contacted_today_is_told(self):
        """R17"""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        sheet = self.sheet(invoice)
        self.assertIn("already contacted about this invoice today", sheet.warning_text)
        sheet.action_send()
        self.assertEqual(len(self.deliver()), 1)

    def test_each_language_of_the_recipients_is_shown(self):
        """R65"""
        self.env["res.lang"]._activate_lang("de_DE")
        german = self.make_customer("Gerd", "gerd@customer.example", lang="de_DE", parent_id=self.customer.id)
        form = self.form(self.make_invoice(chased=False))
        form.to_ids.add(german)
        self.assertEqual(len(form.parts), 2)
        self.assertEqual({part["to"] for part in form.parts}, {"ann@customer.example", "gerd@customer.example"})

    def test_sms_and_letter_are_shown_beside_the_email(self):
        self.customer.write({"phone": "+49 151 23456789", "street": "Weg 1", "zip": "10115", "city": "Berlin"})
        self.customer.country_id = self.env.ref("base.de")
        form = self.form(self.make_invoice(chased=False))
        form.channel_sms = form.channel_letter = True
        parts = {part["label"]: part for part in form.parts}
        self.assertEqual(set(parts), {"E-mail", "SMS", "Letter"})
        self.assertRegex(parts["SMS"]["note"], r"1 SMS, \d+ of 160 characters")
        self.assertIn("html", parts["Letter"])

    def test_files_go_along(self):
        invoice = self.make_invoice(chased=False)
        own = self.env["ir.attachment"].create({
            "name": "terms.txt",
            "raw": b"terms",
            "res_model": "account.move",
            "res_id": invoice.id,
        })
        sheet = self.sheet(invoice, own_file_ids=own.ids)
        self.assertTrue(sheet.has_files)
        self.assertIn("terms.txt", [file["name"] for file in sheet.parts[0]["files"]])
        sheet.action_send()
        [message] = self.deliver()
        names = [part.get_filename() for part in message.iter_attachments()]
        self.assertIn("terms.txt", names)
        self.assertEqual(len(names), 2)


@tagged("post_install", "-at_install")
class TestSaveAsTemplate(SendSheetCommon):
    """R74"""

    def test_the_texts_as_they_stand_become_a_template_with_its_fields(self):
        invoice = self.make_invoice(chased=False)
        sheet = self.sheet(
            invoice,
            subject="About {{ object.name }}, {{ object.amount_total }}",
            body=Markup("<p>Dear {{ object.partner_id.name }}, it was {{ object.invoice_date }}.</p>"),
            template_name="Kind words",
        )
        sheet.action_save_template()
        template = sheet.template_id
        self.assertEqual(template.name, "Kind words")
        self.assertIn('t-out="object.partner_id.name"', template.body_html)
        self.assertFalse(sheet._words()["subject"])
        sheet.action_send()
        [message] = self.deliver()
        self.assertIn("100.00", message["subject"])
        self.assertIn(f"About {invoice.name}", message["subject"])
        self.assertIn("Dear Ann Lee, it was 2 Mar 2026.", html2plaintext(message.get_body(("html",)).get_content()))

    def test_it_needs_a_name_and_the_rights(self):
        invoice = self.make_invoice(chased=False)
        with self.assertRaisesRegex(UserError, "Enter a name"):
            self.sheet(invoice).action_save_template()
        collector = self.make_user("coll", "invoice_chasing.group_user")
        self.env["ir.config_parameter"].sudo().set_param("mail.restrict.template.rendering", True)
        collector.group_ids -= self.env.ref("mail.group_mail_template_editor")
        sheet = self.sheet(invoice, user=collector, template_name="Mine", subject="{{ object.amount_total }}")
        with self.assertRaises(AccessError):
            sheet.action_save_template()


@tagged("post_install", "-at_install")
class TestSendTest(SendSheetCommon):
    """R75: a test goes to whoever asks, and to nobody else."""

    def test_an_email_is_marked_and_on_no_ledger(self):
        invoice = self.make_invoice(chased=False)
        before = self.env["chasing.delivery"].search_count([])
        answer = self.sheet(invoice, subject="About {{ object.name }}").action_test()
        self.assertIn("A test is on its way", answer["params"]["message"])
        [message] = self.deliver()
        self.assertEqual(message["subject"], f"[Test] About {invoice.name}")
        self.assertIn("sally@firm.example", message["to"])
        self.assertEqual(self.env["chasing.delivery"].search_count([]), before)
        self.assertFalse(invoice.chasing_schedule_id)

    def test_an_sms_goes_to_ones_own_number(self):
        invoice = self.make_invoice(chased=False)
        sheet = self.sheet(invoice, channel_email=False, channel_sms=True)
        self.salesperson.partner_id.phone = False
        with self.assertRaisesRegex(UserError, "no valid phone number"):
            sheet.action_test()
        self.salesperson.partner_id.write({"phone": "+49 151 23456789"})
        sheet.action_test()
        sms = self.env["sms.sms"].sudo().search([], order="id desc", limit=1)
        self.assertEqual(sms.number, "+4915123456789")
        self.assertIn("[Test]", sms.body)
        self.assertFalse(self.env["chasing.delivery"].search([("move_id", "=", invoice.id)]))

    def test_a_letter_opens_as_its_pdf_that_nobody_else_may_read(self):
        self.customer.write({"street": "Weg 1", "zip": "10115", "city": "Berlin"})
        self.customer.country_id = self.env.ref("base.de")
        answer = self.sheet(self.make_invoice(chased=False), channel_email=False, channel_letter=True).action_test()
        file = self.env["ir.attachment"].browse(int(answer["url"].split("/")[3].partition("?")[0]))
        self.assertTrue(file.raw.startswith(b"%PDF"))
        stranger = self.make_user("coll", "invoice_chasing.group_user")
        with self.assertRaises(AccessError):
            file.with_user(stranger).read(["raw"])


@tagged("post_install", "-at_install")
class TestSendSheetRights(SendSheetCommon):
    """What a client names is asked for, and what it writes is shown and sent as text."""

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice(chased=False)
        self.collector = self.make_user("coll", "invoice_chasing.group_user")

    def test_what_another_company_has_is_refused_by_id(self):
        other = self.setup_other_company()
        foreigner = self.make_user("foreigner", "invoice_chasing.group_user", company_id=other["company"].id)
        step = self.step(self.make_invoice(), "on_issue")
        sheets = self.env["chasing.send"].with_user(foreigner)
        for values in ({"move_ids": self.invoice.ids}, {"step_id": step.id}, {"step_id": step.id, "is_edit": True}):
            with self.subTest(values), self.assertRaises(AccessError):
                sheets.create(values)
            with self.subTest(onchange=values), self.assertRaises(AccessError):
                sheets.onchange(values, [], {"parts": {}, "reach_text": {}})
        foreign = self.env["res.partner"].create({"name": "Their", "email": "t@their.example"})
        foreign.company_id = other["company"]
        with self.assertRaises(AccessError):
            self.sheet(self.invoice, user=self.collector, to_ids=foreign.ids)

    def test_a_file_that_one_may_not_read_is_refused_by_id(self):
        secret = self.env["ir.attachment"].sudo().create({"name": "secret.txt", "raw": b"secret"})
        for name in ("attachment_ids", "own_file_ids"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.sheet(self.invoice, user=self.collector, **{name: secret.ids})
            values = {"move_ids": self.invoice.ids, name: secret.ids}
            with self.subTest(onchange=name), self.assertRaises(AccessError):
                self.env["chasing.send"].with_user(self.collector).onchange(values, [], {"parts": {}})

    def test_a_template_of_something_else_is_refused(self):
        """R77: it would read other records by the invoices' ids."""
        model = self.env["ir.model"]._get_id("res.users")
        template = (
            self.env["mail.template"]
            .sudo()
            .create({
                "name": "Users",
                "model_id": model,
                "subject": "{{ object.login }}",
                "body_html": '<p t-out="object.login"/>',
            })
        )
        with self.assertRaises(UserError):
            self.sheet(self.invoice, user=self.collector, template_id=template.id)
        values = {"move_ids": self.invoice.ids, "email_template_id": template.id, "channel_email": True}
        spec = {"parts": {}, "subject": {}, "body": {}, "place_key": {}}
        shown = (
            self.env["chasing.send"].with_user(self.collector).onchange(values, ["email_template_id"], spec)["value"]
        )
        self.assertNotIn(self.env.ref("base.user_admin").login, str(shown))

    def test_html_and_unknown_fields_stay_out(self):
        sheet = self.sheet(self.invoice, subject="<b>Hi</b>", body="<p>Dear<script>steal()</script></p>")
        [part] = sheet.parts
        self.assertEqual(part["subject"], "<b>Hi</b>")
        self.assertNotIn("steal", part["html"])
        for values in ({"subject": "{{ object.env['res.users'] }}"}, {"body": "<p><t t-out='object.env'/></p>"}):
            with self.subTest(values), self.assertRaisesRegex(UserError, "cannot be filled in"):
                self.sheet(self.invoice, **values)

    def test_a_subject_and_a_button_have_a_length(self):
        """R74"""
        for values, words in (({"subject": "a" * 201}, "200 characters"), ({"button_text": "a" * 41}, "40 characters")):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self.sheet(self.invoice, **values)

    def test_copies_are_a_collectors_too(self):
        """R74: up to ten, each an address."""
        self.sheet(self.invoice, user=self.collector, cc="cfo@else.example").action_send()
        [message] = self.deliver()
        self.assertEqual(message["cc"], "cfo@else.example")
        for copies in ("nobody", ", ".join(f"a{number}@b.example" for number in range(11))):
            with self.subTest(copies), self.assertRaises(UserError):
                self.sheet(self.invoice, cc=copies).action_send()

    def test_a_header_cannot_be_written_into_a_list_of_copies(self):
        """R60"""
        self.sheet(self.invoice, cc="x@else.example\r\nBcc: y@else.example").action_send()
        [message] = self.deliver()
        self.assertIsNone(message["bcc"])

    def test_a_vendor_bill_gets_no_message(self):
        """R30"""
        bill = self.make_invoice(move_type="in_invoice", post=False)
        with self.assertRaisesRegex(UserError, "not a customer invoice"):
            bill.action_chasing_send()
        with self.assertRaisesRegex(UserError, "Choose an invoice"):
            self.sheet(bill).action_send()

    def test_who_only_reads_sends_nothing(self):
        auditor = self.make_user("auditor", "account.group_account_readonly")
        with self.assertRaises(AccessError):
            self.sheet(self.invoice, user=auditor)
        with self.assertRaises(AccessError):
            self.invoice.with_user(auditor).action_chasing_send()
