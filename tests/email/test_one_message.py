"""One message as a person wants it, over a real connection: whom, with copies, a button and files (R74, R109)."""

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.common import formats
from ...models.forms.step_explanation import recipient_texts
from ..builders.hand import HandCommon
from ..builders.smtp import ChasingSmtpCommon
from .test_bounces import REPORT
from .test_headers import HOSTILE, OLD

ANN = "ann@customer.example"
MEGABYTE = 1024 * 1024
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="


class OneMessageCommon(ChasingSmtpCommon):
    def invoice_with(self, **values):
        """An invoice whose first step a person has given these values."""
        invoice = self.make_invoice()
        self.steps(invoice)[0].sudo().write(values)
        return invoice

    def sent(self, at="2026-03-02 09:00"):
        """[(envelope recipients, message)] of what leaves now."""
        self.at(at)
        return self.deliver_by_smtp()

    def upload(self, name="Terms.pdf", content=b"%PDF-1.4 terms", **values):
        """A file as the editor of a message uploads it."""
        return self.env["ir.attachment"].create({"name": name, "raw": content, "res_model": "mail.message", **values})

    def html(self, message):
        return message.get_body(("html",)).get_content()

    def files(self, message):
        return {part.get_filename(): part.get_content() for part in message.iter_attachments()}


@tagged("post_install", "-at_install")
class TestRecipients(OneMessageCommon):
    def test_exactly_those_who_were_chosen_get_it(self):
        """R74: each a message of their own, also where they are no contacts of the customer (R64)."""
        eve = self.make_customer("Eve", "eve@other.example")
        self.invoice_with(to_ids=eve.ids, to_emails="Dan Ö <dan@other.example>\nMax@Müller.example")
        self.assertEqual(
            [(recipients, str(message["To"])) for recipients, message in self.sent()],
            [
                (["eve@other.example"], "Eve <eve@other.example>"),
                (["dan@other.example"], "Dan Ö <dan@other.example>"),
                (["max@xn--mller-kva.example"], "max@xn--mller-kva.example"),
            ],
        )

    def test_it_is_shown_why(self):
        """R66, R74"""
        invoice = self.invoice_with(to_ids=self.customer.ids, to_emails="dan@other.example")
        step = self.steps(invoice)[0]
        [resolution] = self.env["chasing.address.book"]._resolve(step).values()
        self.assertEqual(
            [step._why_text(recipient) for recipient in resolution.recipients],
            [
                "Ann Lee <ann@customer.example>: Chosen for this message",
                "dan@other.example: Address entered for this message",
            ],
        )

    def test_a_chosen_contact_that_is_mended_is_predicted(self):
        """R66, R96: also one of another customer."""
        eve = self.make_customer("Eve", False)
        invoice = self.invoice_with(to_ids=eve.ids, cc="Boss <boss@other.example>")
        step = self.steps(invoice)[0]
        step._text_changed()
        self.assertEqual(step.prediction_code, "no_recipient")
        eve.email = "eve@other.example"
        self.assertFalse(step.prediction_code)
        self.assertEqual(
            recipient_texts(step)[0],
            [
                "Eve <eve@other.example>: Chosen for this message",
                "Boss <boss@other.example>: Copy of the e-mail",
            ],
        )

    def test_what_keeps_others_from_mail_keeps_these_too(self):
        """R85"""
        self.env["mail.blacklist"].sudo()._add("dan@other.example")
        eve = self.make_customer("Eve", "eve@")
        invoice = self.invoice_with(to_ids=eve.ids, to_emails="dan@other.example")
        self.assertFalse(self.sent())
        self.assertEqual(set(self.deliveries(invoice).mapped("failure_code")), {"blacklisted", "invalid_email"})

    def test_whoever_is_archived_is_not_replaced_by_others(self):
        """R60, R74"""
        eve = self.make_customer("Eve", "eve@other.example")
        invoice = self.invoice_with(to_ids=eve.ids)
        eve.active = False
        self.assertFalse(self.sent())
        self.assertEqual(self.steps(invoice)[0].reason_code, "no_recipient")

    def test_whoever_was_chosen_cannot_be_deleted_before(self):
        """R74: the message would go to others; afterwards they can."""
        eve = self.make_customer("Eve", "eve@other.example")
        self.invoice_with(to_ids=eve.ids)
        with self.assertRaisesRegex(UserError, "is to be sent to Eve"):
            eve.unlink()
        self.sent()
        eve.unlink()

    def test_contacts_that_are_merged_stay_chosen(self):
        """R74"""
        eve, twin = (self.make_customer("Eve", "eve@other.example") for _number in range(2))
        invoice = self.invoice_with(to_ids=eve.ids)
        self.env["base.partner.merge.automatic.wizard"].sudo()._merge((eve | twin).ids, twin)
        self.assertEqual(self.steps(invoice)[0].to_ids, twin)

    def test_another_companys_contact_gets_nothing(self):
        """R74: neither where somebody names it, nor where it goes to another company later."""
        other = self.setup_other_company()["company"]
        foreign = self.make_customer("Eve", "eve@other.example")
        invoice = self.invoice_with(to_ids=foreign.ids)
        foreign.company_id = other
        self.assertFalse(self.sent())
        self.assertEqual(self.deliveries(invoice).failure_code, "not_allowed_recipient")
        with self.assertRaises(UserError):
            self.invoice_with(to_ids=foreign.ids)

    def test_more_than_fifty_are_refused(self):
        """R16, R74"""
        with self.assertRaisesRegex(ValidationError, "Other Addresses: no more than 50"):
            self.invoice_with(to_emails="\n".join(f"a{number}@b.example" for number in range(51)))
        with self.assertRaisesRegex(ValidationError, "Other Addresses: “nobody” is not an e-mail address"):
            self.invoice_with(to_emails="nobody")

    def test_an_answer_to_it_stays_off_the_portal_too(self):
        """R109: what somebody else answers is none of the customer's business."""
        self.env["mail.alias.domain"].create({"name": "firm.example", "catchall_alias": "answers"})
        invoice = self.invoice_with(to_emails="dan@other.example")
        [(_recipients, message)] = self.sent()
        answer = (
            f"From: dan@other.example\nTo: {message['Reply-To']}\nSubject: Re\nMessage-Id: <answer@other.example>\n"
            f"In-Reply-To: {message['Message-Id']}\n\nBetween us"
        )
        self.env["mail.thread"].sudo().message_process(None, answer)
        posted = invoice.message_ids.filtered(lambda one: "Between us" in one.body)
        self.assertEqual((len(posted), posted.subtype_id.internal), (1, True))

    def test_portal_readers_do_not_see_it(self):
        """R109: a message to chosen people is no part of the page that whoever has the link reads."""
        role = self.make_role()
        director = self.make_customer("Director", "director@customer.example", parent_id=self.customer.id)
        self.customer.chasing_role_ids = role
        for values, is_seen in (
            ({}, True),
            ({"to_ids": self.customer.ids}, False),
            ({"to_ids": director.ids}, False),
            ({"to_ids": director.ids, "to_emails": "law@other.example"}, False),
            ({"to_emails": ANN}, False),
            ({"to_ids": self.make_customer("Eve", "eve@other.example").ids}, False),
            ({"cc": "eve@other.example"}, False),
            ({"role_id": role.id}, False),
        ):
            invoice = self.invoice_with(**values)
            self.sent()
            message = self.deliveries(invoice).mail_message_id.sudo()
            shown = message.filtered_domain(message._get_search_domain_share())
            with self.subTest(values):
                self.assertEqual([bool(shown), len(message) == len(message - shown)], [is_seen, not is_seen])


