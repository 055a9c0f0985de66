"""A spreadsheet of assignments: which column is which, and what a row wants (R53)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .address_list import MAX_RECIPIENTS, is_email, parse_address_list, write_address
from .texts import _

HEADINGS = {
    "number": _("Invoice Number"),
    "cadence": _("Cadence"),
    "disabled": _("Chasing Disabled"),
    "contacts": _("E-mail Contacts"),
    "company": _("Company"),
}
# What people write instead.
_SYNONYMS = {
    "number": {"invoice", "number", "invoice no", "invoice nr", "invoice #", "invoice id", "document number"},
    "cadence": {"chasing cadence", "schedule", "chasing schedule"},
    "disabled": {"disabled", "disable chasing", "chasing off", "no chasing"},
    "contacts": {"e-mail", "emails", "contacts", "e-mail addresses", "email contact", "recipients"},
    "company": {"company name"},
}
# A cell may hold so many characters: a hundred addresses and more.
MAX_CELL = 5000
# How a formula that gave no value looks where only text is kept: in a csv, and in the file of the errors.
_NO_VALUE = (("formula", re.compile("=")), ("error", re.compile(r"(#N/A|#[A-Z]+(/0)?[!?]|Err:\d+)$")))
YES, NO, NONE = _("yes"), _("no"), _("none")
_YES_WORDS = frozenset({"1", "x", "y", "yes", "true", "on"})
_NO_WORDS = frozenset({"0", "n", "no", "false", "off", "none"})

FILE_PROBLEMS = {
    "no_file": _("There is no file yet. Choose a spreadsheet."),
    "empty": _("The file is empty. Choose a spreadsheet with a row of headings and a row for each invoice."),
    "too_large": _("The file is larger than %(limit)s MB. Split it into several."),
    "too_large_unpacked": _("Uncompressed, the file is larger than %(limit)s MB. Copy its cells into a new file."),
    "too_many_rows": _("The file has more than %(limit)s rows. Split it into several."),
    "too_many_columns": _("The file has more than %(limit)s columns. Remove the unused ones."),
    "unknown_kind": _("This file cannot be read as a spreadsheet. Save it as xlsx, xls, ods or csv."),
    "wrong_extension": _("%(name)s contains %(kind)s data. Change its extension or save it again."),
    "web_page": _("This is a web page with another name. Open it in a spreadsheet program and save it as xlsx."),
    "password": _("The file is locked with a password. Save it without one."),
    "damaged": _("The file is damaged. Open it in a spreadsheet program and save it again."),
    "merged": _("The cells %(cells)s are merged. Unmerge them."),
    "encoding": _("The encoding of this file could not be detected. Save it as CSV in UTF-8 or as xlsx."),
    "quotes": _("From row %(row)s on the quotation marks do not match. Correct them, or save the file as xlsx."),
    "all_hidden": _("All sheets of the file are hidden. Show the one that is to be imported."),
    "no_number": _("There is no column %(heading)s. The first row must contain the headings shown in the template."),
    "nothing_else": _("No column says what to change. Use the headings of the template."),
    "twice": _("Two columns have the same meaning: %(columns)s. Keep one of them."),
    "no_rows": _("The file has headings but no rows."),
}
ROW_PROBLEMS = {
    "no_invoice": _("The row has no invoice number. Enter it or delete the row."),
    "date": _("%(heading)s contains a date. Format the cell as text and enter it again."),
    "formula": _("%(heading)s contains a formula without a result. Open and save the file, or enter the value."),
    "error": _("%(heading)s contains a formula error. Correct it or enter the value."),
    "too_long": _("%(heading)s has more than %(limit)s characters. Shorten it."),
    "no_flag": _("Chasing Disabled is “%(value)s”. Enter yes or no."),
    "no_address": _(
        "E-mail Contacts has no address. Enter one, enter none for the customer's contacts, or leave it blank."
    ),
    "too_many_addresses": _("E-mail Contacts has more than %(limit)s addresses. Shorten the list."),
    "invalid_address": _("“%(address)s” is not an e-mail address. Correct it."),
    "contradiction": _("Without a cadence there is no chasing. Enter one or leave Chasing Disabled blank."),
    "repeated": _("Row %(row)s is about the same invoice. Keep one of them."),
    "unknown_company": _("You have no company called %(name)s."),
    "ambiguous_company": _("%(count)s companies match %(name)s. Enter the name exactly as in Odoo."),
    "unknown_invoice": _("There is no customer invoice %(number)s."),
    "other_company": _("Invoice %(number)s belongs to %(company)s. Enter it in a column Company."),
    "ambiguous_invoice": _("%(count)s invoices have the number %(number)s. Choose the cadence on the right one."),
    "unknown_cadence": _("There is no cadence %(name)s. Correct the name or create it under Configuration."),
    "ambiguous_cadence": _("%(count)s cadences are called %(name)s. Rename all but one."),
    "customer_excluded": _("The customer is excluded from chasing."),
    "closed": _("The invoice is closed. There is nothing to chase."),
    "ended": _("Chasing of this invoice has ended."),
    "draft": _("The invoice is a draft. Confirm it first or assign a cadence."),
    "customised": _("The schedule was edited on the invoice. Tick Overwrite to replace it."),
    "part_sent": _("Messages of the schedule were sent. Tick Overwrite to replace the remaining steps."),
    "cancelled": _(
        "Chasing of this invoice was cancelled, or no chasing was chosen. Enter a cadence to start it again."
    ),
    "not_chased": _("The invoice is not chased. Enter a cadence too."),
    "not_allowed": _("%(user)s may no longer import assignments. Ask someone who may to import this row."),
    "stopped": _("The import stopped because of an error, see the server log. Import this row again."),
    "failed": _("This could not be done: %(detail)s"),
}


class RowProblem(Exception):
    """Say why a row is refused: a code of ROW_PROBLEMS and what its sentence's placeholders stand for."""

    def __init__(self, code, **values):
        super().__init__(code, values)
        self.code, self.values = code, values


