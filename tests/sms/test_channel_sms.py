from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..builders.builders import utc
from ..builders.sms import ANN, BOB, ChasingSmsCommon


@tagged("post_install", "-at_install")
class TestChannelSmsContent(ChasingSmsCommon):
    def texts(self, invoice, local):
        return [text for _number, text in self.at_sent(local)]

    def test_an_sms_names_company_invoice_amount_due_date_and_link(self):
        """R70, R72."""
        invoice = self.make_invoice(amount=1234.5)
        [(number, text)] = self.at_sent("2026-03-02 09:00")
        self.assertEqual(number, ANN)
        link = f"{invoice.get_base_url()}/my/invoices/{invoice.id}?access_token={invoice.access_token}"
        for words in ("Firm", invoice.name, "1,234.50", "due on 16 Mar 2026", link):
            self.assertIn(words, self.unshortened(text))

    def test_the_text_follows_the_status_of_the_invoice(self):
        """R70, R71."""
        self.make_invoice()
        [(_number, new)] = self.at_sent("2026-03-02 09:00")
        [(_number, reminder)] = self.at_sent("2026-03-13 10:00")
        [(_number, past_due)] = self.at_sent("2026-03-21 14:00")
        self.assertIn("please pay", reminder)
        self.assertIn("overdue since 16 Mar 2026. Please pay: ", past_due)
        self.assertNotIn("pay", new)

    def test_a_first_sms_about_a_late_invoice_says_since_when(self):
        """R70."""
        self.set_clock("2026-03-20 08:30")
        self.make_invoice()
        [(_number, text)] = self.at_sent("2026-03-20 09:00")
        self.assertIn("overdue since 16 Mar 2026", text)

    def test_the_amount_is_what_is_due_now(self):
        """R72."""
        invoice = self.make_invoice(amount=100)
        self.pay(invoice, 40)
        [(_number, text)] = self.at_sent("2026-03-02 09:00")
        self.assertIn("60.00", text)

    def test_it_says_what_came_in_and_what_is_left(self):
        """R42b: after the shipped text, which may then take one SMS more, in its reader's language."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.make_contact("Ann", ANN)
        self.make_contact("Luc", "+33612345678", lang="fr_FR")
        invoice = self.make_invoice(amount=100)
        self.pay(invoice, 30)
        texts = dict(self.at_sent("2026-03-02 09:00"))
        self.assertTrue(texts[ANN].endswith(" Received: $ 30.00, still open: $ 70.00."), texts[ANN])
        self.assertIn("$ 30,00", texts["+33612345678"])
        self.assertIn("$ 70,00", texts["+33612345678"])

    def test_it_says_so_only_where_something_came_in_and_something_is_asked(self):
        """R42b: a credit is no money, and a text that says it itself is left alone."""
        invoice = self.make_invoice()
        [(_number, text)] = self.at_sent("2026-03-02 09:00")
        self.assertNotIn("Received", text)
        credited = self.make_invoice()
        note = self._create_invoice(
            "out_refund",
            partner_id=self.customer,
            invoice_date="2026-03-02",
            invoice_line_ids=[Command.create({"name": "Back", "price_unit": 30, "tax_ids": []})],
            post=True,
        )
        (note | credited).line_ids.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.env.cr.flush()
        self.assertEqual((credited.amount_residual, credited.chasing_paid_amount), (70, 0))
        self.set_clock("2026-03-02 08:30")
        self.tone_line("new").sms_template_id.body = (
            "{{ format_amount(object.chasing_paid_amount, object.currency_id) }} came,"
            " {{ format_amount(object.amount_residual, object.currency_id) }} did not"
        )
        invoice = self.make_invoice()
        self.pay(invoice, 30)
        texts = [text for _number, text in self.at_sent("2026-03-02 09:00")]
        self.assertFalse([text for text in texts if "Received" in text])
        self.assertTrue([text for text in texts if text.endswith("came, $ 70.00 did not")], texts)
        self.pay(invoice)
        step = self.step(invoice, "on_issue")
        channel = self.env["chasing.channel.sms"]
        self.assertNotIn("Received", channel._compose(step, "en_US", self.now)[step])

    def test_each_recipient_reads_their_own_language(self):
        """R65."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.tone_line("new").sms_template_id.with_context(
            lang="fr_FR"
        ).body = "Facture {{ object.name }}, {{ format_date(object.invoice_date_due) }}"
        self.make_contact("Bob", "0176 12345678")
        self.make_contact("Luc", "+33612345678", lang="fr_FR")
        invoice = self.make_invoice()
        texts = dict(self.at_sent("2026-03-02 09:00"))
        self.assertEqual(texts["+33612345678"], f"Facture {invoice.name}, 16/03/2026")
        self.assertIn(f"invoice {invoice.name}", texts[BOB])

    def test_a_step_may_have_a_text_of_its_own(self):
        """R70."""
        template = (
            self.env["sms.template"]
            .sudo()
            .create({
                "name": "Own",
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "body": "Pay {{ object.name }}!",
            })
        )
        self.cadence.step_ids[0].sms_template_id = template
        invoice = self.make_invoice()
        self.assertEqual(self.at_sent("2026-03-02 09:00"), [(ANN, f"Pay {invoice.name}!")])

    def test_without_a_template_it_fails_with_that_reason(self):
        """R85."""
        self.tone_line("new").sms_template_id = False
        invoice = self.make_invoice()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.assertEqual(self.plan(invoice)[0], ("2026-03-02 09:00", "failed", "no_template"))

    def test_a_preview_shows_the_sms(self):
        """R75: no e-mail is shown where none goes."""
        step = self.step(self.make_invoice(), "on_issue")
        step.action_preview()
        self.assertEqual((step.preview_body, step.preview_subject), (False, False))
        [(_number, text)] = self.at_sent("2026-03-02 09:00")
        self.assertEqual(step.preview_sms, self.unshortened(text))
        self.assertEqual(step.preview_outcome, "It was sent to all recipients.")

    def test_a_text_that_comes_out_empty_fails_with_that_reason(self):
        """R85."""
        self.tone_line("new").sms_template_id.body = "{{ object.ref }}"
        invoice = self.make_invoice()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "no_template")


