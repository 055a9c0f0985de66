from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestInstall(TransactionCase):
    def test_the_indexes_that_the_promises_rest_on_exist(self):
        """R80: an update only warns when one cannot be built."""
        self.env.cr.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'chasing%'")
        found = dict(self.env.cr.fetchall())
        for name, words in {
            "chasing_delivery_once": (
                "UNIQUE",
                "(step_id, channel, address)",
                "WHERE",
                "failed",
                "bounced",
                "cancelled",
            ),
            "chasing_schedule_one_per_invoice": ("UNIQUE", "(move_id)"),
            "chasing_schedule_due": ("(next_at)", "WHERE (next_at IS NOT NULL)"),
            "chasing_cadence_one_default": ("UNIQUE", "(company_id)", "WHERE is_default"),
        }.items():
            self.assertIn(name, found)
            for word in words:
                self.assertIn(word, found[name])

    def test_no_shipped_cadence_is_default(self):
        """R107."""
        for name in ("Gentle", "Standard", "Firm"):
            company = self.env["res.company"].create({"name": f"New {name}"})
            cadence = self.env["chasing.cadence"].search([("company_id", "=", company.id), ("name", "=", name)])
            self.assertEqual(len(cadence), 1)
            self.assertFalse(cadence.is_default)

    def test_chasing_is_off_until_somebody_switches_it_on(self):
        """R46, R47, R107."""
        company = self.env["res.company"].create({"name": "New"})
        self.assertFalse(company.chasing_enabled)
        self.assertFalse(company._chasing_default_cadence())

    def test_the_defaults_are_those_of_the_rule_book(self):
        """R8, R40, R47."""
        company = self.env["res.company"].create({"name": "New"})
        self.assertEqual((company.chasing_window_from, company.chasing_window_to), (7, 20))
        self.assertEqual((company.chasing_catchup_days, company.chasing_run_limit), (7, 500))

    def test_a_company_without_a_zone_of_its_own_takes_its_working_hours(self):
        """R5."""
        company = self.env["res.company"].create({"name": "New"})
        company.resource_calendar_id.tz = "Asia/Tokyo"
        self.assertEqual(company._chasing_timezone(), "Asia/Tokyo")
        company.chasing_tz = "America/New_York"
        self.assertEqual(company._chasing_timezone(), "America/New_York")

    def test_a_new_company_and_its_cadences_have_their_tone(self):
        """R70."""
        company = self.env["res.company"].create({"name": "New"})
        self.assertEqual(company.chasing_tone_id.name, "Standard")
        cadences = self.env["chasing.cadence"].search([("company_id", "=", company.id)])
        self.assertEqual(cadences.mapped("name"), cadences.tone_id.mapped("name"))
        final = {cadence.name: cadence.step_ids.mapped("is_final") for cadence in cadences}
        self.assertEqual({name: sum(steps) for name, steps in final.items()}, {"Gentle": 0, "Standard": 1, "Firm": 1})
        self.assertTrue(final["Standard"][-1] and final["Firm"][-1])

    def test_every_model_of_ours_says_who_may_read_it(self):
        models = self.env["ir.model"].search([("model", "=like", "chasing.%")])
        for model in models:
            if self.env[model.model]._abstract:
                continue
            self.assertTrue(model.access_ids, model.model)
            self.assertTrue(all(access.group_id for access in model.access_ids), model.model)

    def test_every_reason_has_its_sentence(self):
        """R85: what the models write down is known to the engine."""
        import re
        from pathlib import Path

        from ...models.engine.verdict import REASONS

        folder = Path(__file__).parents[2] / "models"
        written = set()
        for path in folder.glob("*/*.py"):
            written |= set(re.findall(r'ChannelRefused\("(\w+)"', path.read_text()))
            written |= set(re.findall(r'_set_state\("\w+", "(\w+)"', path.read_text()))
            written |= set(re.findall(r'return "(\w+)"$', path.read_text()) if path.stem == "account_move" else ())
        self.assertGreater(len(written), 5)
        self.assertEqual(written - set(REASONS), set())
