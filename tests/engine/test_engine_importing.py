"""What a spreadsheet of assignments means: R50, R53, R61."""

import unittest
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.import_cells import (
    FILE_PROBLEMS,
    HEADINGS,
    MAX_CELL,
    ROW_PROBLEMS,
    RowProblem,
    Wish,
    Words,
    match_headings,
    read_wish,
    shown,
)
from engine.import_verdict import ACTS, Standing, Verdict, choose_cadence, choose_company, choose_invoice, judge
from sheets.cells import Flaw

CHASED = Standing(lifecycle="running", cadence=4, by_hand=True)


class TestHeadings(unittest.TestCase):
    def test_any_order_case_accent_and_sign(self):
        found = match_headings(["Contacts", "", "CHASING  DISABLED", "Invoice #", "Größe", "cadence"])
        self.assertEqual(found.columns, {"contacts": 0, "disabled": 2, "number": 3, "cadence": 5})
        self.assertEqual((found.unused, found.problem), ((4,), None))

    def test_other_languages_beside_english(self):
        translations = {"number": ["Numéro de facture"], "cadence": ["Scénario"]}
        found = match_headings(["NUMERO DE FACTURE", "Cadence"], translations)
        self.assertEqual(found.columns, {"number": 0, "cadence": 1})

    def test_what_is_missing_is_said(self):
        self.assertEqual(match_headings(["INV/1", "Standard"]).problem, "no_number")
        self.assertEqual(match_headings(["Invoice Number", "Company"]).problem, "nothing_else")
        self.assertEqual(match_headings([Flaw("date", "2026-03-02"), "Cadence"]).problem, "no_number")

    def test_two_columns_that_say_the_same_are_named(self):
        found = match_headings(["Number", "Cadence", "Invoice"])
        self.assertEqual((found.problem, found.twice), ("twice", (0, 2)))

    @given(st.permutations([*HEADINGS.values(), "Remark", ""]))
    def test_the_order_does_not_matter(self, cells):
        found = match_headings(cells)
        self.assertEqual({key: cells[place] for key, place in found.columns.items()}, HEADINGS)
        self.assertEqual([cells[place] for place in found.unused], ["Remark"])


class TestReadWish(unittest.TestCase):
    def refused(self, **cells):
        with self.assertRaises(RowProblem) as caught:
            read_wish({"number": "INV/1", **cells})
        return caught.exception.code

    def test_blank_leaves_as_is(self):
        self.assertEqual(read_wish({"number": "INV/1", "cadence": "", "contacts": ""}), Wish("INV/1"))

    def test_none_clears(self):
        wish = read_wish({"number": "INV/1", "cadence": "NONE", "contacts": "None"})
        self.assertEqual(wish, Wish("INV/1", cadence="", contacts=""))
        self.assertEqual(read_wish({"number": "INV/1", "disabled": "none"}), Wish("INV/1", disabled=False))

    def test_no_cadence_and_chasing_not_disabled_contradict_each_other(self):
        for text in ("no", "0", "none"):
            self.assertEqual(self.refused(cadence="none", disabled=text), "contradiction")
        self.assertEqual(read_wish({"number": "INV/1", "cadence": "none", "disabled": "x"}).disabled, True)

    def test_yes_and_no_in_the_languages_installed(self):
        words = Words(yes=Words().yes | {"oui"}, no=Words().no | {"non"}, none=frozenset({"none", "aucune"}))
        for text, meant in {
            "1": True,
            "TRUE": True,
            "x": True,
            "Oui": True,
            "0": False,
            "non": False,
            "False": False,
            "aucune": False,
            "": None,
        }.items():
            self.assertEqual(read_wish({"number": "INV/1", "disabled": text}, words).disabled, meant, text)
        self.assertEqual(read_wish({"number": "INV/1", "cadence": "Aucune"}, words).cadence, "")

    def test_what_is_neither_yes_nor_no_is_refused(self):
        self.assertEqual(self.refused(disabled="perhaps"), "no_flag")

    def test_a_number_is_needed(self):
        self.assertEqual(self.refused(number="", cadence="Standard"), "no_invoice")

    def test_cells_without_text_are_refused_for_what_they_are(self):
        for code in ("date", "formula", "error"):
            self.assertEqual(self.refused(cadence=Flaw(code, "x")), code)

    def test_what_shows_a_formula_or_its_failure_is_refused_as_such(self):
        """So that a row of the file of errors is an error again, whatever column it stands in."""
        for key in HEADINGS:
            self.assertEqual(self.refused(**{key: '="none"'}), "formula")
            for text in ("#N/A", "#DIV/0!", "#NAME?", "#NUM!", "Err:502"):
                self.assertEqual(self.refused(**{key: text}), "error", text)
        self.assertEqual(read_wish({"number": "#1001", "cadence": "#1 Firm!"}).cadence, "#1 Firm!")

    def test_a_cell_of_more_than_a_few_thousand_characters_is_refused(self):
        self.assertEqual(read_wish({"number": "INV/1", "cadence": "x" * MAX_CELL}).cadence, "x" * MAX_CELL)
        for key in HEADINGS:
            self.assertEqual(self.refused(**{key: "x" * (MAX_CELL + 1)}), "too_long", key)

    def test_what_is_kept_of_a_refused_cell_is_refused_again(self):
        long = shown("ann@example.com," * 2**20)
        self.assertEqual(self.refused(contacts=long), "too_long")
        self.assertEqual((len(long), long[-1]), (MAX_CELL + 1, "…"))
        self.assertEqual(shown(Flaw("date", "2026-03-02")), "2026-03-02")
        self.assertEqual(shown("x" * MAX_CELL), "x" * MAX_CELL)

    def test_addresses_are_cleaned_and_checked(self):
        """R61."""
        wish = read_wish({"number": "INV/1", "contacts": "Ann@Example.com, ann@example.com ;\nBob <bob@example.com>"})
        self.assertEqual(wish.contacts, 'ann@example.com\n"Bob" <bob@example.com>')
        self.assertEqual(self.refused(contacts="ann@example.com; bob@"), "invalid_address")
        self.assertEqual(self.refused(contacts=" ; "), "no_address")
        many = [f"a{number}@example.com" for number in range(51)]
        self.assertEqual(self.refused(contacts=", ".join(many)), "too_many_addresses")
        self.assertEqual(len(read_wish({"number": "1", "contacts": ", ".join(many[1:])}).contacts.split()), 50)


