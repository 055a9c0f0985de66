from lxml import html as markup

from odoo.tests import tagged

from ..builders.builders import ChasingCommon
from ..builders.instalments import ChasingInstalmentsCommon


def words(html):
    """Its text, as it is read."""
    return " ".join(markup.fromstring(html).text_content().split()) if html else ""


@tagged("post_install", "-at_install")
class TestAskedAmount(ChasingInstalmentsCommon):
    """R7: every subject, text, SMS and letter asks for what is late now, else for the next instalment."""

    def setUp(self):
        super().setUp()
        self.customer.write({"phone": "0151 12345678", "country_id": self.env.ref("base.de").id})
        self.invoice = self.make_invoice()
        self.invoice.is_move_sent = True

    def give(self, *days, **values):
        """A cadence of e-mail and SMS so many days after issue; by letter an hour later."""
        steps = [
            {"trigger": "after_issue", "days": one, "hour": hour, **channels}
            for one in days
            for hour, channels in (
                (9, {"channel_email": True, "channel_sms": True}),
                (10, {"channel_email": False, "channel_letter": True}),
            )
        ]
        self.invoice._chasing_assign(self.make_cadence("Dates", steps, **values))
        return self.steps(self.invoice)

    def told(self, step):
        """(subject, text of e-mail or letter, SMS) at the instant at which it goes."""
        subject, body, sms = step.preview_subject, step.preview_body, step.preview_sms
        return subject.replace("\xa0", " "), words(body).replace("\xa0", " "), (sms or "").replace("\xa0", " ")

    def test_every_channel_asks_for_the_same(self):
        """R7, R75: 7 March, nothing is late; 20 March, the first is; 16 April, two are."""
        whole, others = "100.00", ("11 May 2026",)
        steps = self.give(5, 18, 45)
        for (mail, letter), amount, day, kind in zip(
            (steps[:2], steps[2:4], steps[4:]),
            ("40.00", "40.00", "70.00"),
            ("12 Mar 2026",) * 3,
            ("Reminder", "Still unpaid", "Urgent"),
            strict=True,
        ):
            with self.subTest(day=mail.days):
                subject, text, sms = self.told(mail)
                letter_subject, letter_text, _sms = self.told(letter)
                self.assertEqual((kind in subject, amount in subject), (True, True))
                self.assertIn(self.invoice.name, letter_subject)
                for said in (text, letter_text):
                    self.assertIn(f"Amount due $ {amount}", said)
                    self.assertIn(f"Due {day}", said)
                self.assertIn(amount, sms)
                self.assertIn(day, sms)
                for said in (subject, sms):
                    self.assertNotIn(whole, said)
                    self.assertFalse([other for other in others if other in said])
                self.assertEqual(text.count(whole), 1, "the total of the invoice")

    def test_the_parts_are_listed_late_ones_first(self):
        """R7: 16 April; days late are counted from the oldest."""
        text = self.told(self.give(45)[0])[1]
        self.assertIn("35 days overdue", text)
        listed = "Overdue since 12 Mar 2026 . 40.00 Overdue since 11 Apr 2026 . 30.00 Due on 11 May 2026 . 30.00"
        self.assertRegex(text, listed)

    def test_what_leaves_is_what_was_previewed(self):
        """R75: subject and text on 20 March."""
        step = self.give(18)[0]
        previewed = self.told(step)
        [message] = self.at_sent("2026-03-20 09:00")
        self.assertEqual(message["Subject"].replace("\xa0", " "), previewed[0])
        self.assertIn("Amount due $ 40.00", words(message.get_body().get_content()).replace("\xa0", " "))

    def test_the_first_message_asks_for_the_first_part(self):
        """R70: it names the total of the invoice and asks for what is due first; a late one since when."""
        self.invoice.is_move_sent = False
        young, late = self.give(5)[0], self.make_invoice()
        text, sms = self.told(young)[1:]
        self.assertIn("for $ 100.00", text)
        self.assertIn("$ 40.00 is due on 12 Mar 2026", text)
        self.assertIn("$ 40.00, due on 12 Mar 2026", sms)
        self.invoice = late
        text, sms = self.told(self.give(18)[0])[1:]
        self.assertIn("$ 40.00 has been overdue since 12 Mar 2026", text)
        self.assertIn("$ 40.00, overdue since 12 Mar 2026", sms)

    def test_a_part_that_is_paid_is_not_asked_for(self):
        """R7: 16 April, the first is paid and 10.00 of the second."""
        self.pay(self.invoice, 50)
        subject, text, sms = self.told(self.give(45)[0])
        for said in (subject, text, sms):
            self.assertIn("20.00", said)
            self.assertNotIn("40.00", said)
        self.assertIn("Due 11 Apr 2026 · 5 days overdue", text)

    def test_every_language_asks_for_the_same(self):
        """R65, R77: in the shipped templates, and no reader takes a day for a month."""
        due = {
            "en_US": "12 Mar 2026",
            "de_DE": "12. März 2026",
            "fr_FR": "12 mars 2026",
            "es_ES": "12 de marzo de 2026",
        }
        first, reminder, late = self.give(5, 7, 45).filtered("channel_email").sudo()
        for lang in due:
            self.env["res.lang"]._activate_lang(lang)
            self.env["ir.module.module"].sudo()._load_module_terms(["invoice_chasing"], [lang])
        for lang in due:
            for step, kind, amount in ((first, "new", "40"), (reminder, "before_due", "40"), (late, "latest", "70")):
                step.email_template_id = self.tone_line(kind).email_template_id
                step.sms_template_id = self.tone_line(kind).sms_template_id
                at = step.scheduled_at
                message = self.env["chasing.message"]._compose(self.env["chasing.channel.email"], step, lang, at)[step]
                sms = self.env["chasing.channel.sms"]._compose(step, lang, at)[step]
                with self.subTest(lang=lang, kind=kind):
                    self.assertRegex(sms, rf"\b{amount}[.,]00")
                    self.assertNotRegex(message.subject + sms, r"\b100[.,]00")
                    self.assertRegex(words(message.content), rf"\b{amount}[.,]00.*\b{amount}[.,]00")
                    self.assertIn(due[lang], words(message.content))
                    self.assertNotRegex(sms + message.subject + message.content, r"\b\d+[./]\d+[./]\d+\b")
                    if kind != "new":
                        self.assertRegex(message.subject, rf"\b{amount}[.,]00")

    def test_why_tells_what_it_asks_for(self):
        """R104: 7 March and 16 April."""
        young, _letter, late, _letter_too = self.give(5, 45)
        self.assertRegex(words(young.explanation), "It asks for . 40.00, due on")
        self.assertRegex(words(late.explanation), "It asks for . 70.00, overdue since")
        self.assertEqual(
            (young.message_text, late.message_text),
            ("Standard · More than 3 days before due", "Standard · More than 21 days overdue"),
        )

    def test_lists_show_what_is_late(self):
        """R7, R71: the invoice's list, the chasing list, their order and their searches, on 20 March."""
        self.give(45)
        whole = self.make_invoice(due="2026-03-16", invoice_payment_term_id=False)
        whole._chasing_assign(self.cadence)
        young = self.make_invoice(due="2026-03-16", invoice_payment_term_id=False)
        young.invoice_date_due = "2026-04-30"
        young._chasing_assign(self.cadence)
        self.set_clock("2026-03-20 09:00")
        every = whole | young | self.invoice
        every.invalidate_recordset(["chasing_days_late", "chasing_asked_amount"])
        self.assertEqual(every.mapped("chasing_days_late"), [4, 0, 8])
        self.assertEqual(every.mapped("chasing_asked_amount"), [100.0, 100.0, 40.0])
        schedules = self.env["chasing.schedule"].search([("move_id", "in", every.ids)], order="days_late desc")
        self.assertEqual(schedules.mapped("days_late"), [8, 4, 0])
        self.assertEqual(schedules.mapped("asked_amount"), [40.0, 100.0, 100.0])
        for domain, found in [
            ([("chasing_days_late", ">", 0)], whole | self.invoice),
            ([("chasing_days_late", ">=", 8)], self.invoice),
            ([("chasing_days_late", "<", 8)], whole | young),
            ([("chasing_days_late", "in", [0, 4])], whole | young),
            ([("chasing_days_late", "=", 0)], young),
        ]:
            with self.subTest(domain=domain):
                self.assertEqual(every.search([("id", "in", every.ids), *domain]), found.sorted(every._order))
        self.pay(self.invoice, 40)
        self.assertEqual((self.invoice.chasing_days_late, self.invoice.chasing_schedule_id.days_late), (0, 0))

    def test_a_dossier_lists_the_parts(self):
        schedule = self.give(45).schedule_id
        self.set_clock("2026-03-20 09:00")
        summary = words(self.env["chasing.dossier"]._summary(schedule, []))
        self.assertRegex(summary, "Overdue since 12 Mar 2026 ?. ?40.00")
        self.assertRegex(summary, "Due on 11 May 2026 ?. ?30.00")


