"""Builders of foresights: an invoice in each situation that its message can meet."""

from contextlib import contextmanager

from odoo import Command

from .money import MoneyCommon

DUE_DAY = "2026-03-21 14:00"


class ForesightCommon(MoneyCommon):
    has_default = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.role = cls.make_role("Boss")

    def chased(self, email="ann@customer.example", terms=None, **values):
        """An invoice with one step, 5 days after due at 14."""
        customer = self.make_customer("Ann", email)
        invoice = self.make_invoice(partner_id=customer.id)
        step = {"trigger": "after_due", "days": 5, "hour": 14, **values}
        invoice._chasing_assign(self.make_cadence("Case", [step], **(terms or {})))
        return invoice

    # ------------------------------------------------------------------ situations

    def ordinary(self):
        return self.chased()

    def without_address(self):
        return self.chased(email=False)

    def wrong_address(self):
        return self.chased(email="ann@")

    def one_of_two_wrong(self):
        return self.chased(email="ann@customer.example, bob@")

    def blacklisted(self):
        self.env["mail.blacklist"].create({"email": "black@customer.example"})
        return self.chased(email="black@customer.example")

    def coming_back(self):
        invoice = self.chased(email="back@customer.example")
        invoice.partner_id.message_bounce = 1
        return invoice

    def role_of_nobody(self):
        return self.chased(role_id=self.role.id)

    def role_of_nobody_that_fails(self):
        return self.chased(role_id=self.role.id, role_missing="fail")

    def copy_alone(self):
        user = self.make_user(f"sam{len(self.env['res.users'].search([]))}", "account.group_account_invoice")
        role = self.make_role("Director", holder_ids=[Command.create({"user_id": user.id})])
        return self.chased(role_id=role.id)

    def no_phone_beside_an_address(self):
        return self.chased(channel_sms=True)

    def phone_that_takes_no_sms(self):
        invoice = self.chased(channel_email=False, channel_sms=True)
        invoice.partner_id.phone = "+3222290349"
        return invoice

    def letter_without_street(self):
        return self.chased(channel_email=False, channel_letter=True)

    def without_template(self):
        self.tone_line("new").email_template_id = False
        return self.chased()

    def empty_own_text(self):
        self.tone_line("new").email_template_id = False
        return self.chased(body="<p><br></p>")

    def broken_template(self):
        self.tone_line("new").email_template_id.body_html = "<p t-out='1 / 0'/>"
        return self.chased()

    def without_sender(self):
        (self.company.partner_id | self.salesperson.partner_id).email = False
        return self.chased()

    def letters_not_set_up(self):
        provider = self.env["chasing.postal.provider"]._for_company(self.company)
        provider.code = "lob"
        return self.chased(channel_email=False, channel_letter=True)

    def paid(self):
        invoice = self.chased()
        self.pay(invoice)
        return invoice

    def covered_by_money(self):
        invoice = self.chased()
        self.receive(partner=invoice.partner_id)
        return invoice

    def paused(self):
        invoice = self.chased()
        invoice.chasing_schedule_id.action_pause()
        return invoice

    def disabled(self):
        invoice = self.chased()
        invoice.chasing_schedule_id.action_disable()
        return invoice

    def cancelled(self):
        invoice = self.chased()
        invoice.chasing_schedule_id.action_cancel()
        return invoice

    def excluded(self):
        invoice = self.chased()
        invoice.partner_id.action_chasing_exclude()
        return invoice

    def asking(self):
        return self.chased(mode="ask")

    def contacted_the_day_before(self):
        invoice = self.chased(terms={"min_contact_days": 3})
        self.set_clock("2026-03-20 09:00")
        invoice.chasing_schedule_id.sudo()._sent_by_odoo(self.now)
        return invoice

    def contacted_today(self):
        invoice = self.chased()
        self.set_clock("2026-03-21 09:00")
        invoice.chasing_schedule_id.sudo()._sent_by_odoo(self.now)
        return invoice

    SITUATIONS = (
        ordinary,
        without_address,
        wrong_address,
        one_of_two_wrong,
        blacklisted,
        coming_back,
        role_of_nobody,
        role_of_nobody_that_fails,
        copy_alone,
        no_phone_beside_an_address,
        phone_that_takes_no_sms,
        letter_without_street,
        without_template,
        empty_own_text,
        broken_template,
        without_sender,
        letters_not_set_up,
        paid,
        covered_by_money,
        paused,
        disabled,
        cancelled,
        excluded,
        asking,
        contacted_the_day_before,
        contacted_today,
    )

    @contextmanager
    def step_of(self, situation):
        """The one step of a situation, of which nothing is left afterwards."""
        with self.subTest(situation=situation.__name__), self.env.cr.savepoint() as savepoint:
            self.set_clock("2026-03-02 08:30")
            invoice = situation(self)
            self.env.cr.flush()
            try:
                yield self.steps(invoice).sudo()
            finally:
                savepoint.rollback()
                self.env.invalidate_all()
