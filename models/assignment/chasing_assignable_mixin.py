from odoo import api, models

from ..engine.states import ENDED, OPEN_STATUSES
from ..plan.account_move import FACT_FIELDS

SPARED = [
    ("chased", "Invoices already chased"),
    ("customised", "Customised schedules"),
    ("chosen", "Schedules that somebody chose or customised"),
]


class ChasingAssignableMixin(models.AbstractModel):
    """Tell which of many invoices get a cadence, and why the others keep what they have (R50, R51, R52, R99)."""

    _name = "chasing.assignable.mixin"
    _description = "Who Gets a Cadence"

    @api.model
    def _split_assignable(self, moves, cadence, rule, is_reapplied=False, single=False, spares=None):
        """Return (invoices that get a cadence, {why: invoices that keep what they have}), as things are now.

        Of several reasons the first counts.

        :param cadence: an empty one stops their chasing
        :param rule: the chasing.rule that gives it, empty: a person does
        :param is_reapplied: they have it, and get it as it is now
        :param single: a person looks at this one invoice only, and may take it back from collections (R41)
        :param spares: which of them keep what they have, a value of the field
        """
        everyone = moves.sudo()
        everyone.fetch(FACT_FIELDS)
        left = everyone.filtered(lambda move: move._chasing_is_chaseable() and not move._chasing_is_closed())
        kept = {self.env._("closed, or no customer invoices"): everyone - left}
        reasons = self._unchanged_standing(left, single) if cadence else self._unchanged_by_opting_out(left, rule)
        if rule:
            reasons |= self._unchanged_by_rule(left, cadence, rule)
        if is_reapplied:
            reasons |= self._unchanged_by_reapplying(left, cadence)
        reasons |= self._spared(left, spares)
        for why, unchanged in reasons.items():
            kept[why] = left & unchanged
            left -= unchanged
        going = set(left._ids)
        return (
            moves.browse(move_id for move_id in moves._ids if move_id in going),
            {why: unchanged for why, unchanged in kept.items() if unchanged},
        )

    def _unchanged_standing(self, moves, single):
        """Return {why: those whose standing allows no other cadence} (R99)."""
        schedules = moves.chasing_schedule_ids
        kept = {
            self.env._("stopped: enable it first"): schedules.filtered(lambda schedule: schedule._is_stopped()).move_id
        }
        if not single:
            collected = schedules.filtered(lambda schedule: schedule.lifecycle == "collections")
            kept[self.env._("in collections")] = collected.move_id
        return kept

    def _unchanged_by_opting_out(self, moves, rule):
        """Return {why: those on which *no chasing* changes nothing}.

        Of those that nobody ever chased a person says so for good; a rule is asked again (R50).
        """
        schedules = moves.chasing_schedule_ids._filter_decided()
        running = schedules._filter_running().move_id
        fresh = moves - schedules.move_id
        return {self.env._("not chased anyway"): moves - running - (fresh.browse() if rule else fresh)}

    def _unchanged_by_rule(self, moves, cadence, rule):
        """Return {why: those that a rule leaves alone}.

        What people and customers chose comes first (R50), and so do earlier rules.
        """
        schedules = moves.chasing_schedule_ids._filter_decided()
        by_hand = schedules.filtered(
            lambda schedule: schedule.assigned_by == "invoice" or schedule.is_customised or schedule.lifecycle in ENDED
        ).move_id
        choices, none = moves._chasing_choices(), moves.browse()
        mine = none.union(*(group for choice, group in choices.items() if choice.rule == rule))
        customers = none.union(*(group for choice, group in choices.items() if choice.assigned_by == "customer"))
        same = schedules.filtered(
            lambda schedule: schedule.cadence_id == cadence and schedule._chased_status() in OPEN_STATUSES
        ).move_id
        return {
            self.env._("chosen or customised by a person"): by_hand,
            self.env._("their customer has a cadence of its own"): customers,
            self.env._("an earlier rule matches"): moves - mine,
            self.env._("they have it already"): same,
        }

    def _spared(self, moves, spares):
        """Return {why: those that keep what they have because whoever asked wants it so}.

        :param spares: a value of the field
        """
        schedules = moves.chasing_schedule_ids._filter_decided()
        if spares == "chased":
            return {self.env._("already chased"): schedules._filter_running().move_id}
        if spares == "customised":
            return {self.env._("customised by a person"): schedules.filtered("is_customised").move_id}
        if spares == "chosen":
            by_hand = schedules.filtered(lambda schedule: schedule.assigned_by == "invoice" or schedule.is_customised)
            return {self.env._("chosen or customised by a person"): by_hand.move_id}
        return {}

    def _unchanged_by_reapplying(self, moves, cadence):
        """Return {why: those of the invoices with a cadence that do not get it again as it is now}."""
        having = moves.chasing_schedule_ids.filtered(
            lambda schedule: schedule.cadence_id == cadence and schedule._chased_status() in OPEN_STATUSES
        )
        own = having.filtered("is_customised").move_id
        return {
            self.env._("customised by a person"): own,
            self.env._("different cadence, or ended in the meantime"): moves - having.move_id,
        }