@tagged("post_install", "-at_install")
class TestCopies(OneMessageCommon):
    def test_copies_go_once_with_the_first_message(self):
        """R74: To and Cc in one message; the other recipient's has none."""
        self.customer.email = f"{ANN}, books@customer.example"
        invoice = self.invoice_with(cc='"Lee, Jörg" <jörg@elsewhere.example>, Max@Müller.example, eve@other.example')
        first, second = self.sent()
        copies = ["jörg@elsewhere.example", "max@xn--mller-kva.example", "eve@other.example"]
        self.assertEqual(first[0], [ANN, *copies])
        self.assertEqual([one.addr_spec for one in first[1]["To"].addresses], [ANN])
        self.assertEqual(len(first[1].get_all("Cc")), 1)
        self.assertIn("eve@other.example", str(first[1]["Cc"]))
        self.assertEqual(second[0], ["books@customer.example"])
        self.assertNotIn("Cc", second[1])
        deliveries = self.deliveries(invoice)
        self.assertEqual([bool(one.cc) for one in deliveries], [True, False])
        self.assertIn("eve@other.example", self.env["chasing.channel.email"]._proof(deliveries[0])[0])

    def test_nobody_gets_it_twice_and_who_is_blacklisted_not_at_all(self):
        """R74, R85"""
        self.env["mail.blacklist"].sudo()._add("dan@other.example")
        self.invoice_with(cc=f"{ANN}, dan@other.example, eve@other.example")
        [(recipients, _message)] = self.sent()
        self.assertEqual(recipients, [ANN, "eve@other.example"])

    def test_a_copy_that_the_server_refuses_is_noted(self):
        """R74: the customer's message has left."""
        invoice = self.invoice_with(cc="gone@other.example, eve@other.example")
        [(recipients, _message)] = self.sent()
        self.assertEqual(recipients, [ANN, "eve@other.example"])
        delivery = self.deliveries(invoice)
        self.assertEqual((delivery.state, delivery.cc_lost), ("sent", "gone@other.example"))
        self.assertIn("The copy to gone@other.example did not arrive.", str(invoice.message_ids.mapped("body")))
        self.assertEqual(self.steps(invoice)[0].state, "sent")

    def test_a_refused_recipient_is_one_although_the_copies_leave(self):
        """R74, R85: Odoo asks only whether the server took anybody."""
        self.customer.email = "gone@customer.example"
        invoice = self.invoice_with(cc="eve@other.example")
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            [(recipients, _message)] = self.sent()
        self.assertEqual(recipients, ["eve@other.example"])
        delivery = self.deliveries(invoice)
        self.assertEqual((delivery.state, delivery.failure_code), ("failed", "bounced"))
        # A retry goes to the customer alone: the copy is there.
        self.customer.email = ANN
        self.set_clock("2026-03-03 10:00")
        self.steps(invoice)[0].action_retry()
        self.assertEqual([recipients for recipients, _message in self.deliver_by_smtp()], [[ANN]])

    def test_a_retry_repeats_copies_only_where_they_have_not_left(self):
        """R74, R84"""
        self.customer.email = f"{ANN}, gone@customer.example"
        invoice = self.invoice_with(cc="eve@other.example")
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            self.assertEqual(len(self.sent()), 1)
        self.customer.email = f"{ANN}, books@customer.example"
        self.set_clock("2026-03-03 10:00")
        self.steps(invoice)[0].action_retry()
        self.assertEqual([to for to, _message in self.deliver_by_smtp()], [["books@customer.example"]])

        self.customer.email = "gone@customer.example"
        invoice = self.invoice_with(cc="gone@other.example")
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            self.assertFalse(self.sent("2026-03-03 11:00"))
        self.customer.email = ANN
        self.steps(invoice)[0].sudo().cc = "eve@other.example"
        self.set_clock("2026-03-04 10:00")
        self.steps(invoice)[0].action_retry()
        self.assertEqual([to for to, _message in self.deliver_by_smtp()], [[ANN, "eve@other.example"]])

    def test_a_copy_that_comes_back_leaves_the_delivery_sent(self):
        """R74, R87: a real report through Odoo's gateway; one about the customer's address counts."""
        self.env["mail.alias.domain"].create({"name": "firm.example", "bounce_alias": "bounces"})
        invoice = self.invoice_with(cc="eve@other.example")
        self.sent()
        delivery = self.deliveries(invoice)
        for address, state in (("eve@other.example", "sent"), (ANN, "bounced")):
            report = REPORT.format(
                sender="MAILER-DAEMON@mx.example",
                to="bounces@firm.example",
                subject="Undelivered",
                kind="delivery-status",
                address=address,
                action="failed",
                status="5.1.1",
                words="No such mailbox",
                number=address,
                message_id=delivery.mail_message_id.message_id,
            )
            self.env["mail.thread"].sudo().message_process(None, report)
            self.assertEqual((delivery.state, delivery.cc_lost), (state, "eve@other.example"))
        said = str(invoice.message_ids.mapped("body"))
        self.assertEqual(said.count("The copy to eve@other.example did not arrive."), 1)

    def test_more_than_ten_and_what_is_no_address_are_refused(self):
        """R74"""
        ten = [f"a{number}@b.example" for number in range(10)]
        self.invoice_with(cc=", ".join(ten))
        with self.assertRaisesRegex(ValidationError, "CC: no more than 10"):
            self.invoice_with(cc=", ".join([*ten, "one@more.example"]))
        with self.assertRaisesRegex(ValidationError, "CC: “nobody” is not an e-mail address"):
            self.invoice_with(cc="nobody")

    def test_a_hold_takes_the_copies_back_too(self):
        """R36, R74: what was taken back leaves to nobody, and again with its copies."""
        invoice = self.invoice_with(cc="eve@other.example")
        self.at("2026-03-02 09:00")
        invoice.chasing_schedule_id.action_pause()
        self.env.cr.flush()
        self.assertFalse(self.waiting_mails())
        self.assertFalse(self.env["mail.mail"].sudo().search([("email_cc", "!=", False)]))
        invoice.chasing_schedule_id.action_resume()
        self.assertEqual([to for to, _message in self.sent("2026-03-02 10:00")], [[ANN, "eve@other.example"]])


