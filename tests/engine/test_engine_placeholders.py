"""Placeholders of own texts: R77."""

import unittest
from time import process_time

from engine.placeholder_names import NAMES, OPTIONAL, PATHS
from engine.placeholders import fill, path, paths, unknown

KNOWN = {"object.name", "object.invoice_date", "object.amount_total"}


class TestPlaceholders(unittest.TestCase):
    def test_each_known_field_can_be_named_and_has_a_name_of_its_own(self):
        """R77"""
        self.assertEqual({path(one) for one in PATHS}, PATHS)
        self.assertEqual(len(set(NAMES.values())), len(NAMES))
        self.assertLess(OPTIONAL, PATHS)

    def test_a_field_is_named_in_the_forms_of_a_template(self):
        """R77: filled like in a template."""
        table = [
            ("object.name", "object.name"),
            ("  object.partner_id.name ", "object.partner_id.name"),
            ("object.ref or ''", "object.ref"),
            ('object.ref or ""', "object.ref"),
            ("format_date(object.invoice_date)", "object.invoice_date"),
            ("format_date(object.invoice_date, 'd MMM y') or ''", "object.invoice_date"),
            ("long_date(object.invoice_date)", "object.invoice_date"),
            ("short_date( object.invoice_date ) or ''", "object.invoice_date"),
            ("format_amount(object.amount_total, object.currency_id)", "object.amount_total"),
            ("format_amount( object.amount_total,object.company_currency_id ) or ''", "object.amount_total"),
        ]
        for expression, expected in table:
            with self.subTest(expression):
                self.assertEqual(path(expression), expected)

    def test_whatever_would_be_run_is_no_placeholder(self):
        for expression in (
            "",
            "1 + 1",
            "object.name.upper()",
            "object['name']",
            "object.env['res.users']",
            "user.login",
            "env.cr",
            "object.sudo().name",
            "format_date(user.create_date)",
            "format_amount(object.amount_total, env)",
            "object.name or object.env",
            "object.name if 1 else 2",
        ):
            with self.subTest(expression):
                self.assertIsNone(path(expression))

    def test_every_place_that_would_leave_as_it_stands_is_found(self):
        table = [
            ("Plain", None),
            ("{{ object.name }} of {{format_date(object.invoice_date)}}", None),
            ("{{ object.name ||| none }}", None),
            ("{{ object.boss }}", "{{ object.boss }}"),
            ("{{ object.<b>name</b> }}", "{{ object.<b>name</b> }}"),
            ("{{ t-if=&quot;a&quot; }}", '{{ t-if="a" }}'),
            ("Hello {{ object.name", "Hello {{ object.name"),
            ("Hello object.name }}", "Hello object.name }}"),
            ("{{}}", "{{}}"),
        ]
        for text, expected in table:
            with self.subTest(text):
                self.assertEqual(unknown(text, KNOWN), expected)

    def test_values_are_escaped_in_html_alone(self):
        values = {"object.name": 'A & "B" <c>'}
        self.assertEqual(fill("{{ object.name }}", values), 'A & "B" <c>')
        self.assertEqual(fill("{{ object.name }}", values, True), "A &amp; &quot;B&quot; &lt;c&gt;")

    def test_an_escaped_expression_is_read(self):
        """As an editor writes it into HTML."""
        text = "{{&nbsp;object.name ||| A &amp; B }}"
        self.assertEqual(paths(text), {"object.name"})
        self.assertEqual(fill(text, {}, True), "A &amp; B")

    def test_a_value_is_not_filled_again(self):
        self.assertEqual(fill("{{ object.name }}", {"object.name": "{{ object.ref }}"}), "{{ object.ref }}")

    def test_a_text_full_of_braces_is_read_in_one_pass(self):
        for text in ("{{" * 50000, "{{ object.name " * 20000, "}}" * 50000, "{{ object" + " " * 100000):
            begun = process_time()
            unknown(text, KNOWN)
            fill(text, {})
            self.assertLess(process_time() - begun, 1)
