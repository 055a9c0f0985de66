from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestChasingPeople(ChasingCommon):
    """R98: who looks after an invoice, and in whose name its messages leave."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rights = "invoice_chasing.group_user,base.group_user"
        cls.ann, cls.bob, cls.eve = (cls.make_user(name, rights) for name in ("ann", "bob", "eve"))
        cls.team = cls.env["res.groups"].create({"name": "Credit control", "user_ids": [cls.ann.id, cls.bob.id]})

    def alerted(self):
        kind = self.env.ref("invoice_chasing.mail_activity_type_alert")
        return self.env["mail.activity"].sudo().search([("activity_type_id", "=", kind.id)]).user_id

    def failed(self, **cadence):
        """An invoice whose first message failed."""
        self.cadence.write(cadence)
        self.customer.email = False
        invoice = self.make_invoice()
        self.at("2026-03-02 09:00")
        return invoice.chasing_schedule_ids

    def people(self, schedules, user, **values):
        context = schedules.with_user(user).action_ask_people()["context"]
        return self.env["chasing.responsible"].with_user(user).with_context(**context).create(values).action_save()

    # ------------------------------------------------------------------ responsible

    def test_a_person_named_on_the_cadence_is_responsible_before_the_salesperson(self):
        schedule = self.failed(responsible_id=self.ann.id, responsible_group_id=self.team.id)
        self.assertEqual((schedule.responsible_id, self.alerted()), (self.ann, self.ann))

    def test_everybody_in_the_group_is_told_and_the_first_to_act_takes_it(self):
        schedule = self.failed(responsible_group_id=self.team.id)
        self.assertFalse(schedule.responsible_id)
        self.assertEqual(self.alerted(), self.ann | self.bob)
        self.assertEqual(schedule.responsible_text, "Credit control: the first to act becomes responsible")
        schedule.step_ids[0].with_user(self.bob).action_dismiss()
        self.assertEqual(schedule.responsible_id, self.bob)
        schedule.with_user(self.ann).action_pause()
        self.assertEqual(schedule.responsible_id, self.bob)

    def test_the_others_are_not_asked_any_more_about_what_one_took(self):
        """Their alert loses the invoice's lines, and vanishes with the last one."""
        first = self.failed(responsible_group_id=self.team.id)
        second = self.make_invoice(partner_id=self.make_customer("Silent", False).id).chasing_schedule_ids
        self.at("2026-03-02 09:00")
        alerts = self.env["mail.activity"].sudo().search([("user_id", "in", (self.ann | self.bob).ids)])
        of_ann = alerts.filtered(lambda alert: alert.user_id == self.ann)
        first.step_ids[0].with_user(self.bob).action_dismiss()
        self.assertNotIn(first.move_id.name, of_ann.note)
        self.assertIn(second.move_id.name, of_ann.note)
        second.with_user(self.bob).action_pause()
        self.assertFalse(of_ann.exists())
        for schedule in (first, second):
            self.assertIn(schedule.move_id.name, (alerts - of_ann).note)

    def test_somebody_outside_the_group_takes_nothing(self):
        schedule = self.failed(responsible_group_id=self.team.id)
        schedule.with_user(self.eve).action_pause()
        self.assertFalse(schedule.responsible_id)

    def test_who_may_not_chase_is_not_told(self):
        """Of the group only Ann may; without her a manager hears of it."""
        clerk = self.make_user("clerk_without_rights", "base.group_user")
        self.team.user_ids = self.ann | clerk
        self.failed(responsible_group_id=self.team.id)
        self.assertEqual(self.alerted(), self.ann)

    def test_mine_is_what_i_look_after_and_what_waits_for_my_group(self):
        waits = self.failed(responsible_group_id=self.team.id)
        other, own = (self.make_invoice().chasing_schedule_ids for _number in range(2))
        self.people(other, self.ann, responsible_way="user", responsible_id=self.ann.id)
        self.people(own, self.ann, responsible_way="user", responsible_id=self.bob.id)
        every = waits | other | own
        mine = (
            self.env["chasing.schedule"].with_user(self.bob).search([("is_mine", "=", True), ("id", "in", every.ids)])
        )
        self.assertEqual(mine.ids, (waits | own).sorted().ids)
        self.assertEqual(every.with_user(self.bob).mapped("is_mine"), [True, False, True])
        self.assertFalse(waits.with_user(self.eve).is_mine)

    def test_a_new_schedule_knows_its_responsible_at_once(self):
        """Many are made by one statement, which nothing computes."""
        self.cadence.responsible_id = self.ann
        schedules = (self.make_invoice() | self.make_invoice()).chasing_schedule_ids
        self.env.cr.execute("SELECT responsible_id FROM chasing_schedule WHERE id = ANY(%s)", [schedules.ids])
        self.assertEqual(self.env.cr.fetchall(), [(self.ann.id,)] * 2)
        self.cadence.responsible_id = False
        self.assertEqual(schedules.responsible_id, self.salesperson)

    # ------------------------------------------------------------------ sender

    def test_messages_leave_in_the_name_of_whoever_took_the_invoice(self):
        self.cadence.write({"responsible_group_id": self.team.id, "sender_is_responsible": True})
        schedule = self.make_invoice().chasing_schedule_ids
        self.assertEqual(schedule._sender()[0], self.salesperson.partner_id)
        schedule.with_user(self.ann).action_pause()
        schedule.with_user(self.ann).action_resume()
        [mail] = self.at_sent("2026-03-02 09:00")
        self.assertIn(self.ann.email, mail["From"])

    def test_the_sender_of_one_invoice_comes_before_the_cadences(self):
        self.cadence.sender_id = self.ann
        schedule = self.make_invoice().chasing_schedule_ids
        self.assertEqual(schedule._sender()[0], self.ann.partner_id)
        self.people(schedule, self.ann, sender_way="user", sender_id=self.bob.id)
        self.assertEqual((schedule._sender()[0], schedule.sender_text), (self.bob.partner_id, self.bob.name))
        self.assertIn("Messages are sent as bob", schedule.move_id.message_ids[0].body)
        self.people(schedule, self.ann, sender_way="cadence")
        self.assertEqual(schedule._sender()[0], self.ann.partner_id)

    # ------------------------------------------------------------------ refusals

    def test_only_who_may_chase_can_be_responsible(self):
        clerk = self.make_user("clerk_without_rights", "base.group_user")
        schedule = self.make_invoice().chasing_schedule_ids
        with self.assertRaisesRegex(UserError, r"clerk_without_rights .* may not chase invoices"):
            self.people(schedule, self.ann, responsible_way="user", responsible_id=clerk.id)

    def test_a_sender_needs_an_address(self):
        self.bob.email = False
        schedule = self.make_invoice().chasing_schedule_ids
        with self.assertRaisesRegex(UserError, r"bob .* has no e-mail address"):
            self.people(schedule, self.ann, sender_way="user", sender_id=self.bob.id)

    def test_a_person_must_be_named_and_keeping_changes_nothing(self):
        schedule = self.make_invoice().chasing_schedule_ids
        with self.assertRaisesRegex(UserError, "Choose the person"):
            self.people(schedule, self.ann, responsible_way="user")
        self.people(schedule, self.ann)
        self.assertEqual(schedule.responsible_id, self.salesperson)

    def test_who_may_only_read_gives_nothing_to_anybody(self):
        schedule = self.make_invoice().chasing_schedule_ids
        reader = self.make_user("reader", "account.group_account_readonly")
        with self.assertRaises(AccessError):
            schedule.with_user(reader)._set_responsible(own_responsible_id=reader)
