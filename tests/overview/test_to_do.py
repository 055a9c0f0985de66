from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestToDo(ChasingCommon):
    """The morning queue: approve, fix, escalate or close, each solved in place (R95, R98, R101)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls.make_user("coll", "invoice_chasing.group_user,base.group_partner_manager")

    def queue(self, mine=None, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["chasing.to.do"].with_user(user or self.collector).get_queue(mine)

    def section(self, name, **asked):
        return next((section for section in self.queue(**asked)["sections"] if section["name"] == name), None)

    def asking(self, count=1, mode="ask"):
        self.cadence.step_ids[0].mode = mode
        invoices = self.make_invoices(count)
        self.at("2026-03-02 09:00")
        self.cadence.step_ids[0].mode = "auto"
        return invoices.chasing_step_ids.filtered(lambda step: step.state == "waiting")

    def expired(self):
        invoice = self.make_invoice(steps=[("on_issue", 0, 9)])
        self.at_sent("2026-03-02 09:00")
        return invoice

    def test_nothing_to_do_has_no_sections(self):
        self.make_invoice()
        self.assertEqual(self.queue()["sections"], [])

    def test_each_kind_is_counted_and_shown(self):
        asking, task = self.asking(2), self.asking(mode="task")
        expired = self.expired()
        self.customer.email = False
        self.make_invoice()
        sections = {section["name"]: section for section in self.queue(mine=False)["sections"]}
        self.assertEqual(
            {name: section["count"] for name, section in sections.items()},
            {"approve": 2, "tasks": 1, "fix": 1, "expired": 1},
        )
        self.assertEqual([row["id"] for row in sections["approve"]["rows"]], asking.ids)
        self.assertEqual([row["id"] for row in sections["tasks"]["rows"]], task.ids)
        [row] = sections["expired"]["rows"]
        self.assertEqual((row["id"], row["late"]), (expired.chasing_schedule_id.id, ""))
        self.assertEqual(row["why"], "All reminders sent, still unpaid")
        self.assertIn("collections", row["acts"])

    def test_what_expired_says_why_as_its_invoice_does(self):
        """Not all of its reminders were sent."""
        invoice = self.make_invoice(steps=[("on_issue", 0, 9), ("after_due", 5, 9)])
        self.at_sent("2026-03-02 09:00")
        self.steps(invoice)[1].action_skip()
        [row] = self.section("expired", mine=False)["rows"]
        self.assertEqual(row["why"], "No reminder left to send, still unpaid")
        self.assertIn(row["why"].lower(), invoice.chasing_schedule_id.headline.lower())

    def test_what_the_page_behind_lists_is_what_is_counted(self):
        self.asking(3)
        self.expired()
        self.customer.email = False
        self.make_invoice()
        for section in self.queue(mine=False)["sections"]:
            with self.subTest(section=section["name"]):
                action = self.env["chasing.to.do"].with_user(self.collector).action_open_all(section["name"])
                filters = [name.removeprefix("search_default_") for name in action["context"] if "default" in name]
                arch = self.env[action["res_model"]].get_view(view_type="search")["arch"]
                domain = []
                for name in filters:
                    domain += self.filter_domain(arch, name)
                self.assertEqual(self.env[action["res_model"]].search_count(domain), section["count"])

    def filter_domain(self, arch, name):
        [node] = etree.fromstring(arch).xpath(f"//filter[@name='{name}']")
        return safe_eval(node.get("domain"))

    def test_mine_comes_first_for_whoever_looks_after_anything(self):
        """R98"""
        mine, _other = self.asking(2)
        self.assertFalse(self.queue()["mine"])
        mine.schedule_id._set_responsible(own_responsible_id=self.collector)
        queue = self.queue()
        self.assertEqual((queue["mine"], [section["count"] for section in queue["sections"]]), (True, [1]))
        self.assertEqual(self.section("approve", mine=False)["count"], 2)
        action = self.env["chasing.to.do"].with_user(self.collector).action_open_all("approve", True)
        self.assertTrue(action["context"]["search_default_is_mine"])

    def test_the_cards_above_mine_count_mine_and_open_mine(self):
        """R95"""
        mine, _other = self.asking(2)
        mine.schedule_id._set_responsible(own_responsible_id=self.collector)
        self.env.flush_all()
        dashboard = self.env["chasing.dashboard"].with_user(self.collector)
        for is_mine, count in ((False, 2), (True, 1)):
            own = dashboard.with_context(chasing_mine=is_mine)
            cards = {card["name"]: card["count"] for card in own.get_cards(True)}
            self.assertEqual(list(cards), ["approval", "failed", "will_fail", "expired", "paused"])
            self.assertEqual(cards["approval"], count)
            for page in ("approval", "failed"):
                self.assertEqual("search_default_is_mine" in own.action_open_page(page)["context"], is_mine)

    def test_one_click_approves(self):
        step = self.asking()
        answer = step.with_user(self.collector).action_act("send_now")
        self.assertEqual(step.state, "under_way")
        self.assertEqual([button["name"] for button in answer["params"]["buttons"]], ["Undo"])

    def undo(self, answer):
        [button] = answer["params"]["buttons"]
        run = self.env[button["model"]].with_user(self.collector).browse(button["ids"])
        return getattr(run, button["method"])()

    def test_what_was_approved_can_be_undone_until_it_is_sent(self):
        step = self.asking()
        following = step.schedule_id.step_ids - step
        places = following.mapped("scheduled_at")
        self.set_clock("2026-03-05 11:00")
        self.undo(step.with_user(self.collector).action_act("send_now"))
        self.assertEqual((step.state, following.mapped("scheduled_at")), ("waiting", places))
        self.assertEqual(self.deliver(), [])
        answer = step.with_user(self.collector).action_act("send_now")
        self.assertEqual(len(self.deliver()), 1)
        with self.assertRaisesRegex(UserError, "sent since"):
            self.undo(answer)
        self.assertEqual(step.state, "sent")

    def test_what_raises_a_question_is_asked(self):
        """R17: contacted today; R84: it reaches nobody; and another day is to be chosen."""
        self.cadence.step_ids[1].mode = "ask"
        step = self.step(self.make_invoice(), "before_due")
        self.at_sent("2026-03-02 09:00")
        self.at("2026-03-13 10:00")
        step.schedule_id.sudo()._sent_by_odoo(self.now)
        self.assertEqual(step.action_act("send_now")["res_model"], "chasing.send")
        self.assertEqual(step.action_act("reschedule")["res_model"], "chasing.bulk.steps")
        self.customer.email = False
        self.env.invalidate_all()
        self.assertEqual(step.action_act("send_now")["res_model"], "chasing.send")
        self.assertEqual(step.state, "waiting")

    def test_skip_and_done_are_one_click(self):
        asking, task = self.asking(), self.asking(mode="task")
        skipped = asking.with_user(self.collector).action_act("skip")
        done = task.with_user(self.collector).action_act("done")
        self.assertEqual((asking.state, task.state), ("skipped", "sent"))
        self.undo(skipped)
        self.undo(done)
        self.assertEqual((asking.state, task.state), ("waiting", "waiting"))

    def test_what_is_not_known_is_refused(self):
        step, to_do = self.asking(), self.env["chasing.to.do"]
        for act in ("unlink", "", None, 7, ["skip"]):
            with self.subTest(act=act), self.assertRaises(UserError):
                step.action_act(act)
        for name in ("nothing", None, ["fix"]):
            with self.subTest(name=name), self.assertRaises(UserError):
                to_do.action_open_all(name)

    def test_who_may_only_read_sees_it_and_does_nothing(self):
        auditor = self.make_user("auditor", "account.group_account_readonly")
        step = self.asking()
        queue = self.queue(mine=False, user=auditor)
        self.assertFalse(queue["can_act"])
        self.assertFalse({"send_now", "skip"} & set(queue["sections"][0]["rows"][0]["acts"]))
        with self.assertRaises(AccessError):
            step.with_user(auditor).action_act("skip")

    def test_all_that_waits_is_approved_in_one_dialog(self):
        """R52"""
        steps = self.asking(2)
        action = self.env["chasing.to.do"].with_user(self.collector).action_ask_all()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(dialog.possible_count, 2)
        dialog.with_user(self.collector).action_do()
        self.assertEqual(set(steps.mapped("state")), {"under_way"})

    def test_dismissed_is_off_the_list(self):
        self.customer.email = False
        self.make_invoice(steps=[("on_issue", 0, 9)])
        self.at("2026-03-02 09:00")
        [row] = self.section("fix", mine=False)["rows"]
        self.env["chasing.failure.cause"].with_user(self.collector).browse(row["id"]).action_dismiss()
        self.assertFalse(self.section("fix", mine=False))
