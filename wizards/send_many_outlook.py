"""What becomes of one message about many invoices, before it leaves.

It asks those who will send it, and writes nothing.
"""

from collections import Counter, defaultdict
from functools import cached_property

from odoo.tools import format_list

from ..models.common import clock, formats
from ..models.common.wording import counted, invoices_text, reason_text
from ..models.engine import moments
from ..models.engine.customer_zone import COMPANY
from .bulk_outcomes import Outcomes
from .chasing_changes import Change, ChangeList

# So many reasons are told on top, each with so many customers by name; the list has all of them.
REASONS_TOLD = 3
CUSTOMERS_NAMED = 3


class Outlook:
    """Look at the messages of a `chasing.send.many` dialog about invoices."""

    def __init__(self, dialog, moves):
        self.dialog, self.env, self.moves = dialog, dialog.env, moves
        self.now, self.is_later = clock.now(dialog.env), dialog.when == "later"
        self.hand = self.env["chasing.hand"]
        self.is_placed = dialog._is_placed()
        run = self._run()
        self.refused = run._blocked_messages(moves) if self.is_placed else {}
        possible = moves.browse(move.id for move in moves if move not in self.refused)
        self.places = run._places(possible) if self.is_later and self.is_placed else {}
        drafts = self.hand._drafts(possible, dialog._words())
        self.steps = {move.sudo(False): step for move, step in drafts.items()}
        self.reached, unreached = self.hand._reach(self.steps, self.instants(), not self.is_later)
        self.refused |= unreached
        self.going = moves.browse(move.id for move in possible if move not in self.refused)

    def _run(self):
        """Return the act as it would be, saved nowhere."""
        act = "schedule_message" if self.is_later else "send_message"
        values = {"words": {}, "place": self.dialog._place_values()}
        return self.env["chasing.bulk.run"].new({"about": "account.move", "act": act, "values": values})

    def instants(self):
        """Return {invoice: the UTC instant at which its message goes}."""
        if not self.places:
            return dict.fromkeys(self.steps, self.now)
        return {
            move: max(moments.instant(day, hour, zone or clock.zone(move.company_id.sudo())), self.now)
            for move, (day, hour, zone) in self.places.items()
        }

    # ------------------------------------------------------------------ what is said

    def act(self):
        """Return the word of the button."""
        kind = "confirm" if any(move.state == "draft" for move in self.going) else "send"
        return f"{kind}_later" if self.is_later else kind

    def texts(self):
        """Yield how many leave by which channel, about how much money, and how long that takes."""
        if not self.going:
            yield self.env._("No message can be sent.")
            return
        amount = self.dialog._outstanding_by_currency(self.going)
        yield self.env._(
            "%(invoices)s, %(amount)s outstanding.", invoices=invoices_text(self.env, len(self.going)), amount=amount
        )
        counts = sum((self.reached[move] for move in self.going), Counter())
        messages = self.env["chasing.channel"]._counts_text(counts)
        if self.is_later:
            yield self.env._("To be scheduled: %(messages)s.", messages=messages)
        else:
            yield self.env._("To be sent now: %(messages)s.", messages=messages)
            steps = self.env["chasing.step"].sudo().union(*(self.steps[move] for move in self.going))
            yield from self.env["chasing.pace"]._texts(steps, self.now)

    def warnings(self):
        """Yield what a person should know first, one sentence each: what cannot go before all."""
        yield from self._refused_texts()
        one = self.env._("1 invoice is held: its message leaves only if that has ended by then.")
        many = self.env._("%(count)s invoices are held: their messages leave only if that has ended by then.")
        yield from self._counted(len(self.held), one, many)
        drafts = self.going.filtered(lambda move: move.state == "draft")
        one, many = self.env._("1 draft is confirmed first."), self.env._("%(count)s drafts are confirmed first.")
        yield from self._counted(len(drafts), one, many)
        copies = sum(self.steps[move].is_copy for move in self.going)
        one = self.env._("Nothing is due of 1 invoice: the customer gets a copy.")
        many = self.env._("Nothing is due of %(count)s invoices: the customers get copies.")
        yield from self._counted(copies, one, many)
        one = self.env._("1 of these invoices was already contacted today.")
        many = self.env._("%(count)s of these invoices were already contacted today.")
        yield from self._counted(self._count_contacted(), one, many)
        one = self.env._("The time zone of 1 customer is unknown: the company's is used.")
        many = self.env._("The time zone of %(count)s customers is unknown: the company's is used.")
        yield from self._counted(len(self.without_zone.commercial_partner_id), one, many)

    def _refused_texts(self):
        """Yield how many invoices of whom cannot be sent and why; of many reasons those of the most invoices."""
        by_reason = defaultdict(list)
        for move, reason in self.refused.items():
            by_reason[reason].append(move.id)
        told = sorted(by_reason.items(), key=lambda item: -len(item[1]))
        one = self.env._("1 invoice of %(customers)s cannot be sent: %(reason)s")
        many = self.env._("%(count)s invoices of %(customers)s cannot be sent: %(reason)s")
        for reason, ids in told[:REASONS_TOLD]:
            customers = self._customers_text(self.moves.browse(ids))
            yield counted(self.env, len(ids), one, many, customers=customers, reason=reason)
        left = sum(len(ids) for _reason, ids in told[REASONS_TOLD:])
        one = self.env._("1 more invoice cannot be sent.")
        yield from self._counted(left, one, self.env._("%(count)s more invoices cannot be sent."))

    def _customers_text(self, moves):
        """Return the names of the customers of these invoices, of many the first ones and how many more there are."""
        customers = moves.sudo().commercial_partner_id
        names = [customer.name or self.env._("nobody") for customer in customers[:CUSTOMERS_NAMED]]
        if more := len(customers) - len(names):
            names.append(self.env._("%(count)s more", count=formats.number(self.env, more)))
        return format_list(self.env, names or [self.env._("nobody")])

    def _counted(self, count, one, many):
        return [counted(self.env, count, one, many)] if count else []

    def _count_contacted(self):
        schedules = self.going.sudo().chasing_schedule_ids
        return sum(bool(history.used_today) for history in schedules._contact_histories(self.now).values())

    @cached_property
    def without_zone(self):
        """The invoices whose message goes on the company's clocks, for nobody knows the customer's (R102)."""
        if not (self.is_later and self.dialog.zone == "customer"):
            return self.moves.browse()
        zones = self.hand._customers_zones(self.going)
        return self.going.filtered(lambda move: zones[move][1] == COMPANY)

    @cached_property
    def held(self):
        """{invoice: the Hold that keeps its message for later from leaving as long as it lasts}."""
        return self.hand._held_then(self.going, self.instants()) if self.is_later else {}

    # ------------------------------------------------------------------ invoice by invoice

    def change_lists(self):
        """Return which invoices do not get a message and why, and which get one and when.

        Of these stand apart those that are held, and those that take the company's time zone.
        """
        kept = self.moves.browse(move.id for move in self.moves if move in self.refused)
        return [
            ChangeList(self.env._("Cannot be sent"), kept, self._explained),
            ChangeList(self.env._("Held"), self.moves.browse(move.id for move in self.held), self._described),
            ChangeList(self.env._("Time zone unknown"), self.without_zone, self._described),
            ChangeList(self.env._("Will be sent"), self.going, self._described),
        ]

    def _described(self, moves):
        instants = self.instants()
        changes = {}
        for move in moves:
            own = move.sudo(False)
            notes = [self.env["chasing.channel"]._counts_text(self.reached[own]), *self._hold_texts(own)]
            changes[move.id] = Change(self._standing(move), self._when(own, instants), " · ".join(notes))
        return changes

    def _hold_texts(self, move):
        hold = self.held.get(move)
        return [reason_text(self.env, hold.code, hold.values)] if hold else []

    def _when(self, move, instants):
        if not self.is_later:
            return self.env._("Sent now")
        if move not in self.places:
            return ""
        zone = self.places[move][2] or clock.zone(move.company_id.sudo())
        return formats.instant(self.env, instants[move], zone, self.now)

    def _standing(self, move):
        schedule = move.chasing_schedule_ids[:1]
        if move.state == "draft":
            return self.env._("Draft")
        return Outcomes(self.dialog).standing(schedule) if schedule else self.env._("Not chased")

    def _explained(self, moves):
        return {move.id: Change(self._standing(move), note=self.refused[move.sudo(False)]) for move in moves}
