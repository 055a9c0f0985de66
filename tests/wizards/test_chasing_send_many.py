"""One message about many invoices: the page that is shown first, and what it starts (R102b)."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..builders.bulk import BulkCommon


class SendManyCommon(BulkCommon):
    def page(self, moves, user=None):
        """The page, as a list opens it."""
        action = (moves.with_user(user) if user else moves).action_chasing_send()
        self.assertEqual(action["res_model"], "chasing.send.many")
        return Form(self.env[action["res_model"]].with_user(user or self.env.user).browse(action["res_id"]))

    def lines(self, text):
        return (text or "").replace("\xa0", " ").splitlines()

    def titles(self, page):
        """['Cannot be sent: 1 invoice'] of the lists of the page."""
        return [one["title"].split(",")[0] for one in page.changes]

    def notes(self, page, title):
        """{invoice's name: note} of a list of the page."""
        return {
            row["invoice"]: row["note"] for one in page.changes if one["title"].startswith(title) for row in one["rows"]
        }


@tagged("post_install", "-at_install")
class TestSendMany(SendManyCommon):
    def test_the_page_says_what_leaves(self):
        """R102b: invoices, messages by channel, money, who has no address, a sample."""
        fine = self.make_invoices(2)
        silent = self.make_invoice(partner_id=self.make_customer("Silent", False).id)
        page = self.page(fine | silent)
        self.assertEqual(self.lines(page.preview), ["2 invoices, $ 200.00 outstanding.", "To be sent now: 2 e-mails."])
        self.assertEqual((page.act, page.possible_count), ("send", 2))
        [warning] = self.lines(page.warning_text)
        self.assertTrue(warning.startswith("1 invoice of Silent cannot be sent: "), warning)
        self.assertEqual(self.titles(page), ["Cannot be sent: 1 invoice", "Will be sent: 2 invoices"])
        self.assertEqual(set(self.notes(page, "Cannot be sent")), {silent.name})
        self.assertIn("address", self.notes(page, "Cannot be sent")[silent.name])
        self.assertEqual(page.sample_text, f"Sample 1 of 2: {fine[0].display_name}")
        [part] = page.parts
        self.assertIn("ann@customer.example", part["to"])

    def test_next_and_previous_sample(self):
        """R102b."""
        invoices = self.make_invoices(3)
        page = self.page(invoices).save()
        page.action_next()
        self.assertEqual(page.move_id, invoices[1])
        page.action_previous()
        page.action_previous()
        self.assertEqual(page.move_id, invoices[2])

    def test_what_to_know_first(self):
        """R102b: drafts, copies, who was contacted today, whose zone is unknown."""
        draft, paid, today = self.make_invoice(post=False), self.make_invoice(), self.make_invoice()
        self.pay(paid)
        self.step(today, "before_due").action_send_now()
        page = self.page(draft | paid | today)
        self.assertEqual(
            self.lines(page.warning_text),
            [
                "1 draft is confirmed first.",
                "Nothing is due of 1 invoice: the customer gets a copy.",
                "1 of these invoices was already contacted today.",
            ],
        )
        self.assertEqual(page.act, "confirm")
        page.when = "later"
        page.zone = "customer"
        self.assertEqual(page.act, "confirm_later")
        self.customer.country_id = self.env.ref("base.us")
        page.hour = 10
        self.assertIn("The time zone of 1 customer is unknown: the company's is used.", self.lines(page.warning_text))
        self.assertEqual(self.lines(page.preview)[1], "To be scheduled: 3 e-mails.")
        self.assertEqual(self.titles(page), ["Time zone unknown: 3 invoices", "Will be sent: 3 invoices"])
        self.customer.country_id = self.env.ref("base.jp")
        page.hour = 11
        self.assertEqual(self.titles(page), ["Will be sent: 3 invoices"])

    def test_who_cannot_get_it_stands_first(self):
        """R102b: by reason with the customers' names, no more than a person reads."""
        silent = [self.make_customer(f"Silent {number}", False) for number in range(5)]
        refused = self.env["account.move"].union(*(self.make_invoice(partner_id=one.id) for one in silent))
        page = self.page(self.make_invoice() | refused)
        [warning] = self.lines(page.warning_text)
        names = "Silent 0, Silent 1, Silent 2, and 2 more"
        self.assertTrue(warning.startswith(f"5 invoices of {names} cannot be sent: "), warning)
        self.assertIn("address", warning)

    def test_what_is_held_when_it_is_to_go(self):
        """R35b, R102b: it is told of each whose hold is not known to have ended by then, and why."""
        fine, blocked, paused, ended = self.make_invoices(4)
        blocked.payment_state = "blocked"
        paused.chasing_schedule_id.action_pause(until="2026-03-20")
        ended.chasing_schedule_id.action_pause(until="2026-03-04")
        page = self.page(fine | blocked | paused | ended)
        page.when = "later"
        page.day, page.hour = "2026-03-05", 10
        self.assertEqual(
            self.lines(page.warning_text),
            ["2 invoices are held: their messages leave only if that has ended by then."],
        )
        self.assertEqual(self.titles(page), ["Held: 2 invoices", "Will be sent: 4 invoices"])
        held = self.notes(page, "Held")
        self.assertEqual(held.keys(), {blocked.name, paused.name})
        self.assertIn("1 e-mail · The invoice is blocked.", held[blocked.name])
        self.assertIn("paused", held[paused.name])
        self.assertEqual(self.notes(page, "Will be sent")[ended.name], "1 e-mail")
        page.day = "2026-03-20"
        self.assertEqual(self.notes(page, "Held").keys(), {blocked.name})

    def test_when_each_goes_in_few_words(self):
        """R102b: on its own clock, whose city is told to whoever lives by another."""
        far = self.make_invoice(partner_id=self.make_customer("Far", "far@customer.example").id)
        far.partner_id.country_id = self.env.ref("base.jp")
        self.env.user.tz = "Europe/Brussels"
        page = self.page(self.make_invoice() | far)
        page.when = "later"
        page.day, page.hour, page.zone = "2026-03-05", 10, "customer"
        rows = {row["invoice"]: row["after"] for row in page.changes[-1]["rows"]}
        self.assertEqual(rows[far.name], "Thu 5 Mar 10:00 (Tokyo)")

    def test_sent_and_listed(self):
        """R102b: two that cannot go stop no other."""
        fine = self.make_invoices(3)
        silent = self.make_invoice(partner_id=self.make_customer("Silent", False).id)
        out = self.make_invoice(partner_id=self.make_customer("Out", "out@customer.example").id)
        out.partner_id.action_chasing_exclude()
        page = self.page(fine | silent | out)
        page.subject = "Please look at {{ object.name }}"
        action = page.save().action_send()
        self.assertIn("3 messages are on their way.", action["params"]["message"])
        self.assertIn("2 unchanged.", action["params"]["message"])
        subjects = [message["Subject"] for message in self.deliver()]
        self.assertEqual(sorted(subjects), sorted(f"Please look at {one.name}" for one in fine))
        run = self.env["chasing.bulk.run"].search([], limit=1)
        self.assertEqual(run.refused_ids.move_id, silent | out)

    def test_scheduled_and_undone_from_the_toast(self):
        """R102b."""
        invoices = self.make_invoices(2)
        page = self.page(invoices)
        page.when = "later"
        page.day, page.hour = "2026-03-05", 10
        action = page.save().action_send()
        self.assertEqual(action["params"]["message"], "2 messages scheduled.")
        steps = invoices.chasing_schedule_ids.step_ids.filtered("is_by_hand")
        self.assertEqual([self.local(step.scheduled_at) for step in steps], ["2026-03-05 10:00"] * 2)
        [button] = action["params"]["buttons"]
        self.env[button["model"]].browse(button["ids"]).action_undo()
        self.assertEqual(steps.mapped("state"), ["cancelled"] * 2)

    def test_refused_with_a_sentence(self):
        """R102: a time that has passed, nobody to send to, a second click, a placeholder nobody knows."""
        invoices = self.make_invoices(2)
        page = self.page(invoices)
        page.when = "later"
        page.day = "2020-01-01"
        with self.assertRaisesRegex(UserError, "passed"):
            page.save().action_send()
        page = self.page(invoices)
        page.channel_email = False
        with self.assertRaisesRegex(UserError, "Choose at least one channel"):
            page.save().action_send()
        page = self.page(invoices)
        page.subject = "{{ object.nonsense }}"
        with self.assertRaises(UserError):
            page.save()
        page = self.page(invoices).save()
        page.action_send()
        with self.assertRaisesRegex(UserError, "already done"):
            page.action_send()

    def test_by_the_contract(self):
        """R102b: `chasing.send` with several invoices does the same."""
        invoices = self.make_invoices(2)
        sheet = self.env["chasing.send"].create({
            "move_ids": [(6, 0, invoices.ids)],
            "when": "later",
            "day": "2026-03-05",
            "hour": 10,
            "zone": "Asia/Tokyo",
            "subject": "Look",
        })
        sheet.action_send()
        steps = invoices.chasing_schedule_ids.step_ids.filtered("is_by_hand")
        self.assertEqual(steps.mapped("zone"), ["Asia/Tokyo"] * 2)
        self.assertEqual(steps.mapped("subject"), ["Look"] * 2)

    def test_uploads_outlive_the_dialog(self):
        """R74, R102b: each invoice has the file, however long that takes."""
        invoices = self.make_invoices(2)
        page = self.page(invoices).save()
        file = self.env["ir.attachment"].create({
            "name": "terms.txt",
            "raw": b"terms",
            "res_model": page._name,
            "res_id": page.id,
        })
        page.attachment_ids = file
        page.action_send()
        page.unlink()
        steps = invoices.chasing_schedule_ids.step_ids.filtered("is_by_hand")
        self.assertEqual([step.attachment_ids.mapped("raw") for step in steps], [[b"terms"]] * 2)
        self.assertEqual({step.attachment_ids.res_id for step in steps}, set(invoices.ids))

    def test_from_the_lists(self):
        """R102b: of chased invoices, and of steps."""
        invoices = self.make_invoices(2)
        schedules = invoices.chasing_schedule_ids
        for action in (schedules.action_ask("send"), schedules.step_ids.action_ask_many("message")):
            dialog = self.env[action["res_model"]].browse(action["res_id"])
            self.assertEqual((dialog._name, dialog._moves()), ("chasing.send.many", invoices))

    def test_who_may(self):
        """R102b: collectors, each in the own dialog; what a client makes up names nothing."""
        invoices = self.make_invoices(2)
        page = self.page(invoices, self.collector).save()
        self.assertEqual(page.possible_count, 2)
        reader = self.make_user("reader", "base.group_user,account.group_account_readonly")
        with self.assertRaises(AccessError):
            invoices.with_user(reader).action_chasing_send()
        dialogs = self.env["chasing.send.many"].with_user(self.collector)
        for selected in ("all", ["1"], {"a": 1}):
            with self.subTest(selected=selected), self.assertRaisesRegex(UserError, "not a valid selection"):
                dialogs.create({"selected": selected})
        gone = self.make_invoice(post=False)
        page = dialogs.create({"selected": gone.ids})
        gone.unlink()
        with self.assertRaisesRegex(UserError, "not a valid selection"):
            page.action_send()
        for selected in ([], None, gone.ids, [10**20, -1]):
            with self.subTest(selected=selected), self.assertRaisesRegex(UserError, "not a valid selection"):
                dialogs.create({"selected": selected})

    def test_what_the_page_says_is_what_happens(self):
        """R102b: a draft that is listed as what cannot be sent is no message, and not confirmed."""
        silent = self.make_customer("Silent", False)
        fine, draft = self.make_invoice(), self.make_invoice(partner_id=silent.id, post=False)
        for when, told in (("later", "1 message scheduled."), ("now", "1 message is on its way.")):
            with self.subTest(when=when):
                page = self.page(fine | draft)
                page.when = when
                if when == "later":
                    page.day, page.hour = "2026-03-05", 10
                self.assertEqual(page.possible_count, 1)
                self.assertNotIn("confirmed first", page.warning_text)
                self.assertEqual(set(self.notes(page, "Cannot be sent")), {"Draft invoice"})
                action = page.save().action_send()
                self.assertEqual(action["params"]["message"], f"{told} 1 unchanged.")
                self.assertEqual((draft.state, draft.name), ("draft", False))

    def test_days_that_nobody_means(self):
        """R102: the page opens all the same, and says in a sentence why nothing goes, whoever's clocks are meant."""
        invoices = self.make_invoices(2)
        refused = {
            "0001-01-01": "That time has passed",
            "9999-12-31": "within the next ten years",
            "2026-03-01": "That time has passed",
        }
        for day, sentence in refused.items():
            for zone in (False, "company", "customer", "Asia/Tokyo", "America/New_York"):
                with self.subTest(day=day, zone=zone):
                    values = {"selected": invoices.ids, "channel_email": True, "when": "later", "hour": 23}
                    page = self.env["chasing.send.many"].create({**values, "day": day, "zone": zone})
                    self.env.invalidate_all()
                    page.web_read({"preview": {}, "changes": {}, "parts": {}, "warning_text": {}})
                    with self.assertRaisesRegex(UserError, sentence):
                        page.action_send()
        values |= {"day": "2026-03-05", "hour": 0, "zone": "Asia/Tokyo"}
        self.env["chasing.send.many"].create(values).action_send()
        steps = invoices.chasing_schedule_ids.step_ids.filtered("is_by_hand")
        self.assertEqual([self.local(step.scheduled_at, "Asia/Tokyo") for step in steps], ["2026-03-05 00:00"] * 2)

    def test_values_that_no_column_keeps(self):
        """R102: each is refused in a sentence; those beside it are taken."""
        dialogs, selected = self.env["chasing.send.many"], self.make_invoices(2).ids
        page = dialogs.create({"selected": selected, "place": -7, "hour": 0, "when": "later", "zone": "UTC"})
        for name, values, sentence in (
            ("when", (None, "never", ["now"]), "Choose "),
            ("hour", (None, False, 2**31, "noon", [9]), "whole number"),
            ("place", (2**31, "first", [1]), "Enter a whole number: "),
            ("day", ("soon", [1]), "is not a date"),
            ("button_target", ("moon", {}, ["pay"]), "Choose one of the values: Button"),
        ):
            for value in values:
                with self.subTest(name=name, value=value):
                    with self.assertRaisesRegex(UserError, sentence):
                        dialogs.create({"selected": selected, name: value})
                    with self.assertRaisesRegex(UserError, sentence):
                        page.write({name: value})
        self.assertEqual((page.place, page.hour, page.when), (-7, 0, "later"))

    def test_midnight_by_the_contract(self):
        """R102b: the hour 0 is an hour."""
        invoices = self.make_invoices(2)
        values = {"move_ids": [(6, 0, invoices.ids)], "when": "later", "day": "2026-03-05", "hour": 0}
        self.env["chasing.send"].create(values).action_send()
        steps = invoices.chasing_schedule_ids.step_ids.filtered("is_by_hand")
        self.assertEqual([self.local(step.scheduled_at) for step in steps], ["2026-03-05 00:00"] * 2)
