from odoo.tests import tagged

from ..builders.builders import ChasingCommon
from ..builders.security import is_ours

# what Odoo calls for every column that it reads, or for every computed field of a record
ASKED_FOR_EVERYTHING = {"_field_to_sql", "_compute_field_value"}


@tagged("post_install", "-at_install")
class TestSqlFields(ChasingCommon):
    """Columns that are not stored, and cost nothing where nobody asks for them."""

    def test_nothing_stands_in_the_way_of_other_columns(self):
        found = {
            f"{name}.{method}"
            for name, model in self.env.registry.items()
            for part in model.__mro__
            if is_ours(part)
            for method in ASKED_FOR_EVERYTHING & vars(part).keys()
        }
        self.assertEqual(found, set())

    def test_the_columns_of_an_invoice_are_joined_once(self):
        """Grouped and sorted by what the schedule stores, it is read with the invoices, not once for each of them."""
        moves = self.env["account.move"]
        query = moves._search([], order="chasing_next_at, chasing_status desc")
        sql = query.select().code
        self.assertEqual((sql.count('LEFT JOIN "chasing_schedule"'), sql.count("SELECT")), (1, 1), sql)

    def test_the_schedule_itself_is_a_column_too(self):
        invoices = self.make_invoices(2)
        groups = self.env["account.move"]._read_group(
            [("id", "in", invoices.ids)], ["chasing_schedule_id"], ["__count"]
        )
        self.assertEqual(dict(groups), dict.fromkeys(invoices.chasing_schedule_id, 1))
        later = invoices[1]
        later.chasing_schedule_id.action_pause()
        found = self.env["account.move"].search([("id", "in", invoices.ids)], order="chasing_schedule_id")
        self.assertEqual(found[0], invoices[0])

    def test_it_is_a_column_of_what_inherits_from_entries(self):
        """A bank line has all columns of its entry."""
        journal = self.env["account.journal"].search([("type", "=", "bank")], limit=1)
        line = self.env["account.bank.statement.line"].create({"journal_id": journal.id, "amount": 1})
        invoice = self.make_invoice()
        own = [("id", "=", line.id)]
        for name in ("chasing_schedule_id", "chasing_status", "chasing_cadence_id"):
            with self.subTest(name):
                self.assertEqual(line.search(own, order=name), line)
                self.assertEqual(line._read_group(own, [name], ["__count"]), [(line[name], 1)])
        line.move_id = invoice
        self.env.flush_all()
        self.assertEqual(
            line._read_group(own, ["chasing_schedule_id"], ["__count"]), [(invoice.chasing_schedule_id, 1)]
        )

    def test_it_follows_the_schedule(self):
        invoice = self.make_invoice(post=False)
        self.assertFalse(invoice.chasing_status)
        invoice.action_post()
        self.assertEqual((invoice.chasing_status, invoice.chasing_cadence_id), ("active", self.cadence))
        invoice.chasing_schedule_id.action_pause()
        self.assertEqual(invoice.chasing_status, "paused")
        self.pay(invoice)
        self.assertEqual((invoice.chasing_status, invoice.chasing_next_at), ("paid", False))