class TestChoosing(unittest.TestCase):
    def refused(self, choose, *arguments):
        with self.assertRaises(RowProblem) as caught:
            choose(*arguments)
        return caught.exception.code

    def test_the_invoice_of_the_company(self):
        self.assertEqual(choose_invoice("INV/1", [(7, "Firm"), (8, "Other")], "Firm"), 7)

    def test_no_invoice_or_several_or_one_of_another_company(self):
        self.assertEqual(self.refused(choose_invoice, "INV/1", [], "Firm"), "unknown_invoice")
        self.assertEqual(self.refused(choose_invoice, "INV/1", [(7, "Firm"), (8, "Firm")], "Firm"), "ambiguous_invoice")
        self.assertEqual(self.refused(choose_invoice, "INV/1", [(7, "Other")], "Firm"), "other_company")

    def test_the_nearest_cadence(self):
        named = [(key, "Standard", distance) for key, distance in ((1, 2), (2, 0), (3, 1))]
        self.assertEqual(choose_cadence("Standard", iter(named)), 2)
        self.assertEqual(self.refused(choose_cadence, "Standard", []), "unknown_cadence")
        twice = [(1, "Standard", 0), (2, "STANDARD", 0)]
        self.assertEqual(self.refused(choose_cadence, "Standard", twice), "ambiguous_cadence")

    def test_a_name_as_it_is_written_before_one_that_is_alike(self):
        firm = [(1, "Firm!", 0), (2, " firm", 1), (3, "Firm+", 0), (4, "Été", 0), (5, "++", 0)]
        self.assertEqual(choose_cadence("FIRM", firm), 2)
        self.assertEqual(choose_cadence("firm+", firm), 3)
        self.assertEqual(choose_cadence("ete", firm), 4)
        self.assertEqual(self.refused(choose_cadence, "f-irm", [firm[0], firm[2]]), "ambiguous_cadence")
        self.assertEqual(self.refused(choose_cadence, "!", firm), "unknown_cadence")

    def test_the_company_of_a_name(self):
        companies = [(1, "A-B"), (2, "AB"), (3, "Firm")]
        found = [choose_company(name, companies) for name in ("a-b", "ab", "FIRM.")]
        self.assertEqual(found, [1, 2, 3])
        self.assertEqual(self.refused(choose_company, "A B", companies), "ambiguous_company")
        self.assertEqual(self.refused(choose_company, "Nobody", companies), "unknown_company")