@tagged("post_install", "-at_install")
class TestButton(OneMessageCommon):
    def button(self, **values):
        """(where the button leads without the token, what it says, the plain text) of a message."""
        invoice = self.invoice_with(**values)
        [(_recipients, message)] = self.sent()
        html, plain = self.unshortened(self.html(message)), message.get_body(("plain",)).get_content()
        page = f"{invoice.get_base_url()}/my/invoices/{invoice.id}"
        if page not in html:
            return None, None, plain
        before, _here, after = html.partition(page)
        address, _end, rest = after.partition('"')
        return address.partition("#")[2], rest.partition(">")[2].partition("<")[0].strip(), plain

    def test_it_says_and_leads_where_a_person_wants(self):
        """R74: in the text as well."""
        for values, anchor, text in (
            ({}, "", "View invoice"),
            ({"button_text": "See\nit <here>"}, "", "See it &lt;here&gt;"),
            ({"button_target": "none", "button_text": "See"}, None, None),
        ):
            with self.subTest(values):
                found, said, plain = self.button(**values)
                self.assertEqual((found, said), (anchor, text))
                self.assertEqual("/c/" in plain, anchor is not None)

    def test_an_invoice_that_cannot_be_paid_online_is_shown(self):
        """R74: and the button does not say that it can be."""
        self.patch(self.registry["account.move"], "_chasing_payable", lambda moves: moves.browse())
        found, said, _plain = self.button(button_target="pay", button_text="Pay now")
        self.assertEqual((found, said), ("", "View invoice"))

    def test_one_that_can_be_is_opened_where_it_is_paid(self):
        """R74: the button names the amount, unless a person wrote something else."""
        self.patch(self.registry["account.move"], "_chasing_payable", lambda moves: moves)
        amount = formats.amount(self.env, 100.0, self.company.currency_id)
        for values, anchor, said in (
            ({}, "portal_pay", f"Pay {amount}"),
            ({"button_target": "pay", "button_text": "Pay now"}, "portal_pay", "Pay now"),
            ({"button_target": "portal"}, "", "View invoice"),
        ):
            with self.subTest(values):
                self.assertEqual(self.button(**values)[:2], (anchor, said))

    def test_where_an_invoice_can_be_paid_its_providers_say(self):
        """R74: only where somebody takes the money, and money is due."""
        invoice = self.make_invoice()
        if "payment.provider" not in self.env or not hasattr(invoice, "_has_to_be_paid"):
            self.skipTest("needs Odoo's payment of invoices")
        self.env["ir.config_parameter"].sudo().set_param("account_payment.enable_portal_payment", "True")
        providers = self.env["payment.provider"].sudo()
        providers.search([]).state = "disabled"
        self.assertFalse(invoice._chasing_payment_url())
        providers.create({
            "name": "Here",
            "company_id": self.company.id,
            "state": "test",
            "is_published": True,
            "payment_method_ids": [Command.create({"name": "Card", "code": "card", "active": True, "image": PIXEL})],
        })
        invoice._chasing_ensure_tokens()
        self.assertRegex(invoice._chasing_payment_url(), rf"/my/invoices/{invoice.id}\?.*payment=True#portal_pay$")
        self.pay(invoice)
        self.assertFalse(invoice._chasing_payment_url())

    def test_a_copy_of_a_paid_invoice_is_only_shown(self):
        """R74, R102"""
        invoice = self.make_invoice()
        self.pay(invoice)
        self.env["chasing.hand"]._send(self.env["chasing.hand"]._make(invoice, {"channel_email": True}))
        [(_recipients, message)] = self.deliver_by_smtp()
        self.assertIn(">View invoice</a>", self.html(message))

    def test_longer_words_are_refused(self):
        """R74: of the subject and of the button."""
        with self.assertRaisesRegex(UserError, "40 characters"):
            self.invoice_with(button_text="x" * 41)
        with self.assertRaisesRegex(UserError, "200 characters"):
            self.invoice_with(subject="x" * 201)
        with self.assertRaisesRegex(UserError, "200 characters"):
            self.cadence.step_ids[0].subject = "x" * 201
        self.invoice_with(button_text="x" * 40, subject="x" * 200)


