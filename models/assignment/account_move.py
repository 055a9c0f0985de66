from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import split_every

from ..common.user_groups import READER_GROUPS
from ..engine.states import AS_IF_NEW, UNTRIED
from ..plan.account_move import FACT_FIELDS

# So many invoices are worked on at once: enough for one statement to pay, few enough to stay in memory.
BATCH_SIZE = 2000


class Choice(NamedTuple):
    """A cadence and what gave it: an empty cadence is *no chasing*; the rule is empty unless one decided."""

    cadence: object
    assigned_by: str
    rule: object


class AccountMove(models.Model):
    _inherit = "account.move"

    chasing_is_first = fields.Boolean(
        "First Invoice of the Customer",
        compute="_compute_chasing_is_first",
        search="_search_chasing_is_first",
        groups=READER_GROUPS,
        help="The customer had no invoice before it.",
    )

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted._chasing_posted()
        return posted

    def _chasing_posted(self):
        """Give the cadence that precedence gives now (R50); plan the schedules that drafts carry (R31)."""
        invoices = self.filtered(lambda move: move.move_type == "out_invoice").sudo()
        drafts = self.env["chasing.schedule"].sudo().search([("move_id", "in", invoices.ids)])
        automatic = drafts.filtered(lambda schedule: schedule._is_automatic())
        for company, moves in (invoices - (drafts - automatic).move_id).grouped("company_id").items():
            young = moves.filtered(lambda move: not move.company_id._chasing_is_before_start(move.invoice_date))
            if company.chasing_enabled:
                (young & automatic.move_id)._chasing_reassign()
                (young - drafts.move_id)._chasing_attach_chosen()
        drafts._plan_posted()

    def _chasing_reassign(self, entry_point=None):
        """Give drafts whose cadence was given automatically what precedence gives them now (R50, R51).

        Their customer, amount or lines may have been changed while they were drafts. The default is handed out
        once (R20).

        :param entry_point: where it begins on an old invoice (R43), None: where the cadence says
        """
        for choice, moves in self._chasing_choices().items():
            schedules = moves.chasing_schedule_ids.filtered(
                lambda schedule, choice=choice: choice != (schedule.cadence_id, schedule.assigned_by, schedule.rule_id)
                and not schedule.assigned_by == choice.assigned_by == "default"
            )
            if choice.cadence:
                schedules._apply_cadence(choice.cadence, choice.assigned_by, choice.rule, entry_point=entry_point)
            elif choice.rule:
                schedules._filter_decided()._opt_out("rule", choice.rule)

    def _chasing_attach_chosen(self, send_on_issue=None, asked=False, entry_point=None):
        """Give invoices without a schedule the cadence that precedence gives them (R50).

        :param asked: a person asked for it: one that precedence gives nothing gets a schedule without any step, to
            start from
        :param entry_point: where it begins on an old invoice (R43), None: where the cadence says
        """
        planner = self.env["chasing.planner"].sudo()
        chosen = {"entry_point": entry_point} if entry_point else {}
        for choice, moves in self._chasing_choices().items():
            if choice.cadence:
                planner._attach(
                    moves, choice.cadence, choice.assigned_by, send_on_issue, rule_id=choice.rule.id or None, **chosen
                )
            elif asked:
                planner._attach(moves, choice.cadence, "invoice", send_on_issue)

    def write(self, vals):
        """Ask the rules for changes again (R51); stop chasing what becomes a credit note (R30)."""
        result = super().write(vals)
        if "move_type" in vals:
            others = self.filtered(lambda move: move.move_type != "out_invoice")
            others.sudo().chasing_schedule_ids._remove_chasing()
        for company, moves in self.filtered(lambda move: move.move_type == "out_invoice").grouped("company_id").items():
            if not self.env["chasing.rule"]._update_fields(company.id).isdisjoint(vals):
                moves._chasing_ask_rules()
        return result

    def _chasing_ask_rules(self):
        """Give posted invoices what the first rule that matches says, if that is one for changes (R51).

        What a person or the customer decided stays, and what no rule matches keeps what it has (R21).
        """
        moves = self.sudo()
        moves.fetch(FACT_FIELDS)
        moves = moves.filtered(lambda move: move.state == "posted" and not move._chasing_is_closed())
        schedules = moves.chasing_schedule_ids
        fixed = schedules.filtered(lambda schedule: schedule.assigned_by == "customer" or not schedule._is_automatic())
        moves = moves.filtered(
            lambda move: move.company_id.chasing_enabled
            and not move.company_id._chasing_is_before_start(move.invoice_date)
        )
        for choice, group in (moves - fixed.move_id)._chasing_choices().items():
            if choice.rule.on_update:
                group._chasing_apply_rule(choice.rule)

    def _chasing_apply_rule(self, rule):
        """Turn these invoices' chasing into what a rule says; what already is so stays untouched."""
        schedules, cadence = self.chasing_schedule_ids, rule.cadence_id
        if cadence:
            changed = self - schedules.filtered(lambda schedule: schedule.cadence_id == cadence).move_id
        else:
            changed = schedules._filter_decided().filtered(lambda schedule: not schedule.chosen_none).move_id
        if changed:
            changed._chasing_assign_chosen(cadence, rule, None)

    def action_chasing_enable(self):
        """Enable chasing on these invoices.

        Those that are chased keep their schedule, one that was stopped goes on (R36); the others get the
        default cadence, or a schedule without any step to start from (R50).
        """
        chased = self.env["chasing.schedule"].search([
            ("move_id", "in", self.ids),
            ("lifecycle", "not in", AS_IF_NEW),
            ("closure", "=", False),
        ])
        stopped = chased.filtered(lambda schedule: schedule.lifecycle == "disabled")
        if stopped:
            stopped.action_enable()
        return (self - chased.move_id)._chasing_assign()

    def _chasing_assign(self, cadence=None, send_on_issue=None):
        """Give these invoices a cadence, by hand.

        :param cadence: one chasing.cadence, or None to choose it by precedence (R50)
        :param send_on_issue: whether those older than the company's starting date get their on-issue message too (R46)
        :return: a summary: {"assigned": invoices that got it, "left": those that could not, "planned": steps to send,
            "skipped": steps skipped as past, "first_at": the first instant}
        """
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group("invoice_chasing.group_user")):
            raise AccessError(self.env._("Only users who may chase invoices can choose a cadence."))
        if cadence:
            cadence.sudo()._check_usable_in(self.company_id)
        parts = [
            self.browse(ids)._chasing_assign_batch(cadence, send_on_issue) for ids in split_every(BATCH_SIZE, self.ids)
        ]

        def total(word):
            return sum(part[word] for part in parts)

        return {
            "assigned": total("assigned"),
            "left": total("left"),
            "planned": total("planned"),
            "skipped": total("skipped"),
            "first_at": min((part["first_at"] for part in parts if part["first_at"]), default=False),
        }

    def _chasing_assign_batch(self, cadence, send_on_issue):
        """Do what `_chasing_assign` does, for as many as fit into memory at once."""
        # Of a hundred columns only these are needed, and nothing of the batch before.
        self.env.invalidate_all()
        moves = self.sudo()
        moves.fetch(FACT_FIELDS)
        chaseable = moves.filtered(lambda move: move._chasing_is_chaseable() and not move._chasing_is_closed())
        with_schedule = self.env["chasing.schedule"].sudo().search([("move_id", "in", chaseable.ids)])
        for company, fresh in (chaseable - with_schedule.move_id).grouped("company_id").items():
            if cadence:
                self.env["chasing.planner"].sudo()._attach(fresh, cadence.sudo(), "invoice", send_on_issue)
            else:
                fresh.with_company(company)._chasing_attach_chosen(send_on_issue, asked=True)
        if cadence:
            with_schedule._apply_cadence(cadence, send_on_issue=send_on_issue)
        else:
            for choice, group in with_schedule.move_id._chasing_choices().items():
                if choice.cadence:
                    group.chasing_schedule_ids._apply_cadence(
                        choice.cadence, choice.assigned_by, choice.rule, send_on_issue
                    )
                else:
                    group.chasing_schedule_ids._start_without_steps()
        return chaseable._chasing_summary(left=self - chaseable)

    def _chasing_assign_chosen(self, cadence, rule, send_on_issue, entry_point=None, assigned_by=None):
        """Give these invoices a cadence that was chosen for them, or *no chasing*: an empty one (R50, R52).

        All of them can be chased.

        :param entry_point: where it begins on an old invoice (R43), None: where the cadence says
        :param assigned_by: who chose it, a value of the schedule's field; None: the rule or, without one, a person
        """
        moves = self.sudo()
        schedules = moves.chasing_schedule_ids
        assigned_by = assigned_by or ("rule" if rule else "invoice")
        if cadence:
            schedules._apply_cadence(cadence, assigned_by, rule, send_on_issue, entry_point)
        given = {"rule_id": rule.id if rule else None, **({"entry_point": entry_point} if entry_point else {})}
        self.env["chasing.planner"].sudo()._attach(
            moves - schedules.move_id, cadence.sudo(), assigned_by, send_on_issue, **given
        )
        if not cadence:
            moves.chasing_schedule_ids._opt_out(assigned_by, rule)

    def _chasing_assign_own(self, lines):
        """Give an invoice that is not chased yet steps of its own, without any cadence (R22, R50).

        :param lines: records of the step mixin, saved
        """
        self.ensure_one()
        cadence = self.env["chasing.cadence"]
        if carrying := self.sudo().chasing_schedule_ids:
            carrying._start_without_steps()
        else:
            self.env["chasing.planner"].sudo()._attach(self.sudo(), cadence.sudo(), "invoice")
        self.chasing_schedule_ids._edit(cadence, lines)

    def _chasing_summary(self, left):
        steps = (
            self.env["chasing.step"]
            .sudo()
            ._read_group(
                [
                    ("schedule_id.move_id", "in", self.ids),
                    ("state", "in", (*UNTRIED, "skipped")),
                    ("is_by_hand", "=", False),
                ],
                ["state"],
                ["__count", "scheduled_at:min"],
            )
        )
        counts = {state: (count, first) for state, count, first in steps}
        return {
            "assigned": len(self),
            "left": len(left),
            "planned": sum(counts.get(state, (0,))[0] for state in UNTRIED),
            "skipped": counts.get("skipped", (0,))[0],
            "first_at": counts.get("planned", (0, False))[1],
        }

    def _chasing_choices(self):
        """Return {Choice: the invoices that get it} by precedence (R50).

        The customer's own cadence comes first, then the first rule that matches, then the default.
        """
        groups = defaultdict(self.browse)
        rules, cadences = self.env["chasing.rule"], self.env["chasing.cadence"]
        for company, moves in self.grouped("company_id").items():
            default = company._chasing_default_cadence()
            own = {move: move._chasing_customer_cadence() for move in moves}
            matched = rules._first_match(moves.filtered(lambda move, own=own: not own[move]))
            for move in moves:
                if own[move]:
                    choice = Choice(own[move], "customer", rules)
                elif move in matched:
                    choice = Choice(matched[move].cadence_id, "rule", matched[move])
                else:
                    choice = Choice(default or cadences, "default", rules)
                groups[choice] |= move
        return groups

    def _chasing_customer_cadence(self):
        """Return the customer's own cadence, as far as it serves the invoice's company; empty without one."""
        cadence = self.commercial_partner_id.with_company(self.company_id).sudo().chasing_cadence_id
        return cadence if cadence.active and cadence.company_id in self.company_id.parent_ids else cadence.browse()

    @api.depends("commercial_partner_id", "invoice_date")
    def _compute_chasing_is_first(self):
        first = set(self.search([("id", "in", self.ids), ("chasing_is_first", "=", True)])._ids)
        for move in self:
            move.chasing_is_first = move.id in first

    def _search_chasing_is_first(self, operator, value):
        self._check_field_access(self._fields["chasing_is_first"], "read")
        if operator != "in":
            return NotImplemented
        self.flush_model(["move_type", "state", "partner_id", "company_id", "invoice_date"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        invoices = Domain([("move_type", "=", "out_invoice"), ("state", "=", "posted")])
        matches = invoices & Domain.custom(to_sql=self._nothing_before)
        return matches if True in value else ~matches

    @staticmethod
    def _nothing_before(_moves, alias, _query):
        """Return the condition that the customer of an invoice has no earlier one.

        It goes by the indexes of customers and their invoices, since each invoice that is posted may ask.
        """
        return SQL(
            """NOT EXISTS (
                SELECT FROM res_partner buyer
                JOIN res_partner same ON same.commercial_partner_id = buyer.commercial_partner_id
                JOIN account_move earlier ON earlier.partner_id = same.id
                WHERE buyer.id = %(move)s.partner_id AND earlier.company_id = %(move)s.company_id
                AND earlier.move_type = 'out_invoice' AND earlier.state = 'posted'
                AND (earlier.invoice_date, earlier.id) < (%(move)s.invoice_date, %(move)s.id)
            )""",
            move=SQL.identifier(alias),
        )
