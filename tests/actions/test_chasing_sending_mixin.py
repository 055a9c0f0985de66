"""What a person sends at once: its documents, and when they are made (R33, R73, R84)."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..builders.bulk import BulkCommon


@tagged("post_install", "-at_install")
class TestDocumentsByHand(BulkCommon):
    real_documents = True

    def setUp(self):
        super().setUp()
        self.happened = []
        documents = self.env.registry["chasing.documents"]
        make, steps = documents._make_at_once, self.env.registry["chasing.step"]
        lock = steps._as_collector

        def noted_make(model, moves):
            self.happened += [("made", len(moves))] if moves else []
            return make(model, moves)

        def noted_lock(records):
            self.happened.append(("locked", len(records)))
            return lock(records)

        self.patch(documents, "_make_at_once", noted_make)
        self.patch(steps, "_as_collector", noted_lock)

    def test_documents_are_made_before_anything_is_locked(self):
        """R33: to print takes seconds, for which the dispatcher and who resets an invoice would wait."""
        step = self.step(self.make_invoice(), "before_due")
        step.action_send_now()
        self.assertEqual(self.happened, [("made", 1), ("locked", 1)])
        self.assertEqual(step.state, "under_way")

    def test_many_are_printed_in_one_go_before_the_lock(self):
        """R33."""
        steps = self.step(self.make_invoice(), "before_due") | self.step(self.make_invoice(), "before_due")
        self.env["chasing.bulk.run"]._start("send_now", {}, steps)
        self.assertEqual(self.happened, [("made", 2), ("locked", 2)])
        self.assertEqual(steps.mapped("state"), ["under_way"] * 2)

    def test_a_retry_makes_what_it_lacks_before_the_lock(self):
        """R33, R84."""
        invoice = self.make_invoice(partner_id=self.make_customer("Bob", False).id)
        self.at_sent("2026-03-02 09:00")
        invoice.partner_id.email = "bob@customer.example"
        invoice.invoice_pdf_report_id.unlink()
        self.happened.clear()
        self.step(invoice, "on_issue").action_retry()
        self.assertEqual(self.happened, [("made", 1), ("locked", 1)])

    def test_what_is_refused_gets_no_documents(self):
        """R73: a network would have been told of an invoice that then is not sent."""
        fine, held = self.make_invoice(), self.make_invoice()
        held.chasing_schedule_id.action_pause()
        step = self.step(held, "before_due")
        with self.assertRaisesRegex(UserError, "paused"):
            step.action_send_now()
        self.assertEqual((self.happened, held._chasing_pdfs()), ([("locked", 1)], {}))
        self.happened.clear()
        with self.assertRaisesRegex(UserError, "paused"), self.env.cr.savepoint():
            (self.step(fine, "before_due") | step).action_send_now()
        self.assertEqual(self.happened, [("made", 1), ("locked", 2)])

    def test_it_is_asked_again_under_the_lock(self):
        """R33: what somebody paused while the documents were made does not leave."""
        invoice = self.make_invoice()
        step, documents = self.step(invoice, "before_due"), self.env.registry["chasing.documents"]
        make = documents._make_at_once

        def paused_meanwhile(model, moves):
            make(model, moves)
            invoice.chasing_schedule_id.action_pause()

        with patch.object(documents, "_make_at_once", paused_meanwhile), self.assertRaisesRegex(UserError, "paused"):
            step.action_send_now()
        self.assertFalse(step.delivery_ids)

    def test_whoever_may_not_chase_makes_no_documents(self):
        """R33."""
        reader = self.make_user("reader", "base.group_user,account.group_account_readonly")
        step = self.step(self.make_invoice(), "before_due").with_user(reader)
        with self.assertRaises(AccessError):
            step.action_send_now()
        self.assertEqual(self.happened, [])
