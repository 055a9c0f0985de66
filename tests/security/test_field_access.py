from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..builders.builders import ChasingCommon

# what everybody may read who may read the record, and why
OPEN = {
    "account.move.chasing_days_late": "follows from the due date that is printed on the invoice",
    "account.move.chasing_late_since": "follows from the due dates that are printed on the invoice",
    "account.move.chasing_late_amount": "follows from what is printed on the invoice and what was paid",
    "account.move.chasing_asked_amount": "follows from what is printed on the invoice and what was paid",
    "account.move.chasing_asked_date": "follows from the due dates that are printed on the invoice",
    "account.move.chasing_paid_amount": "follows from what is printed on the invoice and what was paid",
    "account.move.chasing_credited_amount": "follows from what is printed on the invoice and its credit notes",
    "account.move.chasing_copy_file": "is the invoice itself",
    "account.move.chasing_discount_amount": "follows from the payment terms that are printed on the invoice",
    "account.move.chasing_discount_date": "follows from the payment terms that are printed on the invoice",
    "account.move.sale_order_count": "a number that tells nothing of the orders; without Sales there is none",
    "sms.template.chasing_length": "follows from the text beside it",
}
# the second and third: nobody can ask that way
REFUSED = (AccessError, UserError, ValueError)
AGGREGATES = ("count_distinct", "max", "array_agg")


@tagged("post_install", "-at_install")
class TestFieldAccess(ChasingCommon):
    """Whoever may read one of Odoo's own records need not know of its chasing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls.make_user("visitor", "base.group_portal")
        cls.portal.partner_id.parent_id = cls.customer
        cls.collector = cls.make_user("asker", "invoice_chasing.group_user")

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()
        self.invoice.message_subscribe(self.portal.partner_id.ids)
        self.env.cr.flush()
        self.env.invalidate_all()

    def guarded(self):
        """Each field that the addon adds to a model of Odoo's, except those that are open."""
        for name, model in self.env.registry.items():
            if name.startswith("chasing.") or model._abstract or model._transient:
                continue
            for field in model._fields.values():
                is_ours = "invoice_chasing" in field._modules and not field.inherited
                if is_ours and f"{name}.{field.name}" not in OPEN:
                    yield field

    def ask(self, user, model, method, *args, **options):
        return call_kw(self.env[model].with_user(user), method, list(args), options)

    def ways_to_learn(self, field):
        """[(method, arguments, options)] of all that tells something of a field's values."""
        yield "search", ([(field.name, "!=", False)],), {}
        yield "search", ([(field.name, "=", False)],), {}
        yield "search_count", ([(field.name, "in", ["active", False])],), {}
        yield "search_read", ([], ["id"]), {"order": f"{field.name} desc"}
        yield "search_read", ([], [field.name]), {}
        groups = (field.name, f"{field.name}:month") if field.type in ("date", "datetime") else (field.name,)
        for group in groups:
            for method in ("formatted_read_group", "web_read_group"):
                yield method, ([], [group], ["__count"]), {}
            yield "read_group", ([], ["__count"], [group]), {}
        for aggregate in AGGREGATES:
            yield "formatted_read_group", ([], [], [f"{field.name}:{aggregate}"]), {}
        yield "web_search_read", ([], {field.name: {}}), {}

    def test_every_field_on_a_record_of_odoos_says_who_may_read_it(self):
        unsaid = [f"{field.model_name}.{field.name}" for field in self.guarded() if not field.groups]
        self.assertEqual(unsaid, [])

    @mute_logger("odoo.models", "odoo.http", "odoo.orm.models", "odoo.domains")
    def test_a_customer_on_the_portal_learns_nothing_of_it_in_any_way(self):
        self.assertIn(self.invoice.id, self.ask(self.portal, "account.move", "search", []))
        learned, refused = [], 0
        for field in self.guarded():
            if not self.env[field.model_name].with_user(self.portal).has_access("read"):
                continue
            for method, args, options in self.ways_to_learn(field):
                try:
                    with self.env.cr.savepoint():
                        self.ask(self.portal, field.model_name, method, *args, **options)
                except REFUSED:
                    refused += 1
                else:
                    learned.append((str(field), method, args))
        self.assertEqual(learned, [])
        self.assertGreater(refused, 100)

    def test_a_customer_is_refused_for_want_of_rights(self):
        """R93: in each of the ways in which a collector is answered."""
        ways = [
            ("search", [[("chasing_status", "=", "active")]], {}),
            ("search", [[("chasing_is_first", "=", True)]], {}),
            ("search", [[]], {"order": "chasing_next_at"}),
            ("search", [[]], {"order": "chasing_cadence_id"}),
            ("formatted_read_group", [[], ["chasing_status"], ["__count"]], {}),
            ("formatted_read_group", [[], ["chasing_next_day:month"], ["__count"]], {}),
            ("web_read_group", [[], ["chasing_light"], ["__count"]], {}),
            ("formatted_read_group", [[], [], ["chasing_next_at:max"]], {}),
        ]
        for method, args, options in ways:
            with self.subTest(method=method, args=args, options=options):
                with mute_logger("odoo.models"), self.assertRaises(AccessError):
                    self.ask(self.portal, "account.move", method, *args, **options)
                self.assertTrue(self.ask(self.collector, "account.move", method, *args, **options))

    def test_rows_of_an_invoice_tell_no_more_than_it_does(self):
        """By a path from what the customer may read as well."""
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.ask(self.portal, "account.move.line", "search", [("move_id.chasing_status", "=", "active")])

    def test_odoos_letters_are_tied_to_ours_by_our_queue_alone(self):
        """R84: a letter of Odoo's own that bore one of ours would never be printed."""
        employee = self.make_user("employee", "base.group_user")
        letters = self.env["snailmail.letter"].with_user(employee).with_context(default_chasing_letter_id=1)
        self.assertEqual(letters.default_get(["chasing_letter_id"]), {})
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            letters.new().write({"chasing_letter_id": 1})