@tagged("post_install", "-at_install")
class TestFiles(OneMessageCommon):
    def test_files_go_beside_the_invoice_and_the_templates(self):
        """R72, R74: and live with the invoice."""
        self.tone_line("new").email_template_id.attachment_ids = self.upload("Conditions.pdf", b"%PDF-1.4 own")
        upload = self.upload("Übersicht, 2026.csv", b"a,b")
        invoice = self.invoice_with(attachment_ids=upload.ids)
        [(_recipients, message)] = self.sent()
        self.assertEqual(len(self.files(message)), 3)
        self.assertIn("Übersicht, 2026.csv", self.files(message))
        self.assertEqual((upload.res_model, upload.res_id), ("account.move", invoice.id))
        self.assertIn(upload, self.deliveries(invoice).mail_message_id.sudo().attachment_ids)

    def test_a_retry_brings_them_again(self):
        """R74, R84"""
        self.customer.email = "gone@customer.example"
        invoice = self.invoice_with(attachment_ids=self.upload().ids)
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            self.assertFalse(self.sent())
        with self.assertRaisesRegex(UserError, "Terms.pdf goes with a message"):
            self.steps(invoice)[0].attachment_ids.unlink()
        self.customer.email = ANN
        self.set_clock("2026-03-03 10:00")
        self.steps(invoice)[0].action_retry()
        [(_recipients, message)] = self.deliver_by_smtp()
        self.assertIn("Terms.pdf", self.files(message))

    def test_an_upload_for_several_lives_with_each(self):
        """R74: what is of one invoice only those may read who may read that one."""
        upload = self.upload()
        invoices = [self.make_invoice() for _number in range(3)]
        steps = self.env["chasing.step"].union(*(self.steps(invoice)[0] for invoice in invoices)).sudo()
        steps.write({"attachment_ids": [Command.set(upload.ids)]})
        self.assertEqual([step.attachment_ids.res_id for step in steps], [invoice.id for invoice in invoices])
        self.assertEqual(len(self.sent()), 3)

    def test_a_text_that_links_to_a_file_does_not_keep_it_from_leaving(self):
        """R72, R74: Odoo leaves out what a text links to."""
        upload = self.upload()
        self.invoice_with(attachment_ids=upload.ids, body=f'<p><a href="/web/content/{upload.id}">Terms</a></p>')
        [(_recipients, message)] = self.sent()
        self.assertIn("Terms.pdf", self.files(message))

    def test_without_its_pdf_no_message_leaves_whatever_else_it_brings(self):
        """R72, R74"""
        invoice = self.invoice_with(attachment_ids=self.upload().ids)
        self.at("2026-03-02 09:00")
        self.env["ir.attachment"].sudo().browse(invoice._chasing_pdfs()[invoice.id]).unlink()
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            self.assertFalse(self.deliver_by_smtp())
        self.assertEqual(self.deliveries(invoice).state, "failed")

    def test_a_file_that_is_to_leave_cannot_be_deleted(self):
        """R74: it would be missing in silence; once it has left it can."""
        upload = self.upload()
        self.invoice_with(attachment_ids=upload.ids)
        with self.assertRaisesRegex(UserError, "Terms.pdf goes with a message"):
            upload.unlink()
        self.at("2026-03-02 09:00")
        with self.assertRaisesRegex(UserError, "Terms.pdf goes with a message"):
            upload.unlink()
        self.deliver_by_smtp()
        upload.unlink()

    def test_what_odoo_replaces_is_copied_and_what_goes_anyway_left_out(self):
        """R74: who ticks the invoice's own PDF does not keep the invoice from being drafted."""
        invoice = self.make_invoice()
        self.give_pdf(invoice)
        pdf = self.env["ir.attachment"].sudo().browse(invoice._chasing_pdfs()[invoice.id])
        xml = pdf.create({
            "name": "a.xml",
            "raw": b"<a/>",
            "res_model": "account.move",
            "res_id": invoice.id,
            "res_field": "ubl_cii_xml_file",
        })
        step = self.steps(invoice)[0].sudo()
        step.attachment_ids = pdf | xml
        self.assertEqual((step.attachment_ids.name, step.attachment_ids.res_field), ("a.xml", False))
        self.assertNotEqual(step.attachment_ids, xml)
        (pdf | xml).unlink()
        invoice.button_draft()
        invoice.with_context(force_delete=True).unlink()

    def test_another_companys_people_cannot_read_them(self):
        """R74: by whatever number they ask."""
        upload = self.upload()
        self.invoice_with(attachment_ids=upload.ids)
        self.assertFalse(upload.with_user(self.make_foreigner()).has_access("read"))
        collector = self.make_user("collector", "base.group_user,invoice_chasing.group_user")
        self.assertTrue(upload.with_user(collector).has_access("read"))

    def test_a_file_that_the_server_has_lost_is_told(self):
        """R74, R85"""
        upload = self.upload()
        invoice = self.invoice_with(attachment_ids=upload.ids)
        self.env.cr.execute("UPDATE ir_attachment SET store_fname = 'no/where' WHERE id = %s", [upload.id])
        upload.invalidate_recordset()
        with mute_logger("odoo.addons.base.models.ir_attachment"):
            self.assertFalse(self.sent())
        self.assertEqual(self.steps(invoice)[0].reason_code, "file_missing")
        self.assertIn("Terms.pdf", self.steps(invoice)[0].reason)

    def test_what_a_mail_server_does_not_take_goes_as_a_link(self):
        """R72, R74: Odoo counts a file as it is encoded; what is too much for its limit stays to be fetched."""
        self.env["ir.config_parameter"].sudo().set_param("base.default_max_email_size", "10")
        self.invoice_with(attachment_ids=self.upload("Large.bin", b"x" * 9 * 1024 * 1024).ids)
        [(_recipients, message)] = self.sent()
        self.assertFalse(self.files(message))
        self.assertEqual(self.html(message).count("access_token="), 2, "the invoice and the file")

    def test_more_than_ten_megabytes_are_refused(self):
        """R74: the sentence names the sum and the largest."""
        large, small = (
            self.upload("Large.pdf", b"x" * 7 * 1024 * 1024),
            self.upload("Small.pdf", b"y" * 4 * 1024 * 1024),
        )
        with self.assertRaisesRegex(UserError, r"11.00 Mb together.*Large.pdf with 7.00 Mb"):
            self.invoice_with(attachment_ids=(large | small).ids)
        self.invoice_with(attachment_ids=small.ids)

    def test_only_files_that_the_user_may_read(self):
        """R74: asked for every id, of whomever."""
        collector = self.make_user("collector", "base.group_user,invoice_chasing.group_user")
        step = self.steps(self.make_invoice())[0].with_user(collector).sudo()
        secret = self.env["ir.attachment"].sudo().create({"name": "Secret", "raw": b"x"})
        link = self.env["ir.attachment"].with_user(collector).create({"name": "Link", "type": "url", "url": "//evil"})
        for file, error in (
            (secret, "deleted, or you may not read it"),
            (link, "Link is a link"),
        ):
            with self.assertRaisesRegex(UserError, error), self.env.cr.savepoint():
                step.write({"attachment_ids": [Command.set(file.ids)]})
        own = self.env["ir.attachment"].with_user(collector).create({"name": "Own", "raw": b"x"})
        step.write({"attachment_ids": [Command.set(own.ids)]})
        self.assertEqual(own.sudo().res_model, "account.move")