@tagged("post_install", "-at_install")
class TestExtension(ChasingInstalmentsCommon):
    """R38: what is granted on an instalment plans the steps again."""

    def test_by_the_invoice_s_age_the_last_part_counts(self):
        invoice = self.make_invoice(steps=[("after_due", 5, 14)])
        self.assertEqual(self.plan(invoice), [("2026-05-16 14:00", "planned", False)])
        self.extend(invoice, 1, "2026-03-20")
        self.assertEqual(self.plan(invoice), [("2026-05-16 14:00", "planned", False)])
        self.extend(invoice, 3, "2026-05-25")
        self.assertEqual(self.plan(invoice), [("2026-05-30 14:00", "planned", False)])
        self.assertIn("recalculated", invoice.message_ids.sorted("id")[-1].body)

    def test_an_invoice_of_one_part_may_be_extended_too(self):
        invoice = self.make_invoice(due="2026-03-16", invoice_payment_term_id=False)
        invoice._chasing_assign(self.cadence)
        self.at("2026-03-02 09:00")
        self.at("2026-03-13 10:00")
        self.extend(invoice, 1, "2026-03-30")
        self.assertEqual(self.local(self.step(invoice, "after_due").scheduled_at), "2026-04-04 14:00")
        self.assertEqual(self.step(invoice, "before_due").state, "under_way")

    def test_by_the_next_part_its_own_date_counts(self):
        invoice = self.make_invoice(steps=[("after_due", 5, 14)], terms={"age_basis": "instalment"})
        self.assertEqual(self.plan(invoice), [("2026-03-17 14:00", "planned", False)])
        self.extend(invoice, 1, "2026-03-20")
        self.assertEqual(self.plan(invoice), [("2026-03-25 14:00", "planned", False)])
        self.assertEqual(str(invoice.chasing_schedule_id.asked_date), "2026-03-20")