class TestJudge(unittest.TestCase):
    def acts(self, standing, key=None, overwrite=False, **wish):
        return judge(Wish("INV/1", **wish), key, standing, overwrite).acts

    def refused(self, *arguments, **wish):
        with self.assertRaises(RowProblem) as caught:
            self.acts(*arguments, **wish)
        return caught.exception.code

    def test_a_cadence_for_an_invoice_that_has_none(self):
        self.assertEqual(self.acts(Standing(), 4, cadence="Standard"), (("assign", 4),))

    def test_the_cadence_it_has_changes_nothing(self):
        self.assertEqual(judge(Wish("INV/1", cadence="Standard"), 4, replace(CHASED, part_sent=True)), Verdict())

    def test_another_cadence_replaces_what_is_untouched(self):
        self.assertEqual(self.acts(CHASED, 5, cadence="Firm"), (("assign", 5),))

    def test_what_was_edited_or_partly_sent_is_replaced_with_overwrite_only(self):
        for values in ({"customised": True}, {"part_sent": True}):
            standing = replace(CHASED, **values)
            self.assertEqual(self.refused(standing, 5, cadence="Firm"), next(iter(values)))
            self.assertEqual(self.acts(standing, 5, True, cadence="Firm"), (("assign", 5),))

    def test_with_overwrite_what_was_edited_gets_its_cadence_as_it_is(self):
        edited = replace(CHASED, customised=True)
        self.assertEqual(self.acts(edited, 4, cadence="Standard"), ())
        self.assertEqual(self.acts(edited, 4, True, cadence="Standard"), (("assign", 4),))

    def test_naming_what_nobody_chose_chooses_it_and_keeps_the_plan(self):
        """R50: by a default or a rule it would not outlast the next rule."""
        for values in ({}, {"part_sent": True}, {"customised": True}, {"lifecycle": "disabled"}, {"draft": True}):
            given = replace(CHASED, by_hand=False, **values)
            self.assertEqual(self.acts(given, 4, cadence="Standard"), (("choose", None),))
        given = replace(CHASED, by_hand=False)
        self.assertEqual(self.acts(given, 4, cadence="Standard", disabled=True), (("choose", None), ("disable", None)))

    def test_none_too_replaces_what_was_edited_or_partly_sent_with_overwrite_only(self):
        for values in ({"customised": True}, {"part_sent": True}):
            standing = replace(CHASED, **values)
            self.assertEqual(self.refused(standing, cadence=""), next(iter(values)))
            self.assertEqual(self.acts(standing, None, True, cadence=""), (("clear", None),))
            cleared = replace(standing, lifecycle="disabled", cadence=None)
            self.assertEqual(self.acts(cleared, cadence=""), ())
            self.assertEqual(self.refused(cleared, 4, cadence="Standard"), next(iter(values)))

    def test_a_cadence_restarts_what_was_cancelled(self):
        cancelled = replace(CHASED, lifecycle="cancelled")
        self.assertEqual(self.acts(cancelled, 4, cadence="Standard", disabled=False), (("assign", 4),))
        self.assertEqual(self.refused(cancelled, disabled=False), "cancelled")

    def test_none_ends_chasing_once(self):
        self.assertEqual(self.acts(CHASED, cadence="", disabled=True), (("clear", None),))
        self.assertEqual(self.acts(replace(CHASED, lifecycle="disabled"), cadence=""), (("clear", None),))
        for over in (Standing(lifecycle="disabled"), replace(CHASED, lifecycle="cancelled")):
            self.assertEqual(self.acts(over, cadence=""), ())

    def test_none_where_nobody_chose_no_chasing_is_a_choice_of_its_own(self):
        """R50, R53: a rule or the default may give it a cadence later."""
        by_rule = Standing(lifecycle="cancelled")
        for wish in ({"cadence": ""}, {"disabled": True}):
            for standing in (Standing(), by_rule):
                self.assertEqual(self.acts(standing, **wish), (("choose_none", None),))
            self.assertEqual(self.acts(replace(by_rule, by_hand=True), **wish), ())

    def test_disabling_and_enabling(self):
        for lifecycle in ("running", "paused"):
            standing = replace(CHASED, lifecycle=lifecycle)
            self.assertEqual(self.acts(standing, disabled=True), (("disable", None),))
            self.assertEqual(self.acts(standing, disabled=False), ())
        disabled = replace(CHASED, lifecycle="disabled")
        self.assertEqual(self.acts(disabled, disabled=True), ())
        self.assertEqual(self.acts(disabled, disabled=False), (("enable", None),))
        self.assertEqual(self.refused(Standing(), disabled=False), "not_chased")

    def test_a_new_cadence_and_a_switch_together(self):
        both = self.acts(Standing(), 4, cadence="Standard", disabled=True)
        self.assertEqual(both, (("assign", 4), ("disable", None)))
        stopped = replace(CHASED, lifecycle="disabled")
        self.assertEqual(self.acts(stopped, 5, cadence="Firm", disabled=False), (("assign", 5), ("enable", None)))
        self.assertEqual(self.acts(stopped, 5, cadence="Firm", disabled=True), (("assign", 5),))

    def test_contacts(self):
        """R61."""
        own = replace(CHASED, own_emails="ann@example.com")
        self.assertEqual(self.acts(own, contacts="ann@example.com"), ())
        self.assertEqual(self.acts(own, contacts="bob@example.com"), (("contacts", "bob@example.com"),))
        self.assertEqual(self.acts(own, contacts=""), (("customer_contacts", None),))
        self.assertEqual(self.acts(CHASED, contacts=""), ())
        self.assertEqual(self.acts(Standing(), contacts=""), ())
        self.assertEqual(self.refused(Standing(), contacts="ann@example.com"), "not_chased")
        self.assertEqual(
            self.acts(Standing(), 4, cadence="Standard", contacts="a@b.example"),
            (("assign", 4), ("contacts", "a@b.example")),
        )

    def test_a_draft_takes_a_cadence_and_nothing_else(self):
        """R31."""
        draft = Standing(draft=True)
        self.assertEqual(self.acts(draft, 4, cadence="Standard", disabled=False), (("assign", 4),))
        self.assertEqual(self.refused(draft, cadence=""), "draft")
        self.assertEqual(self.refused(draft, disabled=True), "draft")
        self.assertEqual(self.refused(replace(draft, lifecycle="disabled"), disabled=False), "draft")
        self.assertEqual(self.acts(replace(draft, lifecycle="disabled"), disabled=True), ())

    def test_what_is_closed_or_excluded_is_refused_whatever_is_wanted(self):
        for standing, code in (
            (Standing(closed=True), "closed"),
            (Standing(excluded=True), "customer_excluded"),
            (Standing(lifecycle="collections"), "ended"),
        ):
            self.assertEqual(self.refused(standing, 4, cadence="Standard"), code)

    def test_doing_it_again_changes_nothing(self):
        """R53: whatever a row did, the same row then finds all as it wants it."""
        given = replace(CHASED, cadence=5, by_hand=False, part_sent=True)
        for standing in (Standing(), CHASED, given, replace(CHASED, lifecycle="disabled", customised=True)):
            for wish in (
                Wish("INV/1", cadence="Firm", disabled=True, contacts="a@b.example"),
                Wish("INV/1", cadence="Firm", disabled=False, contacts=""),
                Wish("INV/1", cadence="", disabled=True),
                Wish("INV/1", disabled=True),
            ):
                acts = judge(wish, 5, standing, overwrite=True).acts
                after = self.after(standing, acts)
                self.assertEqual(judge(wish, 5, after).word, "unchanged", (standing, wish))

    def after(self, standing, acts):
        for word, value in acts:
            if word == "assign":
                lifecycle = "disabled" if standing.lifecycle == "disabled" else "running"
                standing = replace(standing, cadence=value, by_hand=True, customised=False, lifecycle=lifecycle)
            elif word == "choose":
                standing = replace(standing, by_hand=True)
            elif word == "choose_none":
                standing = replace(standing, lifecycle="cancelled", by_hand=True)
            elif word in ("contacts", "customer_contacts"):
                standing = replace(standing, own_emails=value)
            elif word == "clear":
                standing = replace(standing, cadence=None, lifecycle="disabled")
            else:
                standing = replace(standing, lifecycle={"disable": "disabled", "enable": "running"}[word])
        return standing


class TestSentences(unittest.TestCase):
    def test_every_sentence_ends_and_every_problem_says_what_to_do(self):
        for sentence in (*FILE_PROBLEMS.values(), *ROW_PROBLEMS.values(), *ACTS.values()):
            self.assertRegex(sentence, r"(\.|%\(detail\)s)$")


if __name__ == "__main__":
    unittest.main()