@tagged("post_install", "-at_install")
class TestOthersFiles(OneMessageCommon):
    """R74: what somebody else needs stays as it is, whoever may read it."""

    def setUp(self):
        super().setUp()
        self.collector = self.make_user("collector", "base.group_user,invoice_chasing.group_user")
        self.step = self.steps(self.make_invoice())[0].with_user(self.collector).sudo()

    def give(self, file):
        self.step.write({"attachment_ids": [Command.set(file.ids)]})

    def test_a_public_file_is_copied(self):
        """R74: of a page, by its address, or somebody's own upload; its owner can still delete it."""
        files = self.env["ir.attachment"].sudo()
        for values in (
            {"public": True, "res_model": "ir.ui.view", "res_id": 0},
            {"public": True, "res_model": "ir.ui.view", "res_id": 0, "url": "/web/assets/1/a.css"},
            {"public": True},
        ):
            for owner in (self.env.user, self.collector):
                file = files.with_user(owner).sudo().create({"name": "Banner\r\n.png", "raw": b"png", **values})
                before = file.read(["name", "public", "res_model", "res_id", "url", "company_id"])
                with self.subTest(values, owner=owner.login):
                    self.give(file)
                    copy = self.step.attachment_ids
                    self.assertEqual(file.read([*before[0]]), before)
                    self.assertEqual((copy.name, copy.raw, copy.public), ("Banner .png", b"png", False))
                    self.assertEqual((copy.res_model, copy.res_id), ("account.move", self.step.move_id.id))
                    file.unlink()

    def test_an_upload_of_somebody_else_is_copied(self):
        """R74: one's own is moved, see `TestFiles`."""
        file = self.upload(res_model="account.move", res_id=self.step.move_id.id, name="a\nb.txt")
        self.give(file)
        self.assertNotEqual(self.step.attachment_ids, file)
        self.assertEqual((file.name, self.step.attachment_ids.name), ("a\nb.txt", "a b.txt"))

    def test_a_file_of_the_invoice_itself_goes_as_it_is(self):
        """R74"""
        file = self.upload(res_model="account.move", res_id=self.step.move_id.id)
        self.give(file)
        self.assertEqual(self.step.attachment_ids, file)

    def test_another_companys_file_is_refused(self):
        """R74: also one that everybody may read; one's own company's goes."""
        other = self.setup_other_company()["company"]
        values = {"name": "Price list", "raw": b"x", "public": True}
        files = self.env["ir.attachment"].sudo()
        file = files.create({**values, "company_id": other.id})
        with self.assertRaisesRegex(UserError, "you may not read it"), self.env.cr.savepoint():
            self.give(file)
        self.give(files.create({**values, "company_id": self.company.id}))
        self.assertEqual(self.step.attachment_ids.name, "Price list")

    def test_nobodys_own_default_values_publish_a_copy(self):
        """R74: nor put it elsewhere."""
        self.env["ir.default"].set("ir.attachment", "public", True, user_id=self.collector.id)
        self.env["ir.default"].set("ir.attachment", "access_token", "known", user_id=self.collector.id)
        secret = (
            self.env["ir.attachment"]
            .sudo()
            .create({
                "name": "Contract",
                "raw": b"x",
                "res_model": "res.partner",
                "res_id": self.customer.id,
            })
        )
        self.give(secret)
        copy = self.step.attachment_ids
        self.assertNotEqual(copy, secret)
        self.assertEqual((copy.public, copy.access_token, copy.raw), (False, False, b"x"))


