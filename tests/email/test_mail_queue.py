"""How many e-mails of ours leave Odoo's queue together: R32, R80, R81, R83."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.email import mail_mail, mail_queue
from ..builders.smtp import ChasingSmtpCommon


@tagged("post_install", "-at_install")
class TestMailQueue(ChasingSmtpCommon):
    def hand_over(self, count):
        """Let the first messages of so many invoices wait in Odoo's queue; return the invoices."""
        invoices = self.make_invoices(count)
        self.at("2026-03-02 09:00")
        self.assertEqual(len(self.waiting_mails()), count)
        return invoices

    def forgetful(self):
        """Let Odoo forget after each e-mail what it has read, as it does with each commit."""
        return patch.object(mail_queue.MailQueue, "_commit", lambda queue: queue.env.invalidate_all())

    def before_they_leave(self, act):
        """Let something happen when the e-mails have been written ahead."""
        original = mail_queue.MailQueue._write_all

        def write_all(queue, waiting):
            original(queue, waiting)
            act()

        return patch.object(mail_queue.MailQueue, "_write_all", write_all)

    def test_statements_of_an_email(self):
        """Twenty more e-mails cost at most twelve statements each, and all is followed."""
        counts = []
        for count in (5, 25):
            invoices = self.hand_over(count)
            self.env.cr.flush()
            before = self.env.cr.sql_log_count
            with self.forgetful():
                self.assertEqual(len(self.deliver_by_smtp()), count)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(self.deliveries(invoices[0]).mapped("state")), {"sent"})
            self.assertEqual({self.step(invoice, "on_issue").state for invoice in invoices}, {"sent"})
            self.assertTrue(all(invoices.chasing_schedule_id.mapped("first_sent_at")))
        self.assertLessEqual((counts[1] - counts[0]) / 20, 12)

    def test_what_has_left_is_deleted_from_the_queue(self):
        """R81: as Odoo deletes what need not be kept; the conversation keeps the messages."""
        invoices = self.hand_over(3)
        messages = self.deliveries(invoices[0]).mail_message_id
        self.deliver_by_smtp()
        self.assertFalse(self.env["mail.mail"].sudo().search([("model", "=", "account.move")]))
        self.assertTrue(messages.exists())
        self.assertEqual(messages.notification_ids.notification_status, "sent")

    def test_others_leave_as_before(self):
        """An e-mail that is none of ours, between two that are, from the same sender."""
        first = self.hand_over(1)
        ours = self.waiting_mails()
        values = {
            "subject": "Menu of the week",
            "body_html": "<p>Soup</p>",
            "email_from": ours.email_from,
            "record_alias_domain_id": ours.record_alias_domain_id.id,
            "email_to": "all@firm.example",
            "auto_delete": False,
        }
        other = self.env["mail.mail"].sudo().create(values)
        last = self.make_invoice()
        self.at("2026-03-02 10:00")
        taken = self.deliver_by_smtp()
        receivers = sorted(recipients[0] for recipients, _message in taken)
        self.assertEqual(receivers, ["all@firm.example", "ann@customer.example", "ann@customer.example"])
        self.assertEqual(other.state, "sent")
        self.assertEqual((first | last).chasing_schedule_id.delivery_ids.mapped("state"), ["sent", "sent"])

    def test_others_leave_no_more_than_a_span_later(self):
        """R80: however many of ours wait, in Odoo's order but for what leaves together."""
        self.patch(mail_mail, "SPAN", 3)
        leaving = list(mail_mail._parts(range(1, 13), {1, 3, 4, 5, 6, 7, 8}))
        self.assertEqual(leaving, [(True, [1, 3]), (False, [2]), (True, [4, 5, 6, 7, 8]), (False, [9, 10, 11, 12])])

    def test_what_is_noted_with_a_result_is_what_was_locked(self):
        """R81: were it refused when the server has the message, that would leave again; the rest follows later."""
        invoice = self.hand_over(1)
        schedule = invoice.chasing_schedule_id
        self.env["chasing.forecast.message"].sudo()._refresh(schedule)
        self.env.flush_all()
        before = self.version(schedule)
        with patch.object(mail_queue.MailQueue, "_follow", lambda queue: queue.env.flush_all()):
            self.assertEqual(len(self.deliver_by_smtp()), 1)
        self.assertEqual(self.deliveries(invoice).state, "sent")
        self.assertEqual(self.version(schedule), before)
        self.deliveries(invoice).sudo()._follow_results()
        self.assertTrue(schedule.is_forecast_stale)
        self.assertEqual(schedule.status, "active")

    def version(self, schedule):
        self.env.flush_all()
        self.env.cr.execute("SELECT xmin, ctid FROM chasing_schedule WHERE id = %s", schedule.ids)
        return self.env.cr.fetchall()

    def test_what_a_person_changes_meanwhile_leaves_changed(self):
        """What was written ahead is no older than the e-mail."""
        self.hand_over(2)
        mail = self.waiting_mails().sorted("id")[1]

        def change():
            self.env.cr.execute(
                "UPDATE mail_mail SET body_html = '<p>New words</p>', write_date = write_date + interval '1 second'"
                " WHERE id = %s",
                [mail.id],
            )
            mail.invalidate_recordset()

        with self.before_they_leave(change):
            [(_to, first), (_to, second)] = self.deliver_by_smtp()
        self.assertNotIn("New words", first.get_body(("html",)).get_content())
        self.assertIn("New words", second.get_body(("html",)).get_content())

    def test_what_is_withdrawn_meanwhile_does_not_leave(self):
        """R32: paid when it has been written ahead."""
        first, paid, last = self.hand_over(3)
        with self.before_they_leave(lambda: (self.pay(paid), self.env.cr.flush())):
            taken = self.deliver_by_smtp()
        self.assertEqual(len(taken), 2)
        self.assertEqual(self.deliveries(paid).state, "cancelled")
        self.assertEqual((first | last).chasing_schedule_id.delivery_ids.mapped("state"), ["sent", "sent"])

    def test_what_nobody_waits_for_does_not_leave(self):
        """R32, R84: put back into the queue past the ledger, by whoever may write e-mails."""
        invoice = self.hand_over(1)
        mail = self.waiting_mails()
        self.pay(invoice)
        mail.sudo().write({"state": "outgoing"})
        self.assertFalse(self.deliver_by_smtp())
        self.assertEqual(self.deliveries(invoice).state, "cancelled")

    @mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")
    def test_a_server_that_has_had_enough_fails_the_one_it_refuses(self):
        """R82, R83: it hangs up, and those behind were never told to it: they stay in the queue."""
        invoices = [
            self.make_invoice(partner_id=self.make_customer(name, f"{name}@customer.example").id)
            for name in ("first", "busy", "last")
        ]
        self.at("2026-03-02 09:00")
        self.assertEqual(len(self.deliver_by_smtp()), 1)
        self.assertEqual([self.deliveries(invoice).state for invoice in invoices], ["sent", "failed", "queued"])
        self.assertEqual(len(self.deliver_by_smtp()), 1)
        self.assertEqual([self.deliveries(invoice).state for invoice in invoices], ["sent", "failed", "sent"])

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_one_that_is_too_large_for_the_memory_is_not_in_the_dark(self):
        """R82, R83: Odoo ends its sending there; it failed, and those behind leave with the next queue."""
        invoices = self.make_invoices(2)
        self.at("2026-03-02 09:00")
        server = self.env.registry["ir.mail_server"]
        with patch.object(server, "_build_email__", side_effect=MemoryError):
            self.assertFalse(self.deliver_by_smtp())
        self.assertEqual([self.deliveries(invoice).state for invoice in invoices], ["failed", "queued"])
        self.assertEqual(self.step(invoices[0], "on_issue").state, "failed")
        self.assertEqual(len(self.deliver_by_smtp()), 1)

    def test_whose_message_is_deleted_is_cancelled(self):
        """R83: deleted from the invoice's conversation while it waits, it does not leave, and that is said."""
        invoice = self.hand_over(1)
        self.deliveries(invoice).mail_message_id.unlink()
        self.assertEqual(self.deliveries(invoice).state, "cancelled")
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "withdrawn")
        self.assertFalse(self.deliver_by_smtp())

    @mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.invoice_chasing.models.email.mail_queue")
    def test_what_lost_its_document_does_not_leave_bare(self):
        """R72, R82: the invoice's PDF was deleted while the e-mail waited; a retry makes it anew."""
        invoices = self.hand_over(2)
        invoices[0].invoice_pdf_report_id.unlink()
        self.assertEqual(len(self.deliver_by_smtp()), 1)
        self.assertEqual([self.deliveries(invoice).state for invoice in invoices], ["failed", "sent"])
        self.assertIn("The PDF of the invoice could not be created.", self.deliveries(invoices[0]).failure_detail)
        self.step(invoices[0], "on_issue").action_retry()
        [(_to, message)] = self.deliver_by_smtp()
        self.assertEqual(len(list(message.iter_attachments())), 1)

    def test_large_attachments_are_not_kept_in_memory(self):
        """They are read when it is their turn."""
        self.hand_over(2)
        with patch.object(mail_queue, "MAX_BYTES", 1):
            taken = self.deliver_by_smtp()
        self.assertEqual([len(list(message.iter_attachments())) for _to, message in taken], [1, 1])

    @mute_logger("odoo.addons.invoice_chasing.models.email.mail_queue")
    def test_one_that_cannot_be_written_ahead_stops_nobody(self):
        """R82: it is written on its turn, and whatever is the matter with it then is its own."""
        self.hand_over(3)
        bad = self.waiting_mails().sorted("id")[1]
        original = self.env.registry["mail.mail"]._chasing_written_ahead

        def written_ahead(mail, mail_server):
            if mail == bad:
                raise ValueError("not now")
            return original(mail, mail_server)

        self.patch(self.env.registry["mail.mail"], "_chasing_written_ahead", written_ahead)
        self.assertEqual(len(self.deliver_by_smtp()), 3)

    def test_a_client_cannot_pass_for_the_queue(self):
        """What a client puts into the context is not ours: the result is followed, and no text is taken from there."""
        invoice = self.hand_over(1)
        mail = self.waiting_mails().with_context(chasing_mail_queue="mine")
        self.assertEqual(len(mail._prepare_outgoing_list()), 1)
        mail._postprocess_sent_message([], ["ann@customer.example"])
        self.assertEqual(self.step(invoice, "on_issue").state, "sent")
