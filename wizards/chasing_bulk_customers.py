from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.common import formats, user_input
from ..models.common.access import check_collector
from ..models.common.wording import counted, invoices_text, selection_labels
from .bulk_outcomes import Outcomes
from .chasing_changes import Change, ChangeList

ACTS = [
    ("pause_customer", "Pause"),
    ("resume_customer", "Resume"),
    ("exclude_customer", "Exclude from chasing"),
    ("include_customer", "Include in chasing again"),
    ("cadence_customer", "Choose a cadence"),
]
# This act -> lets go what is held for this reason.
LETTING_GO = {"resume_customer": "customer_paused", "include_customer": "customer_excluded"}


class ChasingBulkCustomers(models.TransientModel):
    """Ask once before many customers are paused, excluded, chased again or given a cadence (R37, R50).

    The dialog says how many customers and open invoices it touches now, with their money, and which stay as they are.
    """

    _name = "chasing.bulk.customers"
    _inherit = ["chasing.reach.mixin", "chasing.bulk.mixin", "chasing.pause.mixin"]
    _description = "Act on Many Customers"
    _about = "res.partner"

    act = fields.Selection(ACTS, "What", required=True, default="pause_customer")
    cadence_id = fields.Many2one("chasing.cadence", domain="[('company_id', 'parent_of', company_id)]")
    follows = fields.Boolean(
        "Change invoices that are already chased, too",
        help="What a person chose or customised for an invoice stays. Sent messages stay in the history.",
    )
    running_count = fields.Integer(compute="_compute_preview")
    changes = fields.Json(compute="_compute_preview")

    @api.model
    def _ask_about(self, partners):
        """Return the action that opens the dialog for the customers of these contacts, or of all that a list shows."""
        partners = self._all_selected(partners)
        partners.check_access("read")
        return self._ask("pause_customer", partners, self.env._("Chasing of Customers"))

    # ------------------------------------------------------------------ whom it concerns

    def _customers(self):
        customers = self._records().commercial_partner_id
        customers.check_access("read")
        return customers

    def _compute_is_single(self):
        self.is_single = False

    def _split_possible(self):
        """Return (the customers that it changes in a company, {customer: why it changes nothing of them})."""
        customers, values = self._customers(), self._arguments()
        found = [
            customers.with_context(allowed_company_ids=company.ids)._chasing_blocked_reasons(self.act, **values)
            for company in self._reached()
        ]
        blocked = {
            customer: found[0][customer] for customer in customers if all(customer in reasons for reasons in found)
        }
        return customers.filtered(lambda customer: customer not in blocked), blocked

    # ------------------------------------------------------------------ what changes

    @api.depends("selected", "act", "reach", "cadence_id", "follows", "ends", "until")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_preview(self):
        """Say what it touches; that is looked up once for all that is said."""
        for dialog in self:
            possible, blocked = dialog._split_possible()
            schedules, left = dialog._concerned(possible), Counter(blocked.values())
            dialog.company_id = self.env.company
            dialog.possible_count = len(possible)
            dialog.running_count = len(schedules)
            dialog.preview = (
                "\n".join(filter(None, [dialog._touched_text(possible, schedules), *dialog._became_texts(schedules)]))
                if possible
                else dialog._impossible_text()
            )
            dialog.left_count = 0 if dialog._is_cadence_open(possible) else len(blocked)
            dialog.left_text = "\n".join(f"{count}: {reason}" for reason, count in left.items())
            dialog.changes = dialog._listed(dialog._lists_of(schedules))

    def _is_cadence_open(self, possible):
        """Return whether a cadence is still to be chosen: none of the customers has one that leaving it out takes."""
        return self.act == "cadence_customer" and not self.cadence_id and not possible

    def _impossible_text(self):
        if self._is_cadence_open(self.env["res.partner"]):
            return self.env._("Choose a cadence. Rules and the default cadence decide for these customers until then.")
        return self.env._("This is not available for any of them.")

    def _touched_text(self, customers, schedules):
        return self.env._(
            "%(customers)s: %(invoices)s being chased, %(amount)s outstanding.",
            customers=self._count_text(customers),
            invoices=invoices_text(self.env, len(schedules)),
            amount=self._outstanding_by_currency(schedules.move_id) or "0",
        )

    def _count_text(self, customers):
        return counted(self.env, len(customers), self.env._("1 customer"), self.env._("%(count)s customers"))

    def _became_texts(self, schedules):
        """Return what becomes of their invoices, and of the messages of these."""
        if self.act == "cadence_customer":
            return list(self._cadence_texts(schedules))
        if self.act in LETTING_GO:
            going = len(self._let_go(schedules))
            one, many = (
                self.env._("1 invoice continues with its next step."),
                self.env._("%(count)s invoices continue with their next step."),
            )
            return [counted(self.env, going, one, many)]
        return self._held_texts(schedules)

    def _let_go(self, schedules):
        return schedules.filtered(lambda schedule: schedule.hold_reason == LETTING_GO[self.act])

    def _cadence_texts(self, schedules):
        """Yield what new invoices get, and how many of those that are chased change or keep what they have."""
        if self.cadence_id:
            yield self.env._("New invoices get the cadence %(cadence)s.", cadence=self.cadence_id.name)
        else:
            yield self.env._("Rules and the default cadence decide about new invoices.")
        going, _kept = self._split_following(schedules)
        if going:
            one = self.env._("1 invoice gets the cadence now.")
            yield counted(self.env, len(going), one, self.env._("%(count)s invoices get the cadence now."))
        if left := len(schedules) - len(going):
            one = self.env._("1 running invoice keeps its cadence.")
            yield counted(self.env, left, one, self.env._("%(count)s running invoices keep their cadence."))

    def _split_following(self, schedules):
        """Return (the invoices of these that get the cadence now, {why: those that keep what they have})."""
        same = schedules.filtered(lambda schedule: schedule.cadence_id == self.cadence_id).move_id
        if not (self.follows and self.cadence_id):
            return same.browse(), {self.env._("for new invoices only"): schedules.move_id}
        going, kept = self.env["chasing.assignment"]._split_assignable(
            schedules.move_id - same, self.cadence_id, self.env["chasing.rule"], spares="chosen"
        )
        return going, {**kept, self.env._("they have it already"): same}

    def _change_lists(self):
        return self._lists_of(self._concerned(self._split_possible()[0]))

    def _lists_of(self, schedules):
        """Return what changes of what is chased and what stays, as ChangeLists."""
        if self.act in LETTING_GO:
            schedules = self._let_go(schedules)
        if self.act != "cadence_customer":
            return [ChangeList(self.env._("Will change"), schedules.move_id, self._describe)]
        going, kept = self._split_following(schedules)
        reasons = {move_id: why for why, moves in kept.items() for move_id in moves.ids}
        return [
            ChangeList(self.env._("Will change"), going, self._describe),
            ChangeList(
                self.env._("Unchanged"),
                schedules.move_id.browse(reasons),
                lambda moves: {move.id: Change(self._standing(move), note=reasons[move.id]) for move in moves},
            ),
        ]

    def _describe(self, moves, possible=None):
        """Return what becomes of each invoice, {move id: Change}."""
        after = self._after_text()
        return {move.id: Change(self._standing(move), after) for move in moves}

    def _standing(self, move):
        schedule = move.chasing_schedule_ids[:1]
        if self.act == "cadence_customer":
            return schedule.cadence_id._standing_text(schedule.chosen_none, schedule.is_customised)
        return Outcomes(self).standing(schedule)

    def _after_text(self):
        if self.act == "cadence_customer":
            return self.cadence_id.name
        if self.act == "exclude_customer":
            return self.env._("Paused: customer excluded")
        if self.act in LETTING_GO:
            return self.env._("Continues with the next step")
        if self.until:
            return self.env._("Paused until %(day)s", day=formats.day(self.env, self.until))
        return self.env._("Paused")

    # ------------------------------------------------------------------ doing it

    def _arguments(self):
        """Return the arguments of the act that decide of whom it changes something."""
        return {"cadence_id": self.cadence_id.id} if self.act == "cadence_customer" else {}

    def _values(self):
        if self.act != "pause_customer":
            return self._arguments()
        values = self._pause_values()
        user_input.parse_pause_end(self.env, self.until, self._reached())
        reason = selection_labels(self, "pause_reason").get(values["reason"], values["reason"])
        return {"until": values["until"], "reason": reason}

    def action_do(self):
        """Do it, in the background if they are many; what is chased already follows where that is asked for."""
        self.ensure_one()
        check_collector(self.env)
        self._refuse_second_click()
        self._check_selection(self._records(), self.selected)
        possible, blocked = self._split_possible()
        if not possible:
            reasons = "\n".join(dict.fromkeys(blocked.values()))
            raise UserError(self.env._("This is not available for any of them: %(reasons)s", reasons=reasons))
        if self.cadence_id and self.act == "cadence_customer":
            for company in self._reached() | self._reached()._chasing_branches():
                company._chasing_check_usable(self.cadence_id)
            self.cadence_id._check_active()
        following, _kept = self._split_following(self._concerned(possible))
        runs = self.env["chasing.bulk.run"]._start(self.act, self._values(), self._customers(), self._reached())
        if self.act == "cadence_customer":
            self._let_follow(runs, following)
        return runs._result_action(runs._done_text())

    def _let_follow(self, runs, moves):
        """Give invoices that are chased the cadence of their customers, as a part of what was done to these."""
        for run in runs:
            companies = run.company_id | run.company_id._chasing_branches()
            group = moves.filtered(lambda move, companies=companies: move.company_id in companies)
            if group:
                self.env["chasing.assignment"]._assign(
                    self.env._("%(cadence)s, for customers", cadence=self.cadence_id.name),
                    group,
                    self.cadence_id,
                    assigned_by="customer",
                    spares="chosen",
                    run_id=run.id,
                )
