from odoo import Command
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install", "-standard", "chasing_sales")
class TestSaleOrder(ChasingCommon):
    """Invoices of sales orders, on a database with Odoo's Sales, which this addon does not need."""

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref("sales_team.group_sale_salesman_all_leads")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create({
            "name": "Work",
            "type": "service",
            "invoice_policy": "order",
            "list_price": 100,
            "taxes_id": [],
        })

    def make_order(self):
        order = self.env["sale.order"].create({
            "partner_id": self.customer.id,
            "company_id": self.company.id,
            "client_order_ref": "PO 7",
            "order_line": [Command.create({"product_id": self.product.id, "product_uom_qty": 2})],
        })
        order.action_confirm()
        return order

    def invoice(self, order, **values):
        """The draft that Odoo's own dialog makes."""
        wizard = self.env["sale.advance.payment.inv"].with_context(active_model="sale.order", active_ids=order.ids)
        before = order.invoice_ids
        wizard.create(values).create_invoices()
        invoice = order.invoice_ids - before
        invoice.write({"invoice_date": "2026-03-02", "invoice_date_due": "2026-03-16"})
        return invoice

    def test_it_gets_its_cadence_like_any_other_and_is_sent(self):
        """R21, R31, R50."""
        invoice = self.invoice(self.make_order())
        self.assertFalse(invoice.chasing_schedule_id)
        self.assertIn("Usual", invoice.chasing_headline)
        invoice.action_post()
        self.assertEqual(invoice.chasing_origin_text, "Usual (chosen by: company default)")
        [message] = self.at_sent("2026-03-02 09:00")
        self.assertIn(invoice.name, message["Subject"])

    def test_a_rule_can_ask_about_the_order(self):
        """R51."""
        other = self.make_cadence("Other", [("after_due", 1, 9)])
        self.env["chasing.rule"].create({
            "name": "Orders",
            "company_id": self.company.id,
            "cadence_id": other.id,
            "domain": "[('invoice_line_ids.sale_line_ids.order_id.client_order_ref', '=', 'PO 7')]",
        })
        ordered, plain = self.invoice(self.make_order()), self.make_invoice()
        ordered.action_post()
        self.assertEqual((ordered.chasing_cadence_id, plain.chasing_cadence_id), (other, self.cadence))

    def test_a_down_payment_and_the_rest_are_chased_each_by_itself(self):
        order = self.make_order()
        first = self.invoice(order, advance_payment_method="percentage", amount=40)
        first.action_post()
        rest = self.invoice(order)
        rest.action_post()
        self.env.cr.flush()
        self.assertEqual((first | rest).mapped("amount_residual"), [80, 120])
        self.pay(first)
        self.assertEqual((first | rest).mapped("chasing_status"), ["paid", "active"])
        self.assertEqual(self.states(rest), ["planned"] * 3)

    def test_a_collector_opens_the_form_of_an_invoice(self):
        """R37: with no rights on the orders it came from."""
        invoice = self.invoice(self.make_order())
        invoice.action_post()
        collector = self.make_user("carl", "invoice_chasing.group_user")
        moves = self.env["account.move"].with_user(collector).with_context(default_move_type="out_invoice")
        self.env.invalidate_all()
        form = moves.get_views([(self.env.ref("account.view_move_form").id, "form")])
        shown = form["models"]["account.move"]["fields"]
        [values] = moves.browse(invoice.id).web_read({name: {} for name in shown})
        self.assertEqual((values["sale_order_count"], values["state"]), (1, "posted"))

    def test_what_sales_sends_by_itself_is_not_sent_again(self):
        """R9, R44: as Sales sends an invoice after a payment online that did not pay all of it."""
        invoice = self.invoice(self.make_order())
        invoice.action_post()
        self.env["account.move.send"]._generate_and_send_invoices(invoice, allow_raising=False, allow_fallback_pdf=True)
        self.env.cr.flush()
        self.assertEqual(self.step(invoice, "on_issue").reason_code, "already_sent")
        self.at("2026-03-02 09:00")
        self.assertFalse(self.deliveries(invoice))
