"""What is wrong with a template before it is filled in: R77."""

import unittest
from time import process_time

from engine.template_check import Fault, fault_in_markup, fault_in_text, has_words

KNOWN = ("if", "else", "foreach", "as", "out", "set", "value", "att", "tag_open")


class TestTemplateCheck(unittest.TestCase):
    def test_each_fault_is_found_with_its_place(self):
        table = [
            ("<p>No. {{ object.name }}</p>", "braces", "No. {{ object.name }}"),
            ('<p title="{{ object.name }}">A</p>', "braces", '<p title="{{ object.name }}">'),
            ('<p t-foo="1">A</p>', "directive", '<p t-foo="1">'),
            ('<t t-foo="1"/>', "directive", '<t t-foo="1"/>'),
            ('<p t-foreach="x">A</p>', "t-foreach", '<p t-foreach="x">'),
            ('<t t-foreach="x" t-as="y"><p>A</p>', "open", '<t t-foreach="x" t-as="y">'),
            ('<div><p t-if="x">A</div>', "open", '<p t-if="x">'),
            ("<p>A</p></t>", "closed", "</t>"),
            ('<p>A <b t-out="object.name"', "unfinished", '<b t-out="object.name"'),
            ('<p>A <b t-out="object.name" </p>', "unfinished", '<b t-out="object.name" </p>'),
        ]
        for source, code, place in table:
            with self.subTest(source):
                self.assertEqual(fault_in_markup(source, KNOWN), Fault(code, place))

    def test_what_browsers_and_odoo_write_has_none(self):
        for source in (
            "",
            "<p>Hello<br>there<p>you",
            "<ul><li>A<li>B</ul></div>",
            '<t t-set="a" t-value="1"/><t t-if="a">A</t><t t-else="">B</t>',
            '<a t-att-href="object.x" t-attf-title="{{ object.x }}">A</a>',
            '<span t-out="object.name" t-options-widget="x" t-tag-open="x">INV/1</span>',
            "<p>a &lt; b, 5 < 6</p>",
        ):
            with self.subTest(source):
                self.assertIsNone(fault_in_markup(source, KNOWN))

    def test_only_the_first_fault_is_told(self):
        self.assertEqual(fault_in_markup('{{ a }}<p t-foo="1">', KNOWN).code, "braces")

    def test_a_plain_text(self):
        for source in ("", "A", "{{ object.name }}", "{{ object.ref ||| none }} A"):
            self.assertIsNone(fault_in_text(source))
        for source in ("{{ object.name }", "object.name }}", "{{ {{ object.name }} }}"):
            self.assertEqual(fault_in_text(source).code, "braces")

    def test_spaces_and_pictures_say_nothing(self):
        for text in ("", " \n", "<p><br></p>", "<p>&nbsp;&#8203;</p>", "<img src='x' alt='Logo'/>", "\u2060\ufeff"):
            self.assertFalse(has_words(text), text)
        for text in ("0", "<p>.</p>", "<b>&amp;</b>", "A <img src='x'/>"):
            self.assertTrue(has_words(text), text)

    def test_a_long_text_takes_no_time(self):
        begun = process_time()
        for text in ("<t>" * 20_000, "{{" * 50_000, "<" * 50_000, "</t>" * 20_000, '<p t-x="' * 10_000):
            fault_in_markup(text, KNOWN)
            fault_in_text(text)
            has_words(text)
        self.assertLess(process_time() - begun, 20)
