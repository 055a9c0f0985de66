from odoo.tests import tagged

from ..builders.assignment import RuleCommon


@tagged("post_install", "-at_install")
class TestStoryRuleOrder(RuleCommon):
    """Two rules match a large invoice: Large, which is hard, and Everybody, which is soft."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.large = cls.make_rule("Large", [("amount_total_signed", ">", 1000)], cls.firm, sequence=1)
        cls.everybody = cls.make_rule("Everybody", [], cls.gentle, sequence=2)

    def drag(self, *rules):
        """What the list does when a line is dragged: it gives all of them their new places."""
        self.env["chasing.rule"].browse(rule.id for rule in rules).web_resequence({})

    def apply(self, rule):
        self.env["chasing.assign"].browse(rule.action_apply()["res_id"]).action_assign()
        self.env.cr.flush()
        return self.env["chasing.assignment"].search([], limit=1)

    def test_dragged_to_another_order_only_what_comes_is_changed(self):
        """R51: on 2 March Large comes first, on 4 March Everybody."""
        march2 = self.make_invoice(amount=2000)
        self.assertEqual(self.chosen(march2), ("Hard", "rule", "Large"))
        self.set_clock("2026-03-04 10:00")
        self.drag(self.everybody, self.large)
        march4 = self.make_invoice(issued="2026-03-04", due="2026-03-18", amount=2000)
        self.assertEqual(self.chosen(march4), ("Softly", "rule", "Everybody"))
        self.assertEqual(self.chosen(march2), ("Hard", "rule", "Large"))

        [message] = self.at_sent("2026-03-17 09:00")
        self.assertIn(march2.name, message["Subject"])
        self.assertFalse(self.at_sent("2026-03-19 09:00"))
        [message] = self.at_sent("2026-03-28 09:00")
        self.assertIn(march4.name, message["Subject"])

    def test_applied_now_a_later_rule_leaves_what_an_earlier_one_is_for(self):
        """R51: and put back, each has what it had."""
        (self.large | self.everybody).active = False
        large, small = self.make_invoice(amount=2000), self.make_invoice()
        (self.large | self.everybody).active = True
        self.assertEqual({self.chosen(one) for one in large | small}, {("Usual", "default", False)})
        self.at_sent("2026-03-02 09:00")

        self.set_clock("2026-03-10 10:00")
        assignment = self.apply(self.everybody)
        self.assertEqual(self.chosen(small), ("Softly", "rule", "Everybody"))
        self.assertEqual(self.chosen(large), ("Usual", "default", False))
        self.assertEqual(
            self.plan(small),
            [
                ("2026-03-02 09:00", "sent", False),
                ("2026-03-26 09:00", "planned", False),
            ],
        )

        self.set_clock("2026-03-11 10:00")
        assignment.action_undo()
        self.assertEqual(self.chosen(small), ("Usual", "default", False))
        self.assertEqual(self.states(small)[0], "sent")
        sent = self.at_sent("2026-03-13 10:00")
        self.assertEqual(len(sent), 2)

    def test_dragged_first_it_may_take_those_of_the_other(self):
        """R51: applied again after the dragging, it takes the large one too, which Large had."""
        large = self.make_invoice(amount=2000)
        self.drag(self.everybody, self.large)
        assignment = self.apply(self.everybody)
        self.assertEqual(self.chosen(large), ("Softly", "rule", "Everybody"))
        assignment.action_undo()
        self.assertEqual(self.chosen(large), ("Hard", "rule", "Large"))
        self.assertEqual(self.plan(large), [("2026-03-17 09:00", "planned", False)])
