from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.common import clock
from ...models.dispatch.message_facts import Fact, facts
from ..builders.builders import utc
from ..builders.instalments import ChasingInstalmentsCommon
from ..builders.money import MoneyCommon


class FactsCommon:
    def facts(self, invoice, local=None, lang="en_US"):
        self.env.flush_all()
        now = utc(local) if local else self.now
        return facts(self.steps(invoice)[-1:], lang, now)

    def told(self, invoice, local=None, lang="en_US"):
        """{label: value} of what is said of an invoice, without blanks that nobody sees."""
        return {label: value.replace("\xa0", " ") for label, value in self.facts(invoice, local, lang).invoice}


@tagged("post_install", "-at_install")
class TestWhatCameIn(FactsCommon, MoneyCommon):
    """What came in and what is left (R42b, R72)."""

    def test_nothing_came_in(self):
        """R72: the total is the amount asked, and stands there once."""
        self.assertFalse({"Invoice total", "Already paid", "Still open"} & self.told(self.make_invoice()).keys())

    def test_several_payments_and_a_credit_note(self):
        """R42b, R72: each by its name."""
        invoice = self.make_invoice()
        for amount in (20, 15.5):
            self.pay(invoice, amount)
        lines = (invoice | self.give_credit(10)).line_ids
        lines.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.env.cr.flush()
        told = self.told(invoice)
        self.assertEqual(told["Invoice total"], "$ 100.00")
        self.assertEqual(told["Already paid"], "$ 35.50")
        self.assertEqual(told["Credited"], "$ 10.00")
        self.assertEqual(told["Still open"], "$ 54.50")

    def test_in_the_invoice_s_own_currency(self):
        """R72: whatever it was worth when it came."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.8), ("2026-03-05", 1.0)])
        invoice = self.make_invoice(currency_id=euro.id)
        self.pay(invoice, 30, payment_date="2026-03-06", currency_id=euro.id)
        self.assertEqual(self.told(invoice)["Already paid"], "30.00 €")
        self.assertEqual(self.told(invoice)["Still open"], "70.00 €")
        # Dollars for euros: what they covered of it.
        self.pay(invoice, 20, payment_date="2026-03-06", currency_id=self.company.currency_id.id)
        self.assertEqual(self.told(invoice)["Already paid"], "50.00 €")

    def headline(self, invoice):
        told = self.facts(invoice)
        return told.headline, told.amount.replace("\xa0", " "), told.due

    def test_of_what_is_paid_nothing_is_due(self):
        """R102, R72: what came in is told once."""
        invoice = self.make_invoice()
        self.pay(invoice)
        self.assertEqual(self.headline(invoice), ("Paid", "$ 100.00", "Nothing is due."))
        self.assertEqual(self.told(invoice)["Invoice total"], "$ 100.00")
        self.assertFalse({"Already paid", "Still open"} & self.told(invoice).keys())

    def test_what_is_credited_is_not_called_paid(self):
        """R72, R102: nothing came in, and nothing is due; the total stands there once."""
        invoice = self.make_invoice()
        lines = (invoice | self.give_credit(100)).line_ids
        lines.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.env.cr.flush()
        self.assertEqual(self.headline(invoice), ("Invoice total", "$ 100.00", "Nothing is due."))
        told = self.told(invoice)
        self.assertEqual(told["Credited"], "$ 100.00")
        self.assertFalse({"Invoice total", "Already paid", "Still open"} & told.keys())

    def test_of_what_is_open_something_is_due(self):
        """R72: the refusal beside it."""
        invoice = self.make_invoice()
        self.pay(invoice, 99)
        self.assertEqual(self.headline(invoice)[:2], ("Amount due", "$ 1.00"))
        self.assertEqual(self.told(invoice)["Already paid"], "$ 99.00")

    def test_a_payment_that_went_back(self):
        """R42b: it is not paid any more."""
        invoice = self.make_invoice()
        payment = self.pay(invoice, 30)
        self.pay(invoice, 5)
        payment.move_id.line_ids.remove_move_reconcile()
        self.env.cr.flush()
        self.assertEqual(self.told(invoice)["Already paid"], "$ 5.00")


@tagged("post_install", "-at_install")
class TestWhatCameInOfInstalments(FactsCommon, ChasingInstalmentsCommon):
    def test_what_is_asked_is_not_what_is_open(self):
        """R7, R42b, R72: 40.00 was due on 12 March, of which a part came in."""
        invoice = self.make_invoice(cadence=self.cadence)
        self.pay(invoice, 15, payment_date="2026-03-12", installments_mode="full")
        told = self.facts(invoice, "2026-03-20 09:00")
        self.assertEqual(told.amount.replace("\xa0", " "), "$ 25.00")
        rows = self.told(invoice, "2026-03-20 09:00")
        self.assertEqual((rows["Already paid"], rows["Still open"]), ("$ 15.00", "$ 85.00"))
        self.assertEqual(len(told.instalments), 3)


@tagged("post_install", "-at_install")
class TestDiscount(FactsCommon, MoneyCommon):
    """2 % are saved by who pays within 10 days of 2 March (R76)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.env["account.payment.term"].create({
            "name": "2/10 net 30",
            "early_discount": True,
            "discount_percentage": 2,
            "discount_days": 10,
            "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
        })

    def granting(self, **values):
        return self.make_invoice(due=False, invoice_payment_term_id=self.term.id, **values)

    def discount(self, invoice, local="2026-03-10 09:00", lang="en_US"):
        return self.facts(invoice, local, lang).discount.replace("\xa0", " ")

    SENTENCE = "Pay $ 98.00 by 12 Mar 2026 and save $ 2.00."

    def test_amount_and_last_date(self):
        """R76"""
        self.assertEqual(self.discount(self.granting()), self.SENTENCE)
        self.assertFalse(self.discount(self.make_invoice()))

    def test_the_last_day_is_the_company_s(self):
        """R5, R76: in Berlin, whatever the user's clocks and the server's show."""
        invoice = self.granting()
        for timezone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            self.env.user.tz = timezone
            for local, is_open in (("2026-03-12 23:59", True), ("2026-03-13 00:00", False)):
                with self.subTest(timezone=timezone, local=local):
                    self.assertEqual(bool(self.discount(invoice, local)), is_open)

    def test_once_anything_came_in_there_is_none(self):
        """R76: as Odoo takes it."""
        invoice = self.granting()
        self.pay(invoice, 10, payment_date="2026-03-02")
        self.assertFalse(self.discount(invoice))
        paid = self.granting()
        self.pay(paid, payment_date="2026-03-02")
        self.assertFalse(self.discount(paid))

    def test_as_the_term_counts_the_tax(self):
        """R76: 20 % on 100.00; *mixed* and *excluded* take the discount on the net alone."""
        tax = self.env["account.tax"].create({"name": "20", "amount": 20, "company_id": self.company.id})
        line = [Command.create({"name": "Work", "price_unit": 100, "tax_ids": tax.ids})]
        for how in ("included", "excluded", "mixed"):
            self.term.early_pay_discount_computation = how
            invoice = self.granting(invoice_line_ids=line)
            register = self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            )
            wizard = register.create({"payment_date": "2026-03-10"})
            with self.subTest(how=how):
                move = clock.at(invoice, utc("2026-03-10 09:00"))
                self.assertEqual(move.chasing_discount_amount, wizard.amount)
                saving = invoice.amount_total - wizard.amount
                self.assertIn(f"and save $ {saving:.2f}.", self.discount(invoice))

    def test_in_another_currency_and_language(self):
        """R65, R76"""
        self.env["res.lang"]._activate_lang("fr_FR")
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.8)])
        told = self.discount(self.granting(currency_id=euro.id), lang="fr_FR")
        self.assertIn("98,00 €", told)
        self.assertIn("12 mars 2026", told)

    def test_with_cash_rounding(self):
        """R76: what Odoo would take."""
        rounding = self.env["account.cash.rounding"].create({
            "name": "Five cents",
            "rounding": 0.05,
            "strategy": "add_invoice_line",
            "profit_account_id": self.company_data["default_account_revenue"].id,
            "loss_account_id": self.company_data["default_account_expense"].id,
        })
        invoice = self.granting(amount=99.98, invoice_cash_rounding_id=rounding.id)
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        amount = register.create({"payment_date": "2026-03-10"}).amount
        self.assertIn(f"Pay $ {amount:.2f} by", self.discount(invoice))

    def test_an_own_text_may_say_it(self):
        """R76, R77: nothing where there is none."""
        fill = self.env["chasing.placeholder"]._fill
        text = "{{ object.chasing_discount_amount ||| nothing }}, {{ object.chasing_discount_date ||| never }}"
        now = utc("2026-03-10 09:00")
        self.assertEqual(fill(text, self.granting(), "en_US", now).replace("\xa0", " "), "$ 98.00, 12 Mar 2026")
        self.assertEqual(fill(text, self.make_invoice(), "en_US", now), "nothing, never")

    def test_an_sms_says_it_once(self):
        """R76: on every channel; not a second time where its template does."""
        sms = self.env["chasing.channel.sms"]
        invoice = self.granting()
        step = self.steps(invoice)[-1:]
        now = utc("2026-03-10 09:00")
        [text] = sms._compose(step, "en_US", now).values()
        self.assertTrue(text.endswith(self.SENTENCE), text)
        step.sudo().sms_template_id = self.env["sms.template"].create({
            "name": "With discount",
            "model_id": self.env["ir.model"]._get_id("account.move"),
            "body": "{{ format_amount(object.chasing_discount_amount, object.currency_id) }} by "
            "{{ format_date(object.chasing_discount_date, 'd MMM y') }}",
        })
        [text] = sms._compose(step, "en_US", now).values()
        self.assertEqual(text, "$ 98.00 by 12 Mar 2026")
        [text] = sms._compose(step, "en_US", utc("2026-03-13 09:00")).values()
        self.assertNotIn("save", text)