@tagged("post_install", "-at_install")
class TestChannelSms(ChasingSmsCommon):
    def test_the_conversation_shows_it_as_odoos_own_sms(self):
        """R91."""
        invoice = self.make_invoice()
        [(_number, text)] = self.at_sent("2026-03-02 09:00")
        message = self.deliveries(invoice).mail_message_id
        self.assertIn(message, invoice.message_ids)
        self.assertEqual(message.author_id, self.salesperson.partner_id)
        self.assertEqual(message.record_company_id, self.company)
        self.assertEqual((message.message_type, message.subtype_id), ("sms", self.env.ref("mail.mt_note")))
        self.assertIn(f'{text.rpartition(" ")[0]} <a href="http', message.body)
        notification = message.notification_ids
        self.assertEqual(
            (notification.notification_type, notification.notification_status, notification.sms_number),
            ("sms", "pending", ANN),
        )
        self.assertEqual((notification.res_partner_id, notification.author_id), (self.customer, message.author_id))

    def test_no_follower_gets_an_email(self):
        """R64."""
        invoice = self.make_invoice()
        colleague = self.make_user("colleague", "account.group_account_invoice", notification_type="email")
        invoice.message_subscribe((colleague.partner_id | self.customer).ids, [self.env.ref("mail.mt_note").id])
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        self.assertFalse(self.waiting_mails())

    def test_it_is_sent_when_the_provider_took_it_and_delivered_when_it_says_so(self):
        """R83, R86, R87."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(self.deliveries(invoice).state, "queued")
        self.assertFalse(invoice.chasing_schedule_id.first_sent_at)
        self.send()
        self.assertEqual(self.deliveries(invoice).state, "sent")
        self.assertEqual(invoice.chasing_schedule_id.first_sent_at, self.now)
        self.report(invoice, "delivered")
        self.assertEqual(self.deliveries(invoice).state, "delivered")
        self.assertEqual(self.step(invoice, "on_issue").state, "sent")

    def test_an_sms_delivered_at_once_was_sent(self):
        """R86: some providers tell both in one word."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00", "delivered")
        delivery = self.deliveries(invoice)
        self.assertEqual((delivery.state, delivery.sent_at), ("delivered", self.now))
        self.assertEqual(invoice.chasing_schedule_id.first_sent_at, self.now)

    def test_what_the_provider_still_looks_at_is_not_sent_yet(self):
        """R86."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00", "processing")
        self.assertEqual(self.deliveries(invoice).state, "queued")
        self.report(invoice, "sent")
        self.assertEqual(self.deliveries(invoice).state, "sent")

    def test_a_report_that_it_did_not_arrive_fails_the_step(self):
        """R87."""
        for status, state, code in (
            ("not_delivered", "failed", "sms_failed"),
            ("expired", "failed", "sms_failed"),
            ("invalid_destination", "bounced", "bounced"),
            ("not_allowed", "bounced", "not_mobile"),
            ("rejected", "bounced", "provider_error"),
        ):
            with self.subTest(status=status):
                self.set_clock("2026-03-02 08:30")
                invoice = self.make_invoice()
                self.at_sent("2026-03-02 09:00")
                self.report(invoice, status)
                delivery, step = self.deliveries(invoice), self.step(invoice, "on_issue")
                self.assertEqual((delivery.state, delivery.failure_code), (state, code))
                self.assertEqual((step.state, step.reason_code), ("failed", code))
                self.env["chasing.delivery"]._address_works([ANN])

    def test_one_of_two_that_did_not_arrive_makes_it_partly_sent(self):
        """R83."""
        self.make_contact("Bob", BOB)
        self.make_contact("Ann", ANN)
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00", {BOB: "wrong_number_format"})
        self.assertEqual(
            [(one.address, one.state, one.failure_code) for one in self.deliveries(invoice)],
            [(BOB, "failed", "invalid_phone"), (ANN, "sent", False)],
        )
        self.assertEqual(self.step(invoice, "on_issue").state, "partly")

    def test_each_refusal_has_its_reason(self):
        """R85."""
        for error, code in (
            ("wrong_number_format", "invalid_phone"),
            ("insufficient_credit", "no_credit"),
            ("unregistered", "not_set_up"),
            ("country_not_supported", "provider_error"),
            ("server_error", "unclear"),
            ("something_new", "sms_failed"),
        ):
            with self.subTest(error=error):
                self.set_clock("2026-03-02 08:30")
                invoice = self.make_invoice()
                self.at_sent("2026-03-02 09:00", error)
                delivery = self.deliveries(invoice)
                self.assertEqual((delivery.state, delivery.failure_code), ("failed", code))
                self.assertTrue(self.step(invoice, "on_issue").reason)

    def test_what_the_provider_says_is_kept_or_else_what_odoo_calls_it(self):
        """R85."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00", "country_not_supported")
        self.assertEqual(self.deliveries(invoice).failure_detail, "Country Not Supported")
        self.assertIn("(Country Not Supported)", self.step(invoice, "on_issue").reason)

    def test_a_blacklisted_number_gets_nothing(self):
        """R85: Odoo's own sending does not look."""
        self.env["phone.blacklist"].sudo()._add([ANN])
        invoice = self.make_invoice()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "blacklisted")

    def test_a_blacklisted_number_is_known_as_its_company_writes_it(self):
        """R85: a contact without a country has a number of its company's country, whatever ours is."""
        self.customer.write({"is_company": True, "country_id": self.env.ref("base.at").id})
        self.make_contact("Bob", "0664 1234567", street="Elsewhere 1", country_id=False)
        self.env["phone.blacklist"].create({"number": "+436641234567"})
        invoice = self.make_invoice()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        [delivery] = self.deliveries(invoice)
        self.assertEqual((delivery.address, delivery.failure_code), ("+436641234567", "blacklisted"))

    def test_what_breaks_on_the_way_fails_as_an_sms(self):
        """R82"""
        self.patch(self.env.registry["chasing.channel.sms"], "_post", lambda _channel, _texts: 1 / 0)
        invoice = self.make_invoice()
        with mute_logger("odoo.addons.invoice_chasing.models.dispatch.chasing_outbox"):
            self.at("2026-03-02 09:00")
        self.assertEqual(self.deliveries(invoice).failure_code, "sms_failed")

    def test_numbers_that_take_no_sms_get_nothing(self):
        """R85, R88."""
        for phone, code in ((False, "no_recipient"), ("12", "invalid_phone"), ("030 1234567", "not_mobile")):
            with self.subTest(phone=phone):
                self.set_clock("2026-03-02 08:30")
                self.customer.phone = phone
                invoice = self.make_invoice()
                self.assertFalse(self.at_sent("2026-03-02 09:00"))
                self.assertEqual(self.step(invoice, "on_issue").reason_code, code)

    def test_a_batch_takes_no_more_queries_than_one(self):
        def count(number):
            self.set_clock("2026-03-02 08:30")
            customers = [self.make_customer(f"C{n}", False, phone=f"+49151{n:08}") for n in range(number)]
            invoices = self.env["account.move"].union(*(self.make_invoice(partner_id=one.id) for one in customers))
            deliveries = (
                self.env["chasing.delivery"]
                .sudo()
                .create([
                    {
                        "step_id": self.step(invoice, "on_issue").id,
                        "channel": "sms",
                        "partner_id": invoice.partner_id.id,
                        "address": invoice.partner_id.phone,
                        "local_day": "2026-03-02",
                        "queued_at": self.now,
                    }
                    for invoice in invoices
                ])
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            receipts = self.env["chasing.channel.sms"].sudo()._queue(deliveries, self.now)
            self.env.flush_all()
            self.assertEqual(len(receipts), number)
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(3), count(12))


