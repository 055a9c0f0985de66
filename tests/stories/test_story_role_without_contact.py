from odoo.tests import tagged

from ..builders.letters import LetterCommon


@tagged("post_install", "-at_install")
class TestStoryRoleWithoutContact(LetterCommon):
    def test_last_warning_to_the_director(self):
        """R63, R66: the last warning is for the director by e-mail and letter; on 21 March there is one, on 28 March
        she has left, and nobody else gets it."""
        role = self.make_role("Director")
        director = self.make_customer(
            "Dora",
            "dora@customer.example",
            parent_id=self.customer.id,
            type="other",
            chasing_role_ids=role.ids,
            street="Lake Road 3",
            zip="10117",
            city="Berlin",
            country_id=self.env.ref("base.de").id,
        )
        both = {"hour": 9, "channel_letter": True, "role_id": role.id, "trigger": "after_due"}
        invoice = self.make_invoice(steps=[{**both, "days": 5}, {**both, "days": 12}])
        first, last = self.steps(invoice)
        self.assertIn("dora@customer.example", first.to_text)
        self.assertIn("Customer contact with role", first.explanation)

        [message] = self.at_sent("2026-03-21 09:00")
        self.assertIn("dora@customer.example", message["To"])
        self.assertIn("Lake Road 3", self.letters(invoice).address)
        self.assertEqual(first.state, "sent")

        self.set_clock("2026-03-25 09:00")
        director.active = False
        self.assertFalse(self.at_sent("2026-03-28 09:00"))
        self.assertEqual((last.state, last.reason_code), ("skipped", "no_role_contact"))
        self.assertEqual(len(self.deliveries(invoice)), 2)
