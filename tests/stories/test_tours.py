import io
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import HttpCase, tagged
from odoo.tools import html2plaintext
from odoo.tools.pdf import PdfFileWriter

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install", "chasing_browser")
class TestTours(ChasingCommon, HttpCase):
    """What people do most, in a real browser: switch on, enable, build, mend, import, steer many."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_user("tour_manager", "invoice_chasing.group_manager,account.group_account_invoice", lang="en_US")
        cls.make_user("tour_collector", "invoice_chasing.group_user,base.group_partner_manager", lang="en_US")

    def test_switch_on_in_three_steps(self):
        self.cadence.is_default = False
        self.company.chasing_enabled = False
        invoice = self.make_invoice()
        # the only cadence that the first run can propose
        (self.env["chasing.cadence"].search([]) - self.cadence).active = False
        self.start_tour("/odoo/chasing", "chasing_first_run", login="tour_manager")
        self.assertTrue(self.company.chasing_enabled)
        self.assertEqual(self.states(invoice), ["planned"] * 3)

    def test_cards_and_tabs(self):
        """R95"""
        silent = self.make_customer("Silent", False)
        self.make_invoice(partner_id=silent.id)
        self.make_invoice()
        (self.make_invoice() | self.make_invoice(amount=50)).chasing_schedule_ids.action_pause()
        self.start_tour("/odoo/chasing", "chasing_cards", login="tour_collector")

    def test_a_cause_is_mended_where_it_is_shown(self):
        """R96"""
        silent = self.make_customer("Silent", False)
        invoice = self.make_invoice(partner_id=silent.id)
        self.start_tour("/odoo/chasing-delivery-problems", "chasing_mend", login="tour_collector")
        self.assertEqual(invoice.chasing_status, "active")

    def test_a_collector_enables_and_edits_an_invoice(self):
        invoice = self.make_invoice(chased=False)
        self.start_tour(f"/odoo/customer-invoices/{invoice.id}", "chasing_enable_invoice", login="tour_collector")
        self.assertEqual(self.plan(invoice)[-1], ("2026-03-23 14:00", "planned", False))

    def test_a_step_is_given_a_text_of_its_own_and_chasing_cancelled(self):
        """R70, R36: on a desktop, and asked once."""
        invoice = self.make_invoice()
        # so wide a screen shows the invoice's PDF beside it
        paper, page = io.BytesIO(), PdfFileWriter()
        page.addBlankPage(72, 72)
        page.write(paper)
        self.give_pdf(invoice, content=paper.getvalue())
        self.at("2026-03-02 09:00")
        self.browser_size = "1400x900"
        self.start_tour(f"/odoo/customer-invoices/{invoice.id}", "chasing_text_and_cancel", login="tour_collector")
        step = self.step(invoice, "before_due")
        self.assertEqual((step.subject, html2plaintext(step.body)), ("A word", "Dear Ann"))
        self.assertEqual(invoice.chasing_status, "cancelled")

    def test_a_collector_mends_the_contact_and_retries(self):
        """R84"""
        self.customer.email = False
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(invoice.chasing_status, "failed")
        self.start_tour(f"/odoo/customer-invoices/{invoice.id}", "chasing_retry", login="tour_collector")
        self.assertEqual(self.states(invoice)[0], "under_way")

    def test_everybody_reads_the_companys_clock(self):
        """R90: midnight in Berlin is the evening before in the browser, whose clock is that of UTC."""
        self.make_cadence("Night", [("after_due", 1, 0)]).is_default = True
        self.make_invoice(due=fields.Date.today() - timedelta(1))
        self.start_tour("/odoo/chasing", "chasing_clock", login="tour_collector")

    def make_invoices_of(self, customer, count):
        invoices = self.env["account.move"].create([
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_date": "2026-03-02",
                "invoice_date_due": "2026-03-16",
                "invoice_line_ids": [Command.create({"name": "Work", "price_unit": 100.0, "tax_ids": []})],
            }
            for _number in range(count)
        ])
        invoices.action_post()
        self.env.cr.flush()
        return invoices

    def test_many_are_changed_over_several_pages(self):
        """R52, R36: all 90 that the search finds, of which the list shows 80; a new cadence ends no pause."""
        hard = self.make_cadence("Hard", [("after_due", 1, 9)])
        invoices = self.make_invoices_of(self.customer, 90)
        other = self.make_invoice(partner_id=self.make_customer("Bob", "bob@customer.example").id)
        self.start_tour("/odoo/chasing", "chasing_pause_many", login="tour_collector")
        self.env.invalidate_all()
        self.assertEqual({(one.chasing_status, one.chasing_cadence_id) for one in invoices}, {("paused", self.cadence)})
        self.start_tour("/odoo/chasing", "chasing_change_cadence_of_many", login="tour_collector")
        self.env.invalidate_all()
        self.assertEqual({one.chasing_cadence_id for one in invoices}, {hard})
        self.assertEqual({tuple(self.states(one)) for one in invoices}, {("held",)})
        self.assertEqual((other.chasing_status, other.chasing_cadence_id), ("active", self.cadence))