@tagged("post_install", "-at_install")
class TestChannelSmsHours(ChasingSmsCommon):
    def test_what_would_arrive_at_night_waits_for_the_morning_there(self):
        """R88: at 9 in Berlin it is 3 in Jamaica."""
        self.customer.phone = "+18764567890"
        invoice = self.make_invoice()
        self.assertFalse(self.at_sent("2026-03-02 09:00"))
        delivery = self.deliveries(invoice)
        self.assertEqual((delivery.state, self.local(delivery.leaves_at)), ("queued", "2026-03-02 14:00"))
        self.assertFalse(self.at_sent("2026-03-02 13:45"))
        self.assertEqual([number for number, _text in self.at_sent("2026-03-02 14:00")], ["+18764567890"])
        self.assertEqual(delivery.state, "sent")

    def test_one_who_sleeps_does_not_keep_the_other_from_getting_it(self):
        """R83, R88."""
        self.make_contact("Jim", "+18764567890")
        self.make_contact("Bob", BOB)
        self.make_invoice()
        self.assertEqual([number for number, _text in self.at_sent("2026-03-02 09:00")], [BOB])

    def test_a_payment_before_the_morning_takes_it_back(self):
        """R32, R88."""
        self.customer.phone = "+18764567890"
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.pay(invoice)
        self.assertEqual(self.deliveries(invoice).state, "cancelled")
        self.assertFalse(self.at_sent("2026-03-02 14:00"))

    def test_a_number_blacklisted_before_the_morning_gets_nothing(self):
        """R85, R88."""
        self.customer.phone = "+18764567890"
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.env["phone.blacklist"].create({"number": "+18764567890"})
        self.assertFalse(self.at_sent("2026-03-02 14:00"))
        [delivery] = self.deliveries(invoice)
        self.assertEqual((delivery.state, delivery.failure_code), ("failed", "blacklisted"))
        self.assertEqual(self.step(invoice, "on_issue").state, "failed")

    def leaves_at(self, number):
        """When, in Berlin, an SMS to the customer leaves that is due on 2 March at 9."""
        delivery = self.env["chasing.delivery"].new({
            "step_id": self.step(self.make_invoice(), "on_issue").id,
            "address": number,
            "partner_id": self.customer.id,
        })
        return self.local(self.env["chasing.channel.sms"]._earliest(delivery, utc("2026-03-02 09:00")))

    def test_a_number_of_no_place_goes_by_the_companys_zone(self):
        """R88: a satellite phone; the zone of a contact without a user is that of whoever created the contact."""
        self.customer.tz = "America/New_York"
        self.assertFalse(self.leaves_at("+881612345678"))

    def test_an_area_code_does_not_tell_where_somebody_lives(self):
        """R88: a number of New York waits until it is day in Honolulu."""
        self.customer.tz = "America/New_York"
        self.assertEqual(self.leaves_at("+12125550123"), "2026-03-02 19:00")

    def test_the_zone_of_the_contacts_own_user_counts(self):
        """R88: if it lies in the number's country and the user is there."""
        user = new_test_user(self.env, "portal", "base.group_portal", partner_id=self.customer.id)
        for zone, active, expected in (
            ("America/New_York", True, "2026-03-02 14:00"),
            ("Europe/Berlin", True, "2026-03-02 19:00"),
            ("America/New_York", False, "2026-03-02 19:00"),
        ):
            with self.subTest(zone=zone, active=active):
                user.write({"tz": zone, "active": active})
                self.assertEqual(self.leaves_at("+12125550123"), expected)

    def test_a_contact_archived_before_the_morning_gets_nothing(self):
        """R60: on no path."""
        self.make_contact("Jim", "+18764567890")
        contact = self.make_contact("Joe", "+18762101234")
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        contact.active = False
        self.assertEqual([number for number, _text in self.at_sent("2026-03-02 14:00")], ["+18764567890"])
        gone = self.deliveries(invoice).filtered(lambda one: one.address == "+18762101234")
        self.assertEqual(gone.state, "cancelled")


