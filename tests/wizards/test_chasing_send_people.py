"""R74: whom the sheet names, what of them its user may know, and what it does not take."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_chasing_send import SendSheetCommon

SPEC = {
    "move_ids": {},
    "channel_email": {},
    "zone": {},
    "day": {},
    "parts": {},
    "reach_text": {},
    "warning_text": {},
    "to_ids": {},
    "place_key": {},
}


@tagged("post_install", "-at_install")
class TestNobodyNamed(SendSheetCommon):
    def test_whoever_removes_all_recipients_sends_to_nobody(self):
        """R74: it is refused with the sheet's sentence, and saved neither."""
        invoice = self.make_invoice(chased=False)
        form = self.form(invoice)
        form.to_ids.clear()
        self.assertIn("Nobody would get this message", form.nobody_text)
        self.assertFalse(form.reach_text)
        with self.assertRaisesRegex(UserError, "Nobody would get this message"):
            form.save().action_send()
        for values in ({}, {"when": "later", "day": "2026-03-10"}):
            sheet = self.sheet(invoice, to_ids=[], to_emails=False, **values)
            with self.subTest(values), self.assertRaisesRegex(UserError, "Nobody would get this message"):
                sheet.action_send()
        self.assertFalse(self.by_hand(invoice) or self.deliver())

    def test_who_names_nobody_over_the_network_sends_as_by_itself(self):
        invoice = self.make_invoice(chased=False)
        self.sheet(invoice).action_send()
        self.assertEqual([message["to"] for message in self.deliver()], ["Ann Lee <ann@customer.example>"])

    def test_an_address_alone_is_somebody(self):
        invoice = self.make_invoice(chased=False)
        form = self.form(invoice)
        form.to_ids.clear()
        form.to_emails = "dan@customer.example"
        self.assertFalse(form.nobody_text)
        form.save().action_send()
        self.assertEqual([message["to"] for message in self.deliver()], ["dan@customer.example"])

    def test_a_step_is_not_saved_for_nobody(self):
        """R74: its own recipients stay."""
        boss = self.make_customer("Boss", "boss@customer.example", parent_id=self.customer.id)
        step = self.step(self.make_invoice(), "on_issue")
        for chosen in (step.to_ids, boss):
            step.sudo().to_ids = chosen
            sheet = self.env["chasing.send"].create({"step_id": step.id, "is_edit": True, "to_ids": []})
            with self.subTest(chosen), self.assertRaisesRegex(UserError, "Nobody would get this message"):
                sheet.action_send()
            self.assertEqual(step.to_ids, chosen)
        self.env["chasing.send"].create({"step_id": step.id, "is_edit": True, "subject": "Mine"}).action_send()
        self.assertEqual((step.to_ids, step.subject), (boss, "Mine"))

    def test_whoever_is_archived_stays_chosen_when_other_words_are_saved(self):
        """R60, R74: the others do not get it instead."""
        eve = self.make_customer("Eve", "eve@other.example")
        step = self.step(self.make_invoice(), "on_issue")
        step.sudo().to_ids = eve
        eve.active = False
        sheet = self.env["chasing.send"].create({"step_id": step.id, "is_edit": True, "subject": "Mine"})
        self.assertNotIn("ann@customer.example", sheet.reach_text)
        sheet.action_send()
        self.assertEqual(step.with_context(active_test=False).to_ids, eve)


@tagged("post_install", "-at_install")
class TestContactsOneMayNotRead(SendSheetCommon):
    """R66: what a user may not read of a contact, the sheet does not tell."""

    def setUp(self):
        super().setUp()
        self.collector = self.make_user("coll", "invoice_chasing.group_user")
        self.other = self.setup_other_company()["company"]
        self.customer.company_id = False
        self.hidden = self.make_customer("Hidden", "hidden@secret.example", parent_id=self.customer.id, type="invoice")
        self.seen = self.make_customer("Books", "books@customer.example", parent_id=self.customer.id, type="invoice")
        self.hidden.company_id = self.other
        with self.assertRaises(AccessError):
            self.hidden.with_user(self.collector).check_access("read")
        self.invoice = self.make_invoice(chased=False)

    def test_the_sheet_opens_and_sends(self):
        """R60, R74: left as proposed it goes as by itself; whom a person chose gets it alone."""
        action = self.invoice.with_user(self.collector).action_chasing_send()
        with Form(self.env["chasing.send"].with_user(self.collector).with_context(**action["context"])) as form:
            self.assertEqual(form.to_ids[:], self.seen)
        words = form.record._words()
        self.assertEqual((words["to_ids"], words["to_emails"]), ([], False))
        form.record.action_send()
        self.assertIn("books@customer.example", " ".join(message["to"] for message in self.deliver()))
        self.sheet(self.invoice, user=self.collector, to_ids=self.seen.ids).action_send()
        self.sheet(self.invoice, user=self.collector, to_ids=self.customer.ids).action_send()
        self.assertIn("ann@customer.example", self.deliver()[-1]["to"])

    def test_neither_name_nor_address_is_told(self):
        sheets = self.env["chasing.send"].with_user(self.collector)
        values = {"move_ids": self.invoice.ids, "channel_email": True}
        shown = str(sheets.onchange(values, [], SPEC)["value"]) + self.sheet(self.invoice, self.collector).reach_text
        self.assertNotIn("hidden@secret.example", shown)
        self.assertNotIn("Hidden", shown)
        self.assertIn("A contact that you may not see", shown)
        self.assertIn("books@customer.example", shown)
        whoever_may = self.sheet(self.invoice, self.env.ref("base.user_root"))
        self.assertIn("hidden@secret.example", whoever_may.reach_text)

    def test_a_typed_address_is_no_way_to_ask_for_it(self):
        """R64: the warning is the same, whether a contact whom one may not read has the address or nobody."""
        for address in ("hidden@secret.example", "nobody@secret.example"):
            sheet = self.sheet(self.invoice, user=self.collector, to_emails=address)
            with self.subTest(address):
                self.assertIn(f"{address} is not one of the contacts of", sheet.warning_text)
        known = self.sheet(self.invoice, user=self.collector, to_emails="books@customer.example")
        self.assertFalse(known.warning_text)

    def test_a_step_keeps_a_chosen_contact_whom_its_editor_may_not_read(self):
        """R74"""
        step = self.step(self.make_invoice(), "on_issue")
        self.hidden.company_id = False
        step.sudo().to_ids = self.hidden
        self.hidden.company_id = self.other
        values = {"step_id": step.id, "is_edit": True, "subject": "Mine"}
        sheet = self.env["chasing.send"].with_user(self.collector).create(values)
        self.assertFalse(sheet.to_ids)
        self.assertNotIn("Hidden", f"{sheet.reach_text} {sheet.warning_text}")
        sheet.action_send()
        self.assertEqual((step.sudo().to_ids, step.subject), (self.hidden, "Mine"))


