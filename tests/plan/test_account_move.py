from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestRecurringInvoices(ChasingCommon):
    """An invoice of 2 March that repeats monthly, until Odoo's own scheduled action has posted that of 2 May."""

    def post_what_is_due(self, local):
        self.set_clock(local)
        with freeze_time(self.now), self.enter_registry_test_mode():
            self.env.ref("account.ir_cron_auto_post_draft_entry").method_direct_trigger()
        self.env.cr.flush()

    def make_recurring(self, **values):
        return self.make_invoice(
            post=False, date="2026-03-02", auto_post="monthly", auto_post_until="2026-05-31", **values
        )

    def copies(self, invoice):
        return self.env["account.move"].search(
            [("auto_post_origin_id", "=", invoice.id), ("id", "!=", invoice.id)], order="date"
        )

    def test_each_gets_its_cadence_when_it_is_posted(self):
        """R21, R31: none before, and each counts from its own dates."""
        invoice = self.make_recurring()
        self.assertFalse(invoice.chasing_schedule_id)
        self.post_what_is_due("2026-03-02 08:30")
        april = self.copies(invoice)
        self.assertEqual((invoice.state, april.state, str(april.invoice_date_due)), ("posted", "draft", "2026-04-16"))
        self.assertFalse(april.chasing_schedule_id)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

        self.post_what_is_due("2026-04-02 08:30")
        self.assertEqual(
            self.plan(april),
            [
                ("2026-04-02 09:00", "planned", False),
                ("2026-04-13 10:00", "planned", False),
                ("2026-04-21 14:00", "planned", False),
            ],
        )
        [message] = [one for one in self.at_sent("2026-04-02 09:00") if april.name in one["Subject"]]
        self.assertIn("ann@customer.example", message["To"])

        self.post_what_is_due("2026-05-02 08:30")
        may = self.copies(invoice) - april
        self.assertEqual(may.chasing_origin_text, "Usual (chosen by: company default)")
        self.assertEqual(len(self.copies(invoice)), 2)

    def test_each_is_asked_about_anew(self):
        """R50: by hand on the first, by a rule that came meanwhile on the second, by the customer on the third."""
        other = self.make_cadence("Other", [("after_due", 1, 9)])
        invoice = self.make_recurring()
        invoice._chasing_assign(other)
        self.post_what_is_due("2026-03-02 08:30")
        self.env["chasing.rule"].create({
            "name": "Repeats",
            "company_id": self.company.id,
            "cadence_id": other.id,
            "domain": "[('auto_post', '!=', 'no')]",
        })
        self.post_what_is_due("2026-04-02 08:30")
        self.customer.with_company(self.company).chasing_cadence_id = self.cadence
        self.post_what_is_due("2026-05-02 08:30")
        self.assertEqual(
            [(one.chasing_cadence_id, one.chasing_schedule_id.assigned_by) for one in invoice | self.copies(invoice)],
            [(other, "invoice"), (other, "rule"), (self.cadence, "customer")],
        )

    def test_an_invoice_that_is_to_be_posted_on_its_date(self):
        """R31: what its draft was given is planned then."""
        invoice = self.make_invoice(
            issued="2026-03-10", due="2026-03-24", date="2026-03-10", auto_post="at_date", post=False
        )
        invoice._chasing_assign(self.cadence)
        self.post_what_is_due("2026-03-09 08:30")
        self.assertEqual(self.states(invoice), ["draft"] * 3)
        self.post_what_is_due("2026-03-10 08:30")
        self.assertEqual(self.plan(invoice)[0], ("2026-03-10 09:00", "planned", False))


