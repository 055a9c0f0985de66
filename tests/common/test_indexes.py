from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

# What is looked for again and again among very many, and the index that finds it.
FLAGS = (
    ("chasing.schedule", [("is_prediction_stale", "=", True)], "chasing_schedule_stale"),
    ("chasing.schedule", [("is_forecast_stale", "=", True)], "chasing_schedule_forecast_stale"),
    ("chasing.schedule", [("is_dossier_wanted", "=", True)], "chasing_schedule_dossier_wanted"),
    ("chasing.bulk.run", [("is_done", "=", False)], "chasing_bulk_run_open"),
)


@tagged("post_install", "-at_install")
class TestIndexes(TransactionCase):
    """A condition that the ORM writes otherwise than an index says it reads the whole table."""

    def test_what_is_marked_is_found_by_its_index(self):
        """R80: nothing that runs every minute reads everything."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for model, domain, index in FLAGS:
            with self.subTest(index=index):
                query = self.env[model].sudo().with_context(active_test=False)._search(domain)
                plan = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
                self.assertIn(index, "\n".join(line for (line,) in plan))
