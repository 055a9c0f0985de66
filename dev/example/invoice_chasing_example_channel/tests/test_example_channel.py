"""A channel of an addon: sent, predicted, withdrawn, explained, shown before it goes, and printed in the dossier."""

import io
import tempfile
import zipfile
from pathlib import Path

from odoo.addons.invoice_chasing.tests.builders.builders import ChasingCommon
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import html2plaintext


@tagged("post_install", "-at_install")
class TestExampleChannel(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.phone = "0170 17"
        only = {"trigger": "after_due", "days": 5, "hour": 14, "channel_email": False, "channel_folder": True}
        cls.by_folder = cls.make_cadence("By folder", [only])
        cls.cadence.is_default = False

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.company.chasing_folder = folder.name

    def chased(self, cadence=None):
        invoice = self.make_invoice()
        invoice._chasing_assign(cadence or self.by_folder)
        self.env.cr.flush()
        return invoice

    def written(self):
        """{customer's number: text of the file} after the scheduled action has run."""
        self.env["chasing.channel.folder"].sudo()._cron_write()
        self.env.cr.flush()
        return {path.parent.name: html2plaintext(path.read_text()) for path in self.folder.glob("*/*.html")}

    def sent(self):
        invoice = self.chased()
        self.at("2026-03-21 14:00")
        self.written()
        return invoice

    def test_it_is_a_channel_like_the_others(self):
        channels = self.env["chasing.channel"]._all()
        self.assertEqual(list(channels), ["email", "sms", "letter", "folder"])
        self.assertEqual(self.by_folder.step_ids._channels(), {"folder"})
        self.assertEqual(channels["folder"]._count_text(3), "3 files")

    def test_it_is_copied_onto_invoices(self):
        self.assertTrue(self.step(self.chased(), "after_due").channel_folder)

    def test_it_is_sent(self):
        invoice = self.chased()
        self.at("2026-03-21 14:00")
        self.assertEqual((self.states(invoice), self.deliveries(invoice).state), (["under_way"], "queued"))
        self.assertIn(invoice.name, self.written()["017017"])
        self.assertEqual((self.states(invoice), self.deliveries(invoice).state), (["sent"], "sent"))
        self.assertEqual(self.deliveries(invoice).channel, "folder")

    def test_who_sends_does_not_choose_what_its_message_is(self):
        """What is written down in somebody's name has none of their default values."""
        collector = self.make_user("collector", "invoice_chasing.group_user")
        self.env["ir.default"].with_user(collector).set("mail.message", "is_internal", True, user_id=True)
        self.step(self.chased(), "after_due").with_user(collector).action_send_now()
        message = self.env["chasing.delivery"].search([("channel", "=", "folder")]).mail_message_id
        self.assertTrue(message)
        self.assertFalse(message.is_internal)

    def test_customers_do_not_read_where_it_lies(self):
        visitor = self.make_user("visitor", "base.group_portal")
        with self.assertRaises(AccessError):
            self.company.with_user(visitor).read(["chasing_folder"])

    def test_its_template_is_one_of_invoices(self):
        """R77: checked when it is chosen, and when it changes later, as those of every channel."""
        of_users, of_invoices = (
            self.env["mail.template"].create({
                "name": model,
                "model_id": self.env["ir.model"]._get_id(model),
                "subject": "Dear {{ object.display_name }}",
                "body_html": "<p t-out='object.display_name'/>",
            })
            for model in ("res.users", "account.move")
        )
        line = self.by_folder.step_ids
        with self.assertRaisesRegex(ValidationError, "template for invoices"):
            line.folder_template_id = of_users
        line.folder_template_id = of_invoices
        with self.assertRaisesRegex(ValidationError, "template for invoices"):
            of_invoices.model_id = of_users.model_id

    def test_it_goes_beside_others(self):
        both = {"trigger": "after_due", "days": 5, "hour": 14, "channel_folder": True}
        invoice = self.chased(self.make_cadence("Both", [both]))
        [mail] = self.at_sent("2026-03-21 14:00")
        self.assertIn(invoice.name, mail["Subject"])
        self.assertIn("017017", self.written())
        self.assertEqual(self.states(invoice), ["sent"])

    def test_it_is_predicted(self):
        """R96"""
        self.customer.phone = False
        invoice = self.chased()
        self.assertEqual(invoice.chasing_status, "will_fail")
        step = self.step(invoice, "after_due")
        self.assertEqual(step.to_problem_code, "no_recipient")
        self.assertIn("a number", step.to_problem)
        line = self.env["chasing.forecast.line"].search([("move_id", "=", invoice.id)])
        self.assertEqual((line.channel, line.outcome, line.reason_code), ("folder", "fails", "no_recipient"))

    def test_a_company_without_a_folder_cannot_use_it(self):
        """R96: and what would have gone is predicted anew."""
        invoice = self.chased()
        self.assertEqual(invoice.chasing_status, "active")
        self.company.chasing_folder = False
        self.env.cr.flush()
        self.assertEqual(self.step(invoice, "after_due").to_problem_code, "not_set_up")
        self.assertTrue(invoice.chasing_schedule_id.is_prediction_stale)
        self.assertEqual(self.by_folder.step_ids.blocked_channels, "folder")

    def test_it_is_withdrawn_on_payment(self):
        """R32"""
        invoice = self.chased()
        self.at("2026-03-21 14:00")
        self.pay(invoice)
        self.assertEqual((self.states(invoice), self.deliveries(invoice).state), (["cancelled"], "cancelled"))
        self.assertEqual(self.written(), {})

    def test_it_is_taken_back_for_a_pause(self):
        """R36"""
        invoice = self.chased()
        self.at("2026-03-21 14:00")
        invoice.chasing_schedule_id.action_pause()
        self.assertEqual((self.states(invoice), self.written()), (["held"], {}))

    def test_it_is_explained(self):
        step = self.step(self.chased(), "after_due")
        self.assertEqual(step.channels_text, "Folder")
        self.assertIn("017017", html2plaintext(step.explanation))

    def test_it_is_shown_before(self):
        """R75"""
        invoice = self.chased()
        step = self.step(invoice, "after_due")
        step.action_preview()
        self.assertIn(invoice.name, step.preview_subject)
        self.assertIn(invoice.name, html2plaintext(step.preview_body))
        self.assertIn("017017 (Folder)", step.preview_outcome)

    def test_it_is_counted(self):
        self.chased()
        self.set_clock("2026-03-20 10:00")
        self.assertIn(
            "1 file",
            self.env["chasing.bulk"]._messages_by_channel(self.env["chasing.schedule"].search([]), ["planned"]),
        )

    def test_it_stands_in_the_dossier(self):
        schedule = self.sent().chasing_schedule_id
        _name, content = self.env["chasing.dossier"]._make(schedule)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            [message] = [name for name in archive.namelist() if name.startswith("messages/")]
            self.assertIn("folder 017017", message)
            self.assertIn(schedule.move_id.name, html2plaintext(archive.read(message).decode()))
            self.assertIn("written to", html2plaintext(archive.read("summary.html").decode()))