@tagged("post_install", "-at_install")
class TestChannelSmsWithdraw(ChasingSmsCommon):
    def test_a_payment_takes_back_what_waits_in_odoos_queue(self):
        """R32."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.pay(invoice)
        self.assertEqual(self.deliveries(invoice).state, "cancelled")
        self.assertEqual(self.step(invoice, "on_issue").state, "cancelled")
        self.assertEqual(self.every_sms(invoice).state, "canceled")
        self.assertFalse(self.send())

    def test_what_is_being_sent_counts_as_gone(self):
        """R32."""
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.every_sms(invoice).state = "process"
        self.pay(invoice)
        self.assertEqual(self.deliveries(invoice).state, "queued")
        self.assertEqual(self.every_sms(invoice).state, "process")

    def test_what_was_sent_stays_sent(self):
        """R32, R39."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.pay(invoice)
        self.assertEqual(self.deliveries(invoice).state, "sent")

    def test_another_companys_sender_and_templates(self):
        """R82: both companies' SMS of one run."""
        other = self.setup_other_company()["company"]
        other.write({"name": "Other", "chasing_enabled": True, "chasing_tz": "Europe/Berlin"})
        cadence = self.make_cadence(
            "Other",
            [
                {
                    "trigger": "on_issue",
                    "days": 0,
                    "hour": 9,
                    "channel_email": False,
                    "channel_sms": True,
                }
            ],
            company_id=other.id,
        )
        cadence.is_default = True
        self.make_invoice()
        self.make_invoice(company=other, line_ids=[Command.clear()])
        texts = [text for _number, text in self.at_sent("2026-03-02 09:00")]
        self.assertEqual(sorted(text.split(":")[0] for text in texts), ["Firm", "Other"])


@tagged("post_install", "-at_install", "chasing_browser")
class TestChannelSmsReports(ChasingSmsCommon, HttpCase):
    def test_odoos_service_tells_over_http_what_became_of_it(self):
        """R87."""
        for word, state in (("delivered", "delivered"), ("invalid_destination", "bounced")):
            with self.subTest(word=word):
                self.set_clock("2026-03-02 08:30")
                invoice = self.make_invoice()
                self.at("2026-03-02 09:00")
                uuids = self.every_sms(invoice).mapped("uuid")
                self.make_jsonrpc_request("/sms/status", {"message_statuses": [{"sms_status": word, "uuids": uuids}]})
                self.env.invalidate_all()
                self.assertEqual(self.deliveries(invoice).state, state)
