"""What messages say by how late an invoice is, and in whose tone (R70)."""

from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.engine.levels import LEVELS
from ..builders.builders import ChasingCommon, utc

FIELDS = ("email_template_id", "sms_template_id", "letter_template_id")


class ToneCommon(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm = cls.env.ref("invoice_chasing.chasing_tone_firm")
        cls.standard = cls.env.ref("invoice_chasing.chasing_tone_standard")
        cls.manager = cls.make_user("tone_manager", "invoice_chasing.group_manager")

    def line(self, tone, level):
        return tone.sudo().line_ids.filtered(lambda line: line.level == level)

    def follow_up(self, **values):
        """A step on an invoice due on 16 March that was sent before."""
        invoice = self.make_invoice(chased=False)
        invoice.is_move_sent = True
        invoice._chasing_assign(self.make_cadence("Late", [{"trigger": "after_due", "days": 5, "hour": 9, **values}]))
        return self.steps(invoice).sudo()

    def kind(self, step, local):
        return self.env["chasing.message"]._kind(step, utc(local))


@tagged("post_install", "-at_install")
class TestLevels(ToneCommon):
    def test_the_level_is_that_of_the_day_on_which_it_goes(self):
        """R70: due on 16 March, counted in days of the company."""
        step = self.follow_up()
        for day, level in (
            ("2026-03-02", "before_due"),
            ("2026-03-12", "before_due"),
            ("2026-03-13", "due_soon"),
            ("2026-03-15", "due_soon"),
            ("2026-03-16", "due_today"),
            ("2026-03-17", "late"),
            ("2026-03-23", "late"),
            ("2026-03-24", "later"),
            ("2026-04-06", "later"),
            ("2026-04-07", "latest"),
            ("2027-04-07", "latest"),
        ):
            with self.subTest(day):
                self.assertEqual(self.kind(step, f"{day} 09:00"), level)

    def test_a_day_ends_where_the_company_is(self):
        """R71: shortly before and after midnight in Berlin, which is one day in UTC."""
        step = self.follow_up()
        self.assertEqual(self.kind(step, "2026-03-16 23:30"), "due_today")
        self.assertEqual(self.kind(step, "2026-03-17 00:30"), "late")

    def test_the_first_message_is_new_however_late(self):
        """R70: whichever step it is, a final notice too."""
        invoice = self.make_invoice(steps=[{"trigger": "after_due", "days": 30, "hour": 9, "is_final": True}])
        self.assertEqual(self.kind(self.steps(invoice), "2026-04-15 09:00"), "new")

    def test_a_final_notice_is_one_once_something_is_late(self):
        """R70: before that it is what the day says."""
        step = self.follow_up(is_final=True)
        self.assertEqual(self.kind(step, "2026-03-16 09:00"), "due_today")
        self.assertEqual(self.kind(step, "2026-03-17 09:00"), "final")

    def test_a_thank_you_asks_for_nothing(self):
        """R78: however late the invoice was."""
        step = self.follow_up(is_final=True)
        step.is_thanks = True
        self.assertEqual(self.kind(step, "2026-04-20 09:00"), "thank_you")

    def test_the_forecast_names_what_will_be_said_then(self):
        """R75: and what leaves is that."""
        step = self.follow_up()
        self.assertEqual(step.message_text, "Standard · 1–7 days overdue")
        [message] = self.at_sent("2026-03-21 09:00")
        self.assertTrue(message["Subject"].startswith("Past due"))


@tagged("post_install", "-at_install")
class TestChosenTone(ToneCommon):
    def written_by(self, step, field="email_template_id"):
        channel = self.env["chasing.channel"]._all()[{FIELDS[0]: "email", FIELDS[1]: "sms", FIELDS[2]: "letter"}[field]]
        return channel._template(step, utc("2026-03-21 09:00"))

    def test_the_step_comes_before_its_cadence_and_that_before_the_company(self):
        """R70"""
        step = self.follow_up()
        for field in FIELDS:
            with self.subTest(field):
                self.assertEqual(self.written_by(step, field), self.line(self.standard, "late")[field])
                step.schedule_id.cadence_id.tone_id = self.firm
                self.assertEqual(self.written_by(step, field), self.line(self.firm, "late")[field])
                step[field] = own = self.line(self.standard, "new")[field]
                self.assertEqual(self.written_by(step, field), own)
                step.schedule_id.cadence_id.tone_id = False

    def test_where_a_text_is_missing_the_milder_one_is_said(self):
        """R70: never that of a new invoice, and none of before the due date after it."""
        for level, milder in (
            ("due_soon", ["before_due"]),
            ("due_today", ["due_soon", "before_due"]),
            ("later", ["late"]),
            ("latest", ["later", "late"]),
            ("final", ["latest", "later", "late"]),
            ("new", []),
            ("before_due", []),
            ("late", []),
            ("thank_you", []),
        ):
            for field in FIELDS:
                with self.subTest(level=level, field=field):
                    tone = self.standard.copy()
                    for missing, found in zip([level, *milder], [*milder, None], strict=True):
                        self.line(tone, missing)[field] = False
                        expected = found and self.line(tone, found)[field]
                        self.assertEqual(tone._template(field, level) or None, expected)
                    self.assertFalse(tone._is_complete(field))

    def test_what_the_cadences_tone_does_not_say_the_companys_does(self):
        """R70: and if neither does, the step has no template (R85)."""
        step = self.follow_up()
        step.schedule_id.cadence_id.tone_id = quiet = self.env["chasing.tone"].create({"name": "Quiet"})
        self.assertEqual(quiet.line_ids.mapped("level"), list(LEVELS))
        self.assertEqual(self.written_by(step), self.line(self.standard, "late").email_template_id)
        self.company.chasing_tone_id = quiet
        self.assertFalse(self.written_by(step))
        self.at("2026-03-21 09:00")
        self.assertEqual((step.state, step.reason_code), ("failed", "no_template"))

    def test_another_tone_is_foreseen(self):
        """R96: given to the cadence or to the company, or changed."""
        invoice = self.make_invoice()
        quiet = self.env["chasing.tone"].create({"name": "Quiet"})
        text = self.line(self.standard, "new").email_template_id

        def status_after(record, values):
            record.write(values)
            self.env["chasing.prediction"]._refresh(invoice.chasing_schedule_id)
            return invoice.chasing_status

        self.assertEqual(status_after(self.company, {"chasing_tone_id": quiet.id}), "will_fail")
        for level in ("new", "due_soon", "late"):
            status = status_after(self.line(quiet, level), {"email_template_id": text.id})
        self.assertEqual(status, "active")
        self.assertEqual(status_after(self.line(quiet, "late"), {"email_template_id": False}), "will_fail")
        self.assertEqual(status_after(self.cadence, {"tone_id": self.firm.id}), "active")

    def test_a_change_marks_whoever_speaks_in_the_tone(self):
        """R96: the company that has chosen it, and that of a cadence; nobody else."""
        heard = self.env["res.company"]
        other = self.setup_other_company()["company"]
        tone = self.env["chasing.tone"].create({"name": "Ours"})

        def _availability_changed(_channel, companies):
            nonlocal heard
            heard |= companies

        self.patch(self.env.registry["chasing.channel"], "_availability_changed", _availability_changed)
        self.line(tone, "new").email_template_id = False
        self.assertFalse(heard)
        self.cadence.tone_id = tone
        heard = heard.browse()
        self.line(tone, "new").email_template_id = False
        self.assertEqual(heard, self.company)
        self.assertNotIn(other, heard)

    def test_a_change_of_the_tone_is_noted(self):
        """R23: on the company's contact."""
        self.env.cr.flush()
        self.company.with_user(self.manager).sudo().chasing_tone_id = self.firm
        self.env.cr.flush()
        self.company.partner_id.invalidate_recordset(["message_ids"])
        self.assertIn("Standard → Firm", str(self.company.partner_id.message_ids[:1].body))


@tagged("post_install", "-at_install")
class TestToneRights(ToneCommon):
    """R98: a tone of a company is its own, one that all share is for whoever manages all of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company()["company"]
        cls.everybody = cls.make_user(
            "all_manager",
            "invoice_chasing.group_manager",
            company_ids=[Command.set(cls.env["res.company"].sudo().search([]).ids)],
        )

    def test_one_companys_manager_leaves_the_shared_ones_alone(self):
        """They duplicate it and change the copy."""
        tone = self.standard.with_user(self.manager)
        for change in (
            lambda: tone.write({"name": "Mine"}),
            lambda: tone.line_ids[0].write({"email_template_id": False}),
            lambda: tone.write({"line_ids": [Command.update(tone.line_ids[0].id, {"email_template_id": False})]}),
            tone.unlink,
            lambda: tone.create({"name": "For all", "company_id": False}),
        ):
            with self.assertRaisesRegex(AccessError, "shared by all companies"), self.env.cr.savepoint():
                change()
        copy = tone.copy()
        self.assertEqual((copy.name, copy.company_id), ("Standard (copy)", self.company))
        copy.line_ids[0].email_template_id = False
        for level in LEVELS[1:]:
            self.assertEqual(self.line(copy, level).sms_template_id, self.line(tone, level).sms_template_id)

    def test_who_manages_all_companies_changes_the_shared_ones(self):
        tone = self.standard.with_user(self.everybody)
        tone.name = "Ours"
        tone.line_ids[0].email_template_id = self.line(self.firm, "new").email_template_id
        with self.assertRaisesRegex(UserError, "cannot become one company's own"):
            tone.company_id = self.company

    def test_a_collector_reads_and_changes_nothing(self):
        collector = self.make_user("collector", "invoice_chasing.group_user")
        tone = self.standard.with_user(collector)
        self.assertTrue(tone.line_ids.mapped("email_template_id.name"))
        with self.assertRaises(AccessError):
            tone.line_ids[0].email_template_id = False

    def test_another_companys_tone_cannot_be_chosen_or_seen(self):
        """Neither for a company nor for its cadence; that of a parent can."""
        theirs = self.env["chasing.tone"].create({"name": "Theirs", "company_id": self.other.id})
        self.assertFalse(self.env["chasing.tone"].with_user(self.manager).search([("id", "=", theirs.id)]))
        with self.assertRaisesRegex(ValidationError, "another company"), self.env.cr.savepoint():
            self.company.chasing_tone_id = theirs
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.cadence.tone_id = theirs
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.other.id})
        branch.chasing_tone_id = theirs

    @mute_logger("odoo.sql_db")
    def test_a_tone_that_somebody_speaks_in_is_not_deleted(self):
        """R23"""
        tone = self.standard.copy()
        self.cadence.tone_id = tone
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            tone.unlink()
        self.cadence.tone_id = False
        tone.unlink()
        self.assertFalse(tone.exists())

    def test_a_preview_reads_no_tone_by_its_id(self):
        """R75: nor what is no id."""
        theirs = self.env["chasing.tone"].create({"name": "Theirs", "company_id": self.other.id})
        line = {"trigger": "after_due", "days": 5, "hour": 9, "channel_email": True}
        preview = self.env["chasing.preview"].with_user(self.manager)
        self.make_invoice()
        with self.assertRaises(AccessError):
            preview.get_preview({**line, "tone_id": theirs.id})
        for wrong in ("1", [1], {"id": 1}, True, 1.5):
            with self.subTest(wrong), self.assertRaises(UserError):
                preview.get_preview({**line, "tone_id": wrong})

    def test_a_broken_template_is_refused_where_it_is_chosen(self):
        """R77: a shared tone is tried on any company's invoices."""
        broken = self.env["mail.template"].create({
            "name": "Broken",
            "model_id": self.env["ir.model"]._get_id("account.move"),
            "subject": "Part {{ 1 / (object.ref != 'bad') }}",
            "body_html": "<p>Pay</p>",
        })
        self.make_invoice(ref="bad")
        for tone in (self.standard, self.standard.copy()):
            with (
                mute_logger("odoo.addons.mail.models.mail_render_mixin"),
                self.assertRaisesRegex(ValidationError, "Broken, Subject"),
                self.env.cr.savepoint(),
            ):
                self.line(tone, "late").letter_template_id = broken


@tagged("post_install", "-at_install")
class TestUpgradedCompanies(ToneCommon):
    def test_a_company_without_a_tone_gets_the_standard_one(self):
        """R70: of a database that had none; what a company has chosen stays."""
        other = self.setup_other_company()["company"]
        self.company.chasing_tone_id = self.firm
        other.chasing_tone_id = False
        self.env["res.company"]._chasing_give_tone()
        self.assertEqual((self.company | other).mapped("chasing_tone_id.name"), ["Firm", "Standard"])
        self.assertEqual(other.chasing_tone_id, self.standard)

    def test_the_level_does_not_wait_for_the_due_date_of_the_whole(self):
        """R7, R70: an instalment that is late makes the message late."""
        term = self.env["account.payment.term"].create({
            "name": "Two",
            "line_ids": [
                Command.create({"value": "percent", "value_amount": 50, "nb_days": days}) for days in (10, 60)
            ],
        })
        invoice = self.make_invoice(due=False, invoice_payment_term_id=term.id, chased=False)
        invoice.is_move_sent = True
        invoice._chasing_assign(self.make_cadence("Parts", [("after_issue", 30, 9)]))
        self.assertEqual(self.kind(self.steps(invoice), "2026-03-20 09:00"), "later")
        self.set_clock("2026-03-20 08:00")
        self.pay(invoice, 50, payment_date=self.now.date() - timedelta(1))
        self.assertEqual(self.kind(self.steps(invoice), "2026-03-20 09:00"), "before_due")