@tagged("post_install", "-at_install")
class TestChasingOfMoves(ChasingCommon):
    def test_only_customer_invoices_get_a_schedule(self):
        """R30."""
        lines = [Command.create({"name": "Work", "price_unit": 100, "tax_ids": []})]
        for move_type in ("out_refund", "in_invoice", "in_refund", "out_receipt", "in_receipt"):
            move = self._create_invoice(
                move_type, partner_id=self.customer, invoice_date="2026-03-02", invoice_line_ids=lines, post=True
            )
            self.assertFalse(move.chasing_schedule_id, move_type)
            move._chasing_assign(self.cadence)
            self.assertFalse(move.chasing_schedule_id, move_type)

    def test_a_duplicated_invoice_does_not_take_the_chasing_along(self):
        """R31."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        copy = invoice.copy()
        self.assertFalse(copy.chasing_schedule_id)
        self.assertFalse(self.deliveries(copy))
        copy.write({"invoice_date": "2026-03-05", "invoice_date_due": "2026-03-19"})
        copy.action_post()
        self.assertEqual(copy.chasing_origin_text, "Usual (chosen by: company default)")
        self.assertEqual(self.plan(copy)[0], ("2026-03-05 09:00", "planned", False))

    def test_what_a_person_chose_on_it_stays_with_it(self):
        """R31, R50: neither a draft nor a posted invoice gives its copy a cadence of its own."""
        other = self.make_cadence("Other", [("after_due", 1, 9)])
        for invoice in (self.make_invoice(post=False), self.make_invoice()):
            invoice._chasing_assign(other)
            copy = invoice.copy({"invoice_date": "2026-03-02"})
            self.assertFalse(copy.chasing_schedule_id)
            copy.action_post()
            self.assertEqual(copy.chasing_cadence_id, self.cadence)
            self.assertEqual(invoice.chasing_cadence_id, other)

    def test_a_credit_note_does_not_take_the_chasing_along(self):
        """R30: and the invoice that takes the corrected one's place is chased like a new one."""
        invoice = self.make_invoice()
        self.assertFalse(self._reverse_invoice(invoice, date="2026-03-02").chasing_schedule_id)
        self.assertFalse(self.credit(self.make_invoice()).chasing_schedule_id)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": "2026-03-02"})
        )
        new = self.env["account.move"].browse(wizard.modify_moves()["res_id"])
        self.assertEqual((new.state, new.move_type), ("draft", "out_invoice"))
        self.assertFalse(new.chasing_schedule_id)
        new.write({"invoice_date": "2026-03-02", "invoice_date_due": "2026-03-16"})
        new.action_post()
        self.assertEqual(self.states(new), ["planned"] * 3)
        self.assertEqual(invoice.chasing_status, "paid")

    def test_nothing_of_chasing_is_copied_with_an_invoice(self):
        """R31."""
        fields = self.env["account.move"]._fields.items()
        self.assertFalse([name for name, field in fields if name.startswith("chasing_") and field.copy])

    def test_an_invoice_about_which_something_was_sent_cannot_be_deleted(self):
        """R39."""
        invoice = self.make_invoice()
        self.at_sent("2026-03-02 09:00")
        invoice.button_draft()
        with self.assertRaisesRegex(UserError, "was sent"):
            invoice.with_context(force_delete=True).unlink()

    def test_an_invoice_about_which_nothing_was_sent_can_be_deleted(self):
        """R39."""
        invoice = self.make_invoice()
        schedule = invoice.chasing_schedule_id
        invoice.button_draft()
        invoice.with_context(force_delete=True).unlink()
        self.assertFalse(schedule.exists())

    def test_the_mirrors_can_be_searched_sorted_and_grouped(self):
        """R93, R94."""
        active, bare = self.make_invoice(), self.make_invoice(post=False)
        paid = self.make_invoice()
        self.pay(paid)
        Move = self.env["account.move"]
        mine = [("id", "in", (active + bare + paid).ids)]
        self.assertEqual(Move.search([*mine, ("chasing_status", "=", "active")]), active)
        self.assertEqual(Move.search([*mine, ("chasing_status", "in", ("active", "paid"))]), active + paid)
        self.assertEqual(Move.search([*mine, ("chasing_status", "=", False)]), bare)
        self.assertEqual(Move.search([*mine, ("chasing_status", "!=", "paid")]), active + bare)
        self.assertEqual(Move.search([*mine, ("chasing_cadence_id", "=", self.cadence.id)]), active + paid)
        self.assertEqual(Move.search([*mine, ("chasing_next_at", "<=", "2026-03-02 08:00:00")]), active)
        self.assertFalse(Move.search([*mine, ("chasing_next_at", "<", "2026-03-02 08:00:00")]))
        self.assertEqual(Move.search(mine, order="chasing_next_at")[0], active)
        self.assertEqual(Move.search(mine, order="chasing_next_at desc")[-1], active)
        groups = dict(Move._read_group(mine, ["chasing_status"], ["__count"]))
        self.assertEqual(groups, {"active": 1, "paid": 1, False: 1})
        by_cadence = dict(Move._read_group(mine, ["chasing_cadence_id"], ["__count"]))
        self.assertEqual(by_cadence[self.cadence], 2)

    def test_enabling_without_a_default_cadence_gives_an_empty_schedule(self):
        """R50: a schedule to add steps to."""
        self.cadence.is_default = False
        invoice = self.make_invoice()
        self.assertFalse(invoice.chasing_schedule_id)
        invoice.action_chasing_enable()
        self.assertFalse(invoice.chasing_schedule_id.step_ids)
        self.assertEqual(invoice.chasing_status, "expired")

    def test_enabling_what_was_disabled_goes_on_with_its_own_plan(self):
        """R36, R22: an edited schedule is not replaced by the default cadence."""
        invoice, running = self.make_invoices(2)
        own = self.make_cadence("Own", [("after_due", 9, 9)])
        (invoice | running)._chasing_assign(own)
        invoice.chasing_schedule_id.action_disable()
        (invoice | running).action_chasing_enable()
        self.assertEqual(invoice.chasing_status, "active")
        self.assertEqual((invoice | running).chasing_cadence_id, own)

    def test_a_closed_invoice_is_left_alone_and_counted(self):
        """R30, R52."""
        invoice, paid = self.make_invoices(2)
        self.pay(paid)
        gentle = self.make_cadence("Late only", [("after_due", 1, 9)])
        summary = (invoice + paid)._chasing_assign(gentle)
        self.assertEqual((summary["assigned"], summary["left"], summary["planned"]), (1, 1, 1))
        self.assertEqual(paid.chasing_cadence_id, self.cadence)