@tagged("post_install", "-at_install")
class TestReasonsToPay(FactsCommon, MoneyCommon):
    """What a step and its cadence add: consequence, benefit, claims (R76, R115)."""

    def chased(self, **values):
        return self.make_invoice(steps=[{"trigger": "after_due", "days": 5, "hour": 14, **values}])

    def test_the_consequence_of_the_step_and_the_benefit_of_its_cadence(self):
        """R20: copied with the step; the benefit in the reader's language."""
        self.env["res.lang"]._activate_lang("fr_FR")
        invoice = self.chased(consequence="We will stop deliveries.")
        cadence = invoice.chasing_cadence_id
        cadence.benefit = "You keep your terms."
        cadence.with_context(lang="fr_FR").benefit = "Vous gardez vos conditions."
        told = self.facts(invoice)
        self.assertEqual((told.consequence, told.benefit), ("We will stop deliveries.", "You keep your terms."))
        self.assertEqual(self.facts(invoice, lang="fr_FR").benefit, "Vous gardez vos conditions.")
        copied = cadence.copy()
        self.assertEqual((copied.benefit, copied.step_ids.consequence), (cadence.benefit, "We will stop deliveries."))

    def test_who_owes_nothing_is_told_neither(self):
        """R33"""
        invoice = self.chased(consequence="We will stop deliveries.")
        invoice.chasing_cadence_id.benefit = "You keep your terms."
        self.pay(invoice)
        told = self.facts(invoice)
        self.assertEqual((told.consequence, told.benefit, told.due), ("", "", "Nothing is due."))

    def test_too_long_is_refused(self):
        """They are read in a message."""
        cadence = self.chased().chasing_cadence_id
        cadence.benefit, cadence.step_ids.consequence = "a" * 300, "a" * 2000
        for record, name, length in ((cadence, "benefit", 301), (cadence.step_ids, "consequence", 2001)):
            with self.assertRaises(UserError):
                record[name] = "a" * length

    def test_the_cadence_notes_what_became_of_it(self):
        """R23: by how it begins; what is as usual is not named."""
        cadence = self.chased().chasing_cadence_id
        self.env.cr.flush()
        cadence.step_ids.consequence = "We will stop deliveries. " * 10
        self.env.cr.flush()
        [note] = [one.body for one in cadence.message_ids if "Steps" in (one.body or "")]
        self.assertIn("What Happens Next: We will stop deliveries.", note)
        self.assertIn("…", note)
        self.assertNotIn("Days to Pay", note)

    def test_what_is_claimed_is_told(self):
        """R115: whatever the room says that knows the claims."""
        invoice = self.chased()
        claims = [Fact("Interest", "$ 1.20")]
        with patch.object(type(self.env["chasing.message"]), "_claims", lambda _message, _step: claims):
            self.assertEqual(self.facts(invoice).claims, tuple(claims))
        self.assertFalse(self.facts(invoice).claims)