@tagged("post_install", "-at_install")
class TestWhatIsNotTaken(SendSheetCommon):
    """R102: a sentence instead of an error of the database or of the code."""

    def test_a_time_that_is_none(self):
        invoice = self.make_invoice(chased=False)
        for values, words in (
            ({"zone": ["UTC"]}, "no time zone called"),
            ({"zone": {"name": "UTC"}}, "no time zone called"),
            ({"hour": None}, "from 0 to 23"),
            ({"hour": False}, "from 0 to 23"),
            ({"hour": 2**31}, "from 0 to 23"),
            ({"when": None}, "now or later"),
            ({"when": "never"}, "now or later"),
            ({"day": "soon"}, "is not a date"),
        ):
            with self.subTest(create=values), self.assertRaisesRegex(UserError, words):
                self.sheet(invoice, **{"when": "later", "day": "2026-03-10", **values})
            sheet = self.sheet(invoice, when="later", day="2026-03-10")
            with self.subTest(write=values), self.assertRaisesRegex(UserError, words):
                sheet.write(values)
        for values in ({"zone": "Mars/Base"}, {"zone": ["UTC"]}, {"day": "soon"}):
            given = {"move_ids": invoice.ids, **values}
            with self.subTest(onchange=values), self.assertRaises(UserError):
                self.env["chasing.send"].onchange(given, ["zone"], SPEC)
        for day in ("0001-01-01", "9999-12-31"):
            sheet = self.sheet(invoice, when="later", day=day, zone="America/New_York")
            with self.subTest(day), self.assertRaises(UserError):
                sheet.action_send()
        self.assertFalse(self.by_hand(invoice))
        self.sheet(invoice, when="later", day="2026-03-10", hour=0).action_send()
        self.assertEqual(self.local(self.by_hand(invoice).scheduled_at), "2026-03-10 00:00")

    def test_what_counts_for_a_cadence_alone(self):
        """R74: a role would be dropped, and everybody get the message."""
        invoice, role = self.make_invoice(chased=False), self.make_role()
        for values, words in (({"role_id": role.id}, "Contact Role cannot be set"), ({"date": "2026-05-01"}, "Date")):
            with self.subTest(values), self.assertRaisesRegex(UserError, words):
                self.sheet(invoice, **values)
            with self.subTest(write=values), self.assertRaisesRegex(UserError, words):
                self.sheet(invoice).write(values)
        self.sheet(invoice, role_id=False).action_send()
        self.assertEqual(len(self.deliver()), 1)

    def test_a_sheet_about_nothing(self):
        with self.assertRaisesRegex(UserError, "Choose an invoice or a step"):
            self.env["chasing.send"].create({}).action_fix()
        invoice = self.make_invoice(chased=False)
        sheet = self.sheet(invoice, is_edit=True)
        with self.assertRaisesRegex(UserError, "Choose the step whose message"):
            sheet.action_send()
        self.assertFalse(self.by_hand(invoice) or self.deliver())

    def test_a_step_is_not_moved_thousands_of_years_ahead(self):
        """R10, R102"""
        step = self.step(self.make_invoice(), "on_issue")
        values = {"step_id": step.id, "when": "later", "hour": 9}
        sheet = self.env["chasing.send"].create({**values, "day": "9999-12-31"})
        with self.assertRaisesRegex(UserError, "within the next ten years"):
            sheet.action_send()
        self.env["chasing.send"].create({**values, "day": "2026-03-10"}).action_send()
        self.assertEqual(self.local(step.scheduled_at), "2026-03-10 09:00")
