"""What a row of a spreadsheet of assignments does to its invoice (R53, R61)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace

from .import_cells import RowProblem, Wish, fold
from .states import GIVEN_UP, ONGOING
from .texts import _

ACTS = {
    "assign": _("Gets the cadence %(value)s."),
    "choose": _("Keeps its schedule; the cadence %(value)s is now set on this invoice."),
    "choose_none": _("Stays without chasing, now set on this invoice."),
    "clear": _("Chasing stops and the cadence is removed."),
    "disable": _("Chasing is disabled."),
    "enable": _("Chasing is enabled."),
    "contacts": _("E-mails are sent to %(value)s."),
    "customer_contacts": _("E-mails are sent to the customer's contacts."),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How an invoice stands.

    ``closed`` is true if nothing is due, ``lifecycle`` None without a schedule; ``cadence`` is whatever the caller
    knows it by, ``by_hand`` is true if a person chose it (R50); ``own_emails`` is None while the customer's contacts
    are used.
    """

    closed: bool = False
    draft: bool = False
    excluded: bool = False
    lifecycle: str | None = None
    cadence: Hashable = None
    by_hand: bool = False
    customised: bool = False
    part_sent: bool = False
    own_emails: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say what becomes of a row: ``ok`` with acts, each (key of ACTS, value), in their order, or ``unchanged``."""

    acts: tuple[tuple[str, Hashable], ...] = field(default=())

    @property
    def word(self) -> str:
        return "ok" if self.acts else "unchanged"


def choose_invoice(number: str, candidates: Iterable[tuple[Hashable, Hashable]], company: Hashable) -> Hashable:
    """Return the key of the one invoice of a company with that number (R53).

    :param candidates: (key, company) of the invoices with that number in all of the user's companies
    :raises RowProblem: for none and for several

    >>> choose_invoice("INV/1", [(7, "Firm"), (8, "Branch")], "Branch")
    8
    """
    candidates = list(candidates)
    own = [key for key, owner in candidates if owner == company]
    if len(own) > 1:
        raise RowProblem("ambiguous_invoice", number=number, count=len(own))
    if own:
        return own[0]
    if candidates:
        raise RowProblem("other_company", number=number, company=candidates[0][1])
    raise RowProblem("unknown_invoice", number=number)


def choose_cadence(name: str, candidates: Iterable[tuple[Hashable, str, int]]) -> Hashable:
    """Return the key of the cadence of that name of the invoice's company or its nearest ancestor (R53).

    :param candidates: (key, name, how far above the invoice's company)
    :raises RowProblem: for none, and for several equally near

    >>> choose_cadence("Standard", [(3, "Standard", 1), (4, "STANDARD", 0), (5, "Standard!", 0)])
    4
    """
    matches = _called(name, candidates)
    nearest = min((distance for _key, _name, distance in matches), default=None)
    keys = [key for key, _name, distance in matches if distance == nearest]
    return _only(keys, "cadence", name)


def choose_company(name: str, candidates: Iterable[tuple[Hashable, str]]) -> Hashable:
    """Return the key of the company of that name (R53).

    :param candidates: (key, name)
    :raises RowProblem: for none and for several

    >>> choose_company("a-b", [(1, "AB"), (2, "A-B")])
    2
    """
    return _only([key for key, _name in _called(name, candidates)], "company", name)


def _called(name, candidates):
    """Return those of (key, name, …) called so but for case; of none, those that differ in accents and signs."""
    candidates = list(candidates)
    exact, folded = name.casefold(), fold(name)
    return [candidate for candidate in candidates if candidate[1].strip().casefold() == exact] or [
        candidate for candidate in candidates if folded and fold(candidate[1]) == folded
    ]


def _only(keys, word, name):
    if not keys:
        raise RowProblem(f"unknown_{word}", name=name)
    if len(keys) > 1:
        raise RowProblem(f"ambiguous_{word}", name=name, count=len(keys))
    return keys[0]


def judge(wish: Wish, cadence: Hashable, standing: Standing, overwrite: bool = False) -> Verdict:
    """Return what a row does to its invoice; nothing, if all is as it wants it (R53, R61).

    :param cadence: the key of the wanted cadence, None if the row names none
    :raises RowProblem: if something is in the way; nothing of the row is then done

    >>> wish = Wish("INV/1", cadence="Standard", disabled=True)
    >>> judge(wish, 4, Standing()).acts
    (('assign', 4), ('disable', None))
    >>> judge(wish, 4, Standing(lifecycle="disabled", cadence=4, by_hand=True)).word
    'unchanged'
    """
    _check_open(standing)
    acts = []
    if wish.cadence:
        acts += _assign(cadence, standing, overwrite)
        if acts:
            standing = replace(
                standing, lifecycle="disabled" if standing.lifecycle == "disabled" else "running", cadence=cadence
            )
    acts += _end(standing, overwrite) if wish.cadence == "" else _switch(wish.disabled, standing)
    if wish.contacts is not None:
        acts += _change_contacts(wish.contacts, standing)
    return Verdict(tuple(acts))


def _check_open(standing):
    if standing.excluded:
        raise RowProblem("customer_excluded")
    if standing.closed:
        raise RowProblem("closed")
    if standing.lifecycle in GIVEN_UP:
        raise RowProblem("ended")


def _assign(cadence, standing, overwrite):
    is_replaced = standing.customised and overwrite
    if standing.cadence == cadence and standing.lifecycle != "cancelled" and not is_replaced:
        # What a default or a rule gave would not outlast the next rule.
        return [] if standing.by_hand else [("choose", None)]
    _check_untouched(standing, overwrite)
    return [("assign", cadence)]


def _check_untouched(standing, overwrite):
    if standing.customised and not overwrite:
        raise RowProblem("customised")
    if standing.part_sent and not overwrite:
        raise RowProblem("part_sent")


def _end(standing, overwrite):
    if standing.draft:
        raise RowProblem("draft")
    if _may_be_chased_later(standing):
        return [("choose_none", None)]
    if standing.lifecycle == "cancelled" or (standing.lifecycle, standing.cadence) == ("disabled", None):
        return []
    _check_untouched(standing, overwrite)
    return [("clear", None)]


def _may_be_chased_later(standing):
    """Return whether it is not chased and nobody said so: a rule may give it a cadence (R51)."""
    ruled_out = (standing.lifecycle, standing.cadence, standing.by_hand) == ("cancelled", None, False)
    return standing.lifecycle is None or ruled_out


def _switch(disabled, standing):
    if disabled is None:
        return []
    if standing.draft and disabled != (standing.lifecycle == "disabled"):
        raise RowProblem("draft")
    if disabled and _may_be_chased_later(standing):
        return [("choose_none", None)]
    if disabled and standing.lifecycle in ONGOING:
        return [("disable", None)]
    if not disabled and standing.lifecycle is None:
        raise RowProblem("not_chased")
    if not disabled and standing.lifecycle == "cancelled":
        raise RowProblem("cancelled")
    return [("enable", None)] if not disabled and standing.lifecycle == "disabled" else []


def _change_contacts(contacts, standing):
    if standing.lifecycle is None:
        if not contacts:
            return []
        raise RowProblem("not_chased")
    if contacts == (standing.own_emails or ""):
        return []
    return [("contacts", contacts)] if contacts else [("customer_contacts", None)]
