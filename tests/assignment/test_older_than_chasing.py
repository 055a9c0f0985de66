"""Invoices from before the company's starting date (R46)."""

from odoo.tests import tagged

from ..builders.assignment import AssignmentCommon


@tagged("post_install", "-at_install")
class TestOlderThanChasing(AssignmentCommon):
    """R46: the box counts for invoices that have a schedule as for those that have none."""

    def old(self, start_date="2026-03-03"):
        """Two invoices of 2 March, one of which has a schedule already, of a company that chases from a later day."""
        scheduled = self.make_invoice()
        self.company.chasing_start_date = start_date
        return scheduled | self.make_invoice()

    def asked(self, invoices, cadence, ticked):
        """(what the dialog shows, how many it calls old, the on-issue steps' states afterwards)."""
        dialog = self.open(invoices.action_chasing_assign())
        dialog.write({"cadence_id": cadence.id, "send_on_issue": ticked, "replaces": True})
        shown, old = dialog.preview, dialog.old_count
        dialog.action_assign()
        self.env.cr.flush()
        steps = [self.step(invoice, "on_issue") for invoice in invoices]
        return shown, old, [(step.state, step.reason_code) for step in steps]

    def test_without_the_box_no_first_message_goes_not_even_one_that_was_planned(self):
        once = self.make_cadence("Once", [("on_issue", 0, 9)])
        self.assertEqual(
            self.asked(self.old(), once, False),
            (
                "Nothing will be sent; 2 skipped",
                2,
                [("skipped", "before_start_date")] * 2,
            ),
        )

    def test_with_the_box_what_was_skipped_without_it_goes(self):
        once = self.make_cadence("Once", [("on_issue", 0, 9)])
        invoices = self.old()
        self.asked(invoices, self.cadence, False)
        self.assertEqual(
            self.asked(invoices, once, True),
            (
                "2 will be sent, first Mon 2 Mar 09:00",
                2,
                [("planned", False)] * 2,
            ),
        )
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 2)

    def test_one_alone_and_the_same_cadence_anew(self):
        invoice = self.old()[0]
        self.assertEqual(self.asked(invoice, self.cadence, False)[2], [("skipped", "before_start_date")])
        dialog = self.open(self.cadence.action_apply())
        dialog.send_on_issue = True
        dialog.action_assign()
        self.assertEqual(self.step(invoice, "on_issue").state, "planned")