@tagged("post_install", "-at_install")
class TestSizeOfFiles(OneMessageCommon):
    """R74: ten megabytes are the limit of what leaves, the template that is used and the invoice's PDF included."""

    def setUp(self):
        super().setUp()
        self.large = self.upload("Large.pdf", b"x" * 9 * MEGABYTE)

    def check_refused(self, invoice, *said):
        step = self.steps(invoice)[0]
        self.assertFalse(self.sent())
        self.assertEqual((step.state, step.reason_code), ("failed", "files_too_large"))
        self.assertFalse(self.deliveries(invoice).mail_message_id)
        for words in ("larger than 10 MB together", *said):
            self.assertIn(words, step.reason)

    def test_a_pdf_that_is_made_later_counts(self):
        """R72, R74: one that fits beside it leaves."""
        invoice = self.invoice_with(attachment_ids=self.large.ids)
        self.give_pdf(invoice, b"%PDF" + b"p" * 6 * MEGABYTE)
        self.check_refused(invoice, "15.00 Mb; Large.pdf: 9.00 Mb")

    def test_what_fits_with_its_pdf_leaves(self):
        invoice = self.invoice_with(attachment_ids=self.upload("Small.pdf", b"x" * 3 * MEGABYTE).ids)
        self.give_pdf(invoice, b"%PDF" + b"p" * 6 * MEGABYTE)
        self.assertEqual(len(self.sent()), 1)
        self.assertEqual(len(self.deliveries(invoice).mail_message_id.sudo().attachment_ids), 2)

    def test_the_companys_template_counts_when_it_is_saved(self):
        """R70, R74: of several, the one for the invoice's status."""
        files = self.upload("Conditions.pdf", b"c" * 8 * MEGABYTE)
        self.tone_line("late").email_template_id.attachment_ids = files
        self.invoice_with(attachment_ids=self.large.ids)
        self.tone_line("new").email_template_id.attachment_ids = files
        with self.assertRaisesRegex(UserError, r"17.00 Mb together.*Large.pdf"):
            self.invoice_with(attachment_ids=self.upload("Large.pdf", b"x" * 9 * MEGABYTE).ids)

    def test_another_template_counts_when_it_is_chosen(self):
        """R74"""
        step = self.steps(self.invoice_with(attachment_ids=self.large.ids))[0].sudo()
        template = self.tone_line("new").email_template_id.copy()
        step.email_template_id = template
        full = template.copy()
        full.attachment_ids = self.upload("Conditions.pdf", b"c" * 8 * MEGABYTE)
        with self.assertRaisesRegex(UserError, "17.00 Mb together"):
            step.email_template_id = full

    def test_a_template_that_gets_files_later_counts(self):
        """R74"""
        invoice = self.invoice_with(attachment_ids=self.large.ids)
        self.tone_line("new").email_template_id.attachment_ids = self.upload("All.pdf", b"c" * 20 * MEGABYTE)
        self.check_refused(invoice, "All.pdf: 20.00 Mb")

    def test_a_file_that_is_replaced_by_a_larger_one_counts(self):
        """R74, R84: with a smaller one again it can be sent."""
        invoice = self.invoice_with(attachment_ids=self.large.ids)
        self.large.raw = b"x" * 30 * MEGABYTE
        self.check_refused(invoice, "Large.pdf: 30.00 Mb")
        self.large.raw = b"x"
        self.steps(invoice)[0].action_retry()
        self.assertEqual(len(self.deliver_by_smtp()), 1)

    def test_a_template_alone_goes_as_odoo_sends_it(self):
        """R72: the limit is that of a message to which a person added files."""
        self.tone_line("new").email_template_id.attachment_ids = self.upload("All.pdf", b"c" * 11 * MEGABYTE)
        self.make_invoice()
        self.assertEqual(len(self.sent()), 1)