@tagged("post_install", "-at_install")
class TestWithoutDueDate(ChasingCommon):
    """R6: an invoice without a due date, imported that way, is due on its own date everywhere."""

    has_default = False

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()
        self.env.cr.execute("UPDATE account_move SET invoice_date_due = NULL WHERE id = %s", [self.invoice.id])
        self.env.cr.execute("UPDATE account_move_line SET date_maturity = NULL WHERE move_id = %s", [self.invoice.id])
        self.env.invalidate_all()
        self.invoice.is_move_sent = True
        self.invoice._chasing_assign(
            self.make_cadence("Late", [{"trigger": "after_due", "days": 5, "hour": 14, "channel_sms": True}])
        )

    def test_messages_name_it(self):
        step = self.steps(self.invoice)
        self.assertIn("since 2 Mar 2026", step.preview_sms)
        text = words(step.preview_body)
        self.assertIn("was due on 2 Mar 2026", text)
        self.assertIn("Due 2 Mar 2026 · 5 days overdue", text)

    def test_screens_lists_and_searches_count_from_it(self):
        self.set_clock("2026-03-07 14:00")
        schedule, step = self.invoice.chasing_schedule_id, self.steps(self.invoice)
        self.assertEqual((self.invoice.chasing_days_late, schedule.days_late), (5, 5))
        self.assertEqual((str(schedule.due_date), str(schedule.asked_date)), ("2026-03-02", "2026-03-02"))
        late = self.invoice.search([("id", "=", self.invoice.id), ("chasing_days_late", "=", 5)])
        self.assertEqual(late, self.invoice)
        self.assertNotIn("due .", words(step.explanation))
        other = self.make_invoice(due="2026-03-05")
        other._chasing_assign(self.cadence)
        every = self.env["chasing.schedule"].search(
            [("move_id", "in", (self.invoice | other).ids)], order="days_late desc"
        )
        self.assertEqual(every.move_id, self.invoice | other)

    def test_one_day_more_of_it_can_be_granted(self):
        """R38"""
        self.invoice.invoice_date_due = "2026-03-20"
        self.env.cr.flush()
        self.assertEqual(self.plan(self.invoice), [("2026-03-25 14:00", "planned", False)])


@tagged("post_install", "-at_install")
class TestStartOverInstalments(ChasingInstalmentsCommon):
    def test_switching_on_counts_by_the_age_that_the_cadence_counts(self):
        """R7, R52: on 1 April, 5 days after the first part is past, 5 days after the last is not."""
        self.company.chasing_enabled = False
        self.make_invoice()
        self.set_clock("2026-04-01 08:30")
        for basis, state in (("invoice", "planned"), ("instalment", "skipped")):
            cadence = self.make_cadence(basis, [("after_due", 5, 14)], age_basis=basis)
            moves = self.env["account.move"].search(self.company._chasing_startable("2026-03-01"))
            _count, found = self.env["chasing.simulation"]._of_start(self.company, cadence, moves)
            self.assertEqual([one.state for one in found], [state])
