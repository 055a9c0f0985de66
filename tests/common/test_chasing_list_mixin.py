from datetime import date

from odoo import Command
from odoo.fields import Domain
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestCompanyClock(ChasingCommon):
    """R90: a step at midnight of 17 March in Berlin is one of 17 March for a reader in Los Angeles, where it is still
    the 16th; and one at 22:00 of 17 March in New York is not one of the 18th."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_cadence("Night", [("after_due", 1, 0)]).is_default = True
        cls.american = cls.setup_other_company(name="American")["company"]
        cls.american.write({"chasing_enabled": True, "chasing_tz": "America/New_York"})
        cls.reader = cls.make_user(
            "reader",
            "invoice_chasing.group_user",
            tz="America/Los_Angeles",
            company_ids=[Command.set((cls.company | cls.american).ids)],
        )

    def setUp(self):
        super().setUp()
        self.german = self.make_invoice()
        late = self.make_cadence("Late", [("after_due", 1, 22)], company_id=self.american.id)
        self.foreign = self.make_invoice(company=self.american, company_id=self.american.id)
        self.foreign._chasing_assign(late)
        self.none = self.make_invoice()
        # it has an instant, the end of its pause, but sends nothing then
        self.none.chasing_schedule_id.action_pause(until="2026-03-17")
        self.env.flush_all()

    def records(self, model):
        records = (
            self.env[model]
            .with_user(self.reader)
            .with_context(allowed_company_ids=self.reader.company_ids.ids, tz=self.reader.tz)
        )
        return records, Domain("move_id", "in", (self.german | self.foreign | self.none).ids)

    def found(self, model, *condition):
        records, mine = self.records(model)
        return records.search(mine & Domain(*condition)).move_id

    def test_the_day_is_the_companys(self):
        self.assertEqual(self.local(self.german.chasing_next_at, "UTC"), "2026-03-16 23:00")
        self.assertEqual(self.local(self.foreign.chasing_next_at, "UTC"), "2026-03-18 02:00")
        both = (self.german | self.foreign).sudo()
        for record in (both.chasing_schedule_ids, both.chasing_step_ids):
            records = self.env[record._name].with_user(self.reader).browse(record.ids)
            self.assertEqual(records.mapped("local_day"), [date(2026, 3, 17)] * 2)
            self.assertEqual(records.mapped("chasing_tz"), ["Europe/Berlin", "America/New_York"])
        self.assertTrue(self.none.chasing_schedule_id.next_at)
        self.assertFalse(self.none.chasing_schedule_id.local_day)

    def test_it_is_searched(self):
        both, all_three = self.german | self.foreign, self.german | self.foreign | self.none
        table = [
            (("=", "2026-03-17"), both, both | self.none),
            (("in", ["2026-03-16", "2026-03-18"]), both.browse(), both.browse()),
            (("!=", "2026-03-17"), self.none, both.browse()),
            (("<", "2026-03-17"), both.browse(), both.browse()),
            (("<=", "2026-03-17"), both, all_three),
            ((">", "2026-03-16"), both, all_three),
            ((">=", "2026-03-18"), both.browse(), both.browse()),
            (("=", False), self.none, both.browse()),
        ]
        for condition, schedules, steps in table:
            with self.subTest(condition=condition):
                self.assertEqual(self.found("chasing.schedule", "local_day", *condition), schedules)
                self.assertEqual(self.found("chasing.step", "local_day", *condition), steps)

    def test_it_is_grouped_and_the_groups_open(self):
        for model, count in (("chasing.schedule", 2), ("chasing.step", 3)):
            with self.subTest(model=model):
                records, mine = self.records(model)
                groups = records.formatted_read_group(
                    mine & Domain("local_day", "!=", False), ["local_day:day"], ["__count"]
                )
                [group] = groups
                self.assertEqual((group["local_day:day"][0], group["__count"]), ("2026-03-17", count))
                self.assertEqual(records.search_count(mine & Domain(group["__extra_domain"])), count)

    def test_the_forecast_is_by_the_same_days(self):
        lines, mine = self.records("chasing.forecast.line")
        self.german.chasing_step_ids.sudo().scheduled_at = "2026-03-16 23:00:00"
        self.env.flush_all()
        [group] = lines.formatted_read_group(
            mine & Domain("move_id", "=", self.german.id), ["local_day:day"], ["__count"]
        )
        self.assertEqual(group["local_day:day"][0], "2026-03-17")

    def test_today_is_the_companys(self):
        """At 23:30 UTC of 16 March it is the 17th in Berlin, and the 16th in New York and Los Angeles."""
        self.set_clock("2026-03-16 23:30", "UTC")
        self.assertEqual(self.found("chasing.step", "is_today", "=", True), self.german | self.none)
        self.assertEqual(self.found("chasing.step", "is_today", "=", False), self.foreign)
        self.assertTrue(self.german.chasing_step_ids.is_today)
        self.assertFalse(self.foreign.chasing_step_ids.is_today)

    def test_every_list_and_the_calendar_use_it(self):
        """No view shows or groups an instant on the reader's clock."""
        views = self.env["ir.ui.view"].search([
            (
                "model",
                "in",
                (
                    "chasing.schedule",
                    "chasing.step",
                    "chasing.forecast.line",
                    "chasing.failure.cause",
                    "chasing.letter",
                ),
            )
        ])
        self.assertTrue(views)
        for view in views:
            instants = {
                name
                for name, field in self.env[view.model]._fields.items()
                if field.type == "datetime" and name.endswith("_at")
            }
            shown = [
                node.get("name")
                for node in view._get_combined_arch().iter("field")
                if node.get("name") in instants
                and node.get("widget") != "chasing_at"
                and node.get("column_invisible") != "1"
            ]
            self.assertFalse(shown, view.display_name)
            self.assertNotRegex(view.arch, r"_at:(day|week|month)|date(_start)?=\"\w+_at\"")
