"""What left is kept as it left: download, dossier and history show that (R91)."""

import email
import email.policy
import json

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.email import eml
from ..builders.smtp import ChasingSmtpCommon

KINDS = ("html", "plain")


@tagged("post_install", "-at_install")
class TestKeptAsSent(ChasingSmtpCommon):
    has_default = False

    def sent(self):
        """(the delivery, the e-mail that a mail server got)"""
        invoice = self.make_invoice(steps=[("on_issue", 0, 9)])
        self.at("2026-03-02 09:00")
        [(_recipients, message)] = self.deliver_by_smtp()
        return self.deliveries(invoice), message

    def file(self, delivery):
        ending, content = self.env["chasing.channel.email"]._content(delivery)
        self.assertEqual(ending, "eml")
        return email.message_from_bytes(content, policy=email.policy.default)

    def parts(self, message):
        return [message.get_body((kind,)).get_content().splitlines() for kind in KINDS]

    def test_the_file_is_what_a_mail_server_got(self):
        """R91, R92c: the card and its plain text, with the links of their own."""
        delivery, sent = self.sent()
        self.assertFalse(delivery.notification_id.sudo().mail_mail_id)
        kept = self.file(delivery)
        self.assertEqual(self.parts(kept), self.parts(sent))
        for kind in KINDS:
            part = kept.get_body((kind,)).get_content()
            self.assertIn("/c/", part)
            self.assertNotIn("access_token", part)
        self.assertEqual(kept["Subject"], sent["Subject"])

    def test_it_stays_so(self):
        """R91: whatever comes in afterwards, and whatever the template says then."""
        delivery, sent = self.sent()
        self.pay(delivery.move_id)
        self.tone_line("new").email_template_id.body_html = "<p>New words</p>"
        self.company.name = "Renamed"
        self.assertEqual(self.parts(self.file(delivery)), self.parts(sent))

    def test_a_form_shows_it(self):
        """R91: as a browser asks, which wants the sizes of files instead of the files."""
        delivery, _sent = self.sent()
        [read] = delivery.with_context(bin_size=True).web_read({"message_body": {}})
        self.assertIn('class="card"', read["message_body"])

    def test_people_are_shown_it_without_its_links(self):
        """R91, R92c: who follows the customer's link is taken for the customer."""
        delivery, _sent = self.sent()
        shown = str(delivery.message_body)
        self.assertIn('class="card"', shown)
        self.assertIn("View invoice", shown)
        self.assertNotIn("href=", shown)
        self.assertNotIn("/c/", shown.replace(f"/c/{shown.partition('/c/')[2][:22]}.png", ""))

    def test_it_goes_with_its_message(self):
        """R91: whoever deletes a message erases what left of it."""
        delivery, _sent = self.sent()
        delivery.mail_message_id.sudo().unlink()
        self.assertFalse(delivery.sudo().sent_content)
        self.assertEqual(self.env["chasing.channel.email"]._content(delivery), (None, None))
        self.assertFalse(delivery.message_body)

    def test_what_left_before_it_was_kept(self):
        """R91: the conversation's words are better than none."""
        delivery, _sent = self.sent()
        delivery.sudo().sent_content = False
        html, plain = self.parts(self.file(delivery))
        self.assertIn("Amount due", "\n".join(html))
        self.assertIn("Amount due", "\n".join(plain))
        self.assertIn("Amount due", delivery.message_body)

    def test_nobody_reads_it_from_afar(self):
        """R91: it is no field of a list or an export."""
        delivery, _sent = self.sent()
        seen = delivery.with_user(self.env.ref("base.user_admin"))
        self.assertNotIn("sent_content", seen.fields_get())
        with self.assertRaises(AccessError), mute_logger("odoo.models", "odoo.orm.models"):
            seen.read(["sent_content"])

    def test_it_is_small(self):
        """R91: a quarter of what leaves, in the same statement."""
        delivery, _sent = self.sent()
        kept = delivery.sudo().sent_content
        self.assertLess(len(kept) * 3, len(json.dumps(eml.unpacked(kept))))
        self.assertLess(len(kept), 4000)