@dataclass(frozen=True, slots=True)
class Headings:
    """Which column is which.

    ``columns`` is {key of HEADINGS: place from 0}, ``unused`` the places of the others; ``problem`` is a code of
    FILE_PROBLEMS, with ``twice`` the places of two columns that say the same.
    """

    columns: Mapping[str, int]
    unused: tuple[int, ...] = ()
    problem: str | None = None
    twice: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """The folded words for yes, no and none in the languages that are installed."""

    yes: frozenset = _YES_WORDS
    no: frozenset = _NO_WORDS
    none: frozenset = frozenset({"none"})


@dataclass(frozen=True, slots=True)
class Wish:
    """Say what a row wants of an invoice.

    ``cadence`` is a name; ``contacts`` an address list, one a line; ``disabled`` yes or no: None leaves each as it is,
    an empty text clears it.
    """

    number: str
    company: str = ""
    cadence: str | None = None
    disabled: bool | None = None
    contacts: str | None = None


def fold(text: str) -> str:
    """Return a heading or a word without what people write differently: case, accents, blanks and signs (R53).

    >>> fold("E-mail  Contacts"), fold("Numéro de facture")
    ('emailcontacts', 'numerodefacture')
    """
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if sign.isalnum())


def match_headings(cells: Sequence[str], translations: Mapping[str, Iterable[str]] | None = None) -> Headings:
    """Return which of the first row's cells head which column, in any order (R53).

    :param translations: the headings in other languages

    >>> match_headings(["Remark", "cadence", "INVOICE NO."])
    Headings(columns={'cadence': 1, 'number': 2}, unused=(0,), problem=None, twice=())
    >>> match_headings(["Cadence", "Email"]).problem
    'no_number'
    """
    known = {
        fold(name): key
        for key, heading in HEADINGS.items()
        for name in (heading, *_SYNONYMS[key], *(translations or {}).get(key, ()))
    }
    columns, unused = {}, []
    for place, cell in enumerate(cells):
        key = known.get(fold(cell)) if isinstance(cell, str) else None
        if key in columns:
            return Headings(columns, problem="twice", twice=(columns[key], place))
        if key:
            columns[key] = place
        elif cell:
            unused.append(place)
    problem = None if "number" in columns else "no_number"
    if not problem and not columns.keys() & {"cadence", "disabled", "contacts"}:
        problem = "nothing_else"
    return Headings(columns, tuple(unused), problem)


def read_wish(cells: Mapping[str, str], words: Words | None = None) -> Wish:
    """Return what a row wants (R53): a blank cell leaves as is, `none` clears.

    :param cells: {key of HEADINGS: text}, or for a cell that holds no text an object with a `code` and what is `shown`
    :param words: None: English
    :raises RowProblem: for a cell that cannot be understood

    >>> read_wish({"number": "INV/1", "cadence": "None", "disabled": "X", "contacts": "Ann@Example.com; bob@x.example"})
    Wish(number='INV/1', company='', cadence='', disabled=True, contacts='ann@example.com\\nbob@x.example')
    """
    check_cells(cells)
    if not cells.get("number"):
        raise RowProblem("no_invoice")
    words = words or Words()
    cadence = cells.get("cadence") or None
    wish = Wish(
        number=cells["number"],
        company=cells.get("company", ""),
        cadence="" if cadence and fold(cadence) in words.none else cadence,
        disabled=_flag(cells.get("disabled", ""), words),
        contacts=_contacts(cells.get("contacts", ""), words),
    )
    if wish.cadence == "" and wish.disabled is False:
        raise RowProblem("contradiction")
    return wish


def check_cells(cells: Mapping[str, str]) -> None:
    """Refuse cells that hold no text that can be judged (R53).

    :param cells: as `read_wish` takes them
    :raises RowProblem: for the first that does not

    >>> check_cells({"number": "INV/1", "cadence": "#N/A"})
    Traceback (most recent call last):
    engine.import_cells.RowProblem: ('error', {'heading': 'cadence'})
    """
    for key, cell in cells.items():
        if not isinstance(cell, str):
            raise RowProblem(cell.code, heading=key)
        if len(cell) > MAX_CELL:
            raise RowProblem("too_long", heading=key, limit=MAX_CELL)
        for code, pattern in _NO_VALUE:
            if pattern.match(cell):
                raise RowProblem(code, heading=key)


def shown(cell: str) -> str:
    """Return what is kept of a cell for people to see (R53).

    It is as much as can be judged, and more if it was more, so that it is refused again.

    :param cell: as `read_wish` takes them

    >>> shown("INV/1"), len(shown("x" * 9999))
    ('INV/1', 5001)
    """
    text = cell if isinstance(cell, str) else cell.shown
    return text if len(text) <= MAX_CELL else text[:MAX_CELL] + "…"


def _flag(text, words):
    word = fold(text)
    if not text or word in words.yes:
        return bool(text) or None
    if word in words.no or word in words.none:
        return False
    raise RowProblem("no_flag", value=text)


def _contacts(text, words):
    if not text:
        return None
    if fold(text) in words.none:
        return ""
    entries = parse_address_list(text)
    if not entries:
        raise RowProblem("no_address")
    for _name, address in entries:
        if not is_email(address):
            raise RowProblem("invalid_address", address=address)
    if len(entries) > MAX_RECIPIENTS:
        raise RowProblem("too_many_addresses", limit=MAX_RECIPIENTS)
    return "\n".join(write_address(name, address) for name, address in entries)