@tagged("post_install", "-at_install")
class TestTest(OneMessageCommon):
    """R75: a test brings what would leave, to nobody but who asked."""

    def setUp(self):
        super().setUp()
        self.env.user.partner_id.email = "me@firm.example"
        # What Odoo itself tells of that.
        self.env["mail.mail"].sudo().search([("state", "=", "outgoing")]).unlink()

    def check_test(self, step, names):
        count = self.env["ir.attachment"].sudo().search_count([("res_model", "=", "mail.message"), ("res_id", "=", 0)])
        told = step.action_send_test()["params"]["message"]
        [(recipients, message)] = self.deliver_by_smtp()
        self.assertEqual((recipients, list(self.files(message))), (["me@firm.example"], names))
        # Nothing of it is left.
        left = self.env["ir.attachment"].sudo().search_count([("res_model", "=", "mail.message"), ("res_id", "=", 0)])
        self.assertEqual(left, count)
        return told, message

    def test_it_brings_the_invoice_and_all_files(self):
        """R72, R74, R75: and says who would get copies."""
        upload = self.upload()
        self.tone_line("new").email_template_id.attachment_ids = self.upload("Conditions.pdf", b"%PDF-1.4 own")
        invoice = self.invoice_with(attachment_ids=upload.ids, cc="Boss <boss@other.example>")
        self.give_pdf(invoice)
        pdf = self.env["ir.attachment"].sudo().browse(invoice._chasing_pdfs()[invoice.id]).name
        told, message = self.check_test(self.steps(invoice)[0], [pdf, "Conditions.pdf", "Terms.pdf"])
        self.assertNotIn("Cc", message)
        self.assertIn("to me@firm.example.", told)
        self.assertIn('copies of the message itself go to "Boss" <boss@other.example>', told)
        self.assertEqual(upload.res_model, "account.move")

    def test_an_invoice_without_its_pdf_is_printed_for_it(self):
        """R75: no official PDF is made."""
        invoice = self.make_invoice()
        told, _message = self.check_test(self.steps(invoice)[0], [invoice._get_invoice_report_filename()])
        self.assertNotIn("copies", told)
        self.assertFalse(invoice._chasing_pdfs())

    def test_what_would_not_leave_is_no_test_either(self):
        """R74, R75"""
        invoice = self.invoice_with(attachment_ids=self.upload("Large.pdf", b"x" * 9 * MEGABYTE).ids)
        self.give_pdf(invoice, b"%PDF" + b"p" * 2 * MEGABYTE)
        with self.assertRaisesRegex(UserError, "larger than 10 MB together.*Large.pdf"):
            self.steps(invoice)[0].action_send_test()

    def test_a_lost_file_is_told(self):
        """R74, R75, R85"""
        upload = self.upload()
        invoice = self.invoice_with(attachment_ids=upload.ids)
        self.env.cr.execute("UPDATE ir_attachment SET store_fname = 'no/where' WHERE id = %s", [upload.id])
        upload.invalidate_recordset()
        with (
            mute_logger("odoo.addons.base.models.ir_attachment"),
            self.assertRaisesRegex(UserError, "has lost a file.*Terms.pdf"),
        ):
            self.steps(invoice)[0].action_send_test()


