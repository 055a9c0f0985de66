"""Builders for the tests of the models: a company in Berlin that chases, a cadence, invoices, clock, mail server."""

import email
import email.policy
import re
import smtplib
from contextlib import contextmanager, nullcontext
from datetime import datetime
from unittest.mock import patch

import pytz

from odoo import SUPERUSER_ID, Command
from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.mail.tests.common import MockEmail
from odoo.tests import new_test_user

from ...models.common import clock, trusted_context
from ...models.engagement.chasing_message import SHORT

BERLIN = "Europe/Berlin"


def utc(local, timezone=BERLIN):
    """The naive UTC instant of a local "YYYY-MM-DD HH:MM"."""
    zone = pytz.timezone(timezone)
    return zone.localize(datetime.strptime(local, "%Y-%m-%d %H:%M")).astimezone(pytz.utc).replace(tzinfo=None)


class ChasingCommon(AccountTestInvoicingCommon, MockEmail):
    """Runs as an accountant, on 2 March 2026 at 08:30 in Berlin unless a test says otherwise.

    The company's default cadence is: on issue at 9, 3 days before due at 10, 5 days after due at 14. The usual invoice
    of 2 March, due 16 March, so is sent on 2 March at 9, reminded on 13 March at 10 and on 21 March at 14.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.company.write({
            "name": "Firm",
            "email": "office@firm.example",
            "chasing_enabled": True,
            "chasing_tz": BERLIN,
        })
        cls.salesperson = cls.env.user
        cls.salesperson.partner_id.email = "sally@firm.example"
        cls.customer = cls.make_customer("Ann Lee", "ann@customer.example")
        cls.cadence = cls.make_cadence("Usual", [("on_issue", 0, 9), ("before_due", 3, 10), ("after_due", 5, 14)])
        cls.cadence.is_default = cls.has_default

    # whether invoices' documents are made by Odoo, which takes its time
    real_documents = False
    # whether the usual cadence is the company's default
    has_default = True

    def setUp(self):
        super().setUp()
        self.set_clock("2026-03-02 08:30")
        self.patch(clock, "now", lambda env: trusted_context.get(env, "chasing_now") or self.now)
        if not self.real_documents:
            sender = self.env.registry["account.move.send"]
            self.patch(sender, "_chasing_generate", lambda _sender, moves, _attempt: self.give_pdf(moves))

    # ------------------------------------------------------------------ builders

    @classmethod
    def make_customer(cls, name, address, **values):
        return cls.env["res.partner"].create({
            "name": name,
            "email": address,
            "invoice_sending_method": "email",
            "invoice_edi_format": False,
            "property_account_receivable_id": cls.company_data["default_account_receivable"].id,
            **values,
        })

    @classmethod
    def make_cadence(cls, name, steps, **values):
        """A cadence of the company with steps (trigger, days, hour), or whole dictionaries of values."""
        names = ("trigger", "days", "hour")
        lines = [step if isinstance(step, dict) else dict(zip(names, step, strict=True)) for step in steps]
        return cls.env["chasing.cadence"].create({
            "name": name,
            "company_id": cls.company.id,
            "step_ids": [Command.create({"sequence": place, **line}) for place, line in enumerate(lines)],
            **values,
        })

    @classmethod
    def make_invoice(cls, due="2026-03-16", issued="2026-03-02", amount=100.0, post=True, **values):
        """An untaxed invoice; the default cadence takes it when it is posted.

        With a `cadence` it is given that one by hand instead; with `steps` one of its own, which are as for
        `make_cadence`, and `terms`, what else that cadence says. With `chased` False nobody chases it.
        """
        own, is_chased = cls.own_cadence(values), values.pop("chased", True)
        company = values.pop("company", cls.company)
        values = {
            "move_type": "out_invoice",
            "partner_id": cls.customer.id,
            "invoice_date": issued,
            "invoice_date_due": due,
            "invoice_line_ids": [Command.create({"name": "Work", "price_unit": amount, "tax_ids": []})],
            **values,
        }
        with cls.no_default() if own or not is_chased else nullcontext():
            invoice = cls.env["account.move"].with_company(company).create(values)
            if post:
                invoice.action_post()
                cls.env.cr.flush()
        if own:
            invoice._chasing_assign(own)
        return invoice

    @classmethod
    def own_cadence(cls, values):
        """The cadence that the values of a new invoice name or describe, taken out of them."""
        cadence, steps, terms = (values.pop(name, None) for name in ("cadence", "steps", "terms"))
        return cadence if steps is None else cls.make_cadence("Own", steps, **(terms or {}))

    @classmethod
    @contextmanager
    def no_default(cls):
        """Let the usual cadence be nobody's default for the time being."""
        was_default = cls.cadence.is_default
        cls.cadence.is_default = False
        yield
        cls.cadence.is_default = was_default

    @classmethod
    def make_invoices(cls, count, **values):
        """So many, all alike."""
        return cls.env["account.move"].union(*(cls.make_invoice(**values) for _number in range(count)))

    def tone_line(self, level):
        """What the company's tone says at a level, by the name of each channel's template."""
        return self.company.sudo().chasing_tone_id.line_ids.filtered(lambda line: line.level == level)

    @classmethod
    def make_role(cls, name="Director", **values):
        return cls.env["chasing.contact.role"].create({"name": name, "company_id": cls.company.id, **values})

    @classmethod
    def make_user(cls, login, groups, **values):
        values.setdefault("company_id", cls.company.id)
        values.setdefault("company_ids", [Command.set([values["company_id"]])])
        return new_test_user(cls.env, login, groups, email=f"{login}@firm.example", **values)

    def make_foreigner(self):
        """A collector of another company alone."""
        other = self.setup_other_company()["company"]
        return self.make_user("foreigner", "base.group_user,invoice_chasing.group_user", company_id=other.id)

    def pay(self, invoice, amount=None, **values):
        if amount is not None:
            values |= {"amount": amount}
        values.setdefault("payment_date", invoice.invoice_date)
        payments = self._register_payment(invoice, **values)
        self.env.cr.flush()
        return payments

    def credit(self, invoice, **values):
        """Reverse an invoice in full by a posted credit note."""
        credit_note = self._reverse_invoice(invoice, date=invoice.invoice_date, post=True, **values)
        self.env.cr.flush()
        return credit_note

    def give_pdf(self, invoices, content=b"%PDF-1.4 fake"):
        """Official PDFs without the price of making them."""
        self.env["ir.attachment"].sudo().create([
            {
                "name": f"{invoice.name}.pdf".replace("/", "_"),
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": "account.move",
                "res_id": invoice.id,
                "res_field": "invoice_pdf_report_file",
            }
            for invoice in invoices
        ])
        invoices.invalidate_recordset(["invoice_pdf_report_id", "invoice_pdf_report_file"])

    def unshortened(self, text):
        """A text that left, with the addresses that its links stand for (R92c)."""
        names = {(target, end): name for name, (target, end) in SHORT.items()}

        def address(found):
            link = self.env["chasing.link"].sudo()._by_token(found[2])
            return link.delivery_id.move_id._chasing_addresses()[names[link.target, found[3]]]

        return re.sub(r"(https?://[^/\s]+/c/)([A-Za-z0-9]{22})(\.png|)", address, text)

    # ------------------------------------------------------------------ time

    def hold_invoices(self, invoices, *holds):
        """Let a room above hold invoices for as long as it means to, as the portal would do it."""
        original = self.registry["account.move"]._chasing_holds

        def _chasing_holds(moves):
            found, now = original(moves), clock.now(self.env)
            lasting = [hold for hold in holds if not hold.until or hold.until > now]
            for move in moves & invoices if lasting else ():
                found.setdefault(move.id, []).extend(lasting)
            return found

        self.patch(self.registry["account.move"], "_chasing_holds", _chasing_holds)
        schedules = self.env["chasing.schedule"].search([("move_id", "in", invoices.ids)])
        self.env.add_to_compute(schedules._fields["hold_reason"], schedules)
        self.env.flush_all()

    def set_clock(self, local, timezone=BERLIN):
        """Let it be that local time; nothing runs."""
        self.now = utc(local, timezone)

    def at(self, local, timezone=BERLIN, limit=None):
        """Let it be that local time and let the scheduled action run once; return its counts by outcome."""
        self.set_clock(local, timezone)
        self.env.cr.flush()
        # as the scheduled action runs: by root, with nothing in the context
        dispatcher = self.env(user=SUPERUSER_ID, context={})["chasing.dispatcher"]
        counts = dispatcher._dispatch(self.now, limit)
        self.env.cr.flush()
        return dict(counts)

    def work(self):
        """Let the acts on many that wait in the background be worked off."""
        with self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_bulk").method_direct_trigger()

    def deliver(self, refused=(), words=b"no such mailbox"):
        """Let Odoo's mail queue run against a mail server of the test.

        :param refused: addresses this server does not take, with these words
        :return: the messages it took, parsed
        """
        taken = []

        def send_message(message, smtp_from, smtp_to_list):
            if set(smtp_to_list) & set(refused):
                raise smtplib.SMTPRecipientsRefused({smtp_to_list[0]: (550, words)})
            taken.append(email.message_from_bytes(message.as_bytes(), policy=email.policy.default))

        self.env.cr.flush()
        with self.mock_smtplib_connection(), patch.object(self.testing_smtp_session, "send_message", send_message):
            self.env(user=SUPERUSER_ID, context={})["mail.mail"].process_email_queue()
        self.env.cr.flush()
        return taken

    def at_sent(self, local, **options):
        """`at` and `deliver` in one: the messages that left."""
        self.at(local, **options)
        return self.deliver()

    # ------------------------------------------------------------------ what became of it

    def steps(self, invoice):
        return invoice.chasing_schedule_id.step_ids.sorted(lambda step: (step.scheduled_at or datetime.max, step.id))

    def step(self, invoice, trigger, occurrence=1):
        return self.steps(invoice).filtered(lambda step: (step.trigger, step.occurrence) == (trigger, occurrence))

    def local(self, instant, timezone=BERLIN):
        return instant and pytz.utc.localize(instant).astimezone(pytz.timezone(timezone)).strftime("%Y-%m-%d %H:%M")

    def plan(self, invoice):
        """[(local date and hour, state, reason code)] of the invoice's steps in time."""
        timezone = invoice.company_id._chasing_timezone()
        return [(self.local(step.scheduled_at, timezone), step.state, step.reason_code) for step in self.steps(invoice)]

    def states(self, invoice):
        return [step.state for step in self.steps(invoice)]

    def deliveries(self, invoice):
        return self.env["chasing.delivery"].search([("move_id", "=", invoice.id)], order="id")

    def waiting_mails(self):
        """E-mails in Odoo's queue."""
        return self.env["mail.mail"].sudo().search([("state", "=", "outgoing")])
