from odoo.tests import tagged

from ..builders.builders import ChasingCommon

ANN = "ann@customer.example"


@tagged("post_install", "-at_install")
class TestBouncedAddresses(ChasingCommon):
    """The address book learns from deliveries what came back (R60b)."""

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        self.deliveries(self.invoice).sudo()._set_state("bounced", "bounced")
        self.env.cr.flush()
        self.book = self.env["chasing.address.book"]

    def test_it_knows_of_each_address_why_messages_came_back(self):
        self.assertEqual(self.book._bounced({ANN, "bob@customer.example"}), {ANN: "bounced"})

    def test_an_address_that_is_entered_anew_is_taken_for_one_that_works(self):
        self.invoice.chasing_schedule_id._set_contacts(True, "bob@customer.example")
        self.assertEqual(self.book._bounced({ANN}), {ANN: "bounced"})
        self.invoice.chasing_schedule_id._set_contacts(True, ANN)
        self.assertEqual(self.book._bounced({ANN}), {})