@tagged("post_install", "-at_install")
class TestByHand(HandCommon, OneMessageCommon):
    """R74, R102: what is sent by hand is written, checked and leaves the same way."""

    def test_markdown_copies_and_files(self):
        upload = self.upload()
        invoices = self.make_invoice() | self.make_invoice()
        words = {"body": "**Please** see [this](https://a.example)", "cc": "eve@other.example"}
        self.assertFalse(self.send_by_hand(invoices, attachment_ids=upload.ids, **words))
        taken = self.deliver_by_smtp()
        self.assertEqual([to for to, _message in taken], [[ANN, "eve@other.example"]] * 2)
        for _recipients, message in taken:
            self.assertIn('<strong>Please</strong> see <a href="https://a.example">this</a>', self.html(message))
            self.assertIn("Terms.pdf", self.files(message))
        steps = self.steps(invoices[0]) | self.steps(invoices[1])
        self.assertEqual([step.attachment_ids.res_id for step in steps], invoices.ids)

    def test_what_is_refused_is_refused_here_too(self):
        foreign = self.make_customer("Eve", "eve@other.example", company_id=self.setup_other_company()["company"].id)
        large = self.upload("Large.pdf", b"x" * 11 * 1024 * 1024)
        secret = self.env["ir.attachment"].sudo().create({"name": "Secret", "raw": b"x"})
        collector = self.make_user("collector", "base.group_user,invoice_chasing.group_user")
        invoice = self.make_invoice()
        for words in (
            {"cc": "nobody"},
            {"to_emails": "nobody"},
            {"to_ids": foreign.ids},
            {"attachment_ids": large.ids},
            {"attachment_ids": secret.ids},
            {"subject": "x" * 201},
            {"button_text": "x" * 41},
        ):
            with self.subTest(words.keys()), self.assertRaises(UserError), self.env.cr.savepoint():
                self.hand.with_user(collector)._make(invoice.with_user(collector), {"channel_email": True, **words})

    def test_a_scheduled_message_can_be_edited(self):
        invoice = self.make_invoice()
        [step] = self.schedule_by_hand(invoice, "2026-03-04 11", attachment_ids=self.upload().ids)
        other = self.upload("Other.pdf")
        self.hand._edit(step, {"attachment_ids": other.ids, "body": "# New", "to_emails": "dan@other.example"})
        [(recipients, message)] = self.sent("2026-03-04 11:00")
        self.assertEqual(recipients, ["dan@other.example"])
        self.assertIn("<h1>New</h1>", self.html(message))
        self.assertIn("Other.pdf", self.files(message))
        self.assertNotIn("Terms.pdf", self.files(message))


@tagged("post_install", "-at_install")
class TestInjection(OneMessageCommon):
    """R60, R74: whatever a person types, a header stays a header, and only who is named gets the message."""

    def check(self, invoice, expected):
        taken = self.sent()
        self.assertEqual([recipients for recipients, _message in taken], expected)
        for _recipients, message in taken:
            for name in ("Bcc", "E-mail", "X-Evil"):
                self.assertNotIn(name, message)
            self.assertEqual([len(message.get_all(name)) for name in ("To", "From", "Subject")], [1, 1, 1])
            self.assertNotIn("<script", self.html(message))
        return taken

    def test_names_beside_addresses(self):
        for name in HOSTILE:
            name = name.replace(OLD, "old").replace('"', "").replace("<", "").replace(">", "")
            with self.subTest(name):
                one = f'"{name}" <dan@other.example>'.replace("\n", " ").replace("\r", " ")
                invoice = self.make_invoice()
                try:
                    self.steps(invoice)[0].sudo().write({"to_emails": one, "cc": one.replace("dan@", "eve@")})
                except ValidationError:
                    self.steps(invoice)[0].sudo().write({"to_emails": "dan@other.example", "cc": "eve@other.example"})
                self.check(invoice, [["dan@other.example", "eve@other.example"]])

    def test_lines_in_addresses(self):
        """A line break only ends an entry: what follows is an address of its own that all see, or refused."""
        for end in ("\r\n", "\n", "\r", "\u2028", "\x85", "\x0b"):
            taken = self.check(
                self.invoice_with(cc=f"eve@other.example{end}Bcc: {OLD}"), [[ANN, "eve@other.example", OLD]]
            )
            self.assertIn(OLD, str(taken[0][1]["Cc"]))
            for name in ("cc", "to_emails"):
                with self.subTest(end=end, name=name), self.assertRaises(ValidationError), self.env.cr.savepoint():
                    self.invoice_with(**{name: f"eve@other.example{end} Subject: Evil{end}"})

    def test_every_other_field(self):
        evil = "a\r\nBcc: old@elsewhere.example\r\n\r\n<script>x()</script>"
        upload = self.upload('a"\r\nX-Evil: 1\r\n\r\n.pdf', mimetype="application/pdf\r\nX-Evil: 1")
        invoice = self.invoice_with(
            subject=evil,
            body=f"<p>{evil}</p><img src=x onerror=x()>",
            button_text=evil[:40],
            attachment_ids=upload.ids,
        )
        [(_recipients, message)] = self.check(invoice, [[ANN]])
        self.assertEqual(len(self.files(message)), 2)
        self.assertNotIn("onerror", self.html(message))
