from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.answers import check_collector, notice
from ..models.chasing_schedule import OPEN_STATUSES


class ChasingAssign(models.TransientModel):
    """Give one or many invoices a cadence, after saying what that sends (R46, R51, R52)."""

    _name = "chasing.assign"
    _inherit = "chasing.dialog"
    _description = "Choose a Cadence"

    rule_id = fields.Many2one("chasing.rule", readonly=True)
    move_ids = fields.Many2many("account.move", readonly=True, default=lambda self: self._selected())
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    cadence_id = fields.Many2one(
        "chasing.cadence",
        default=lambda self: self._proposed_cadence(),
        domain="[('company_id', 'parent_of', company_id)]",
    )
    stop = fields.Boolean("No Chasing", help="Stops what is chased; what was sent stays in the history.")
    invoice_count = fields.Integer(compute="_compute_preview")
    left_count = fields.Integer(compute="_compute_preview")
    kept_text = fields.Text(compute="_compute_preview")
    old_count = fields.Integer(compute="_compute_preview")
    preview = fields.Char(compute="_compute_preview")
    send_on_issue = fields.Boolean("Also Send the On-Issue Message")

    @api.model
    def _selected(self):
        """The invoices chosen in a list of invoices, of schedules, or by a rule."""
        ids, model = self.env.context.get("active_ids"), self.env.context.get("active_model")
        rule = self.env["chasing.rule"].browse(self.env.context.get("default_rule_id"))
        if rule:
            return self.env["account.move"].search(rule._open_invoices())
        if model == "account.move":
            return self.env["account.move"].browse(ids)
        if model == "chasing.schedule":
            return self.env["chasing.schedule"].browse(ids).move_id
        return self.env["account.move"]

    @api.model
    def _proposed_cadence(self):
        """The rule's cadence; else the default one of the invoices' company, else the first one it may use."""
        rule = self.env["chasing.rule"].browse(self.env.context.get("default_rule_id"))
        if rule:
            return rule.cadence_id
        moves = self.env["account.move"].browse(self.env.context.get("default_move_ids")) or self._selected()
        company = moves.company_id[:1] or self.env.company
        usable = self.env["chasing.cadence"].search([("company_id", "parent_of", company.ids)])
        return usable.filtered("is_default")[:1] or usable[:1]

    @api.depends("move_ids", "rule_id")
    def _compute_company_id(self):
        """The one company whose cadences can be chosen."""
        for dialog in self:
            dialog.company_id = dialog.rule_id.company_id or dialog.move_ids.company_id[:1] or self.env.company

    # ------------------------------------------------------------------ whom it changes

    def _sorted_out(self):
        """(invoices that get it, {why: invoices that keep what they have})."""
        moves = self.move_ids._origin.sudo()
        open_ones = moves.filtered(lambda move: move._chasing_is_chaseable() and not move._chasing_is_closed())
        kept = {self.env._("closed, or no customer invoices"): moves - open_ones}
        if self.rule_id:
            kept |= self._kept_from_rule(open_ones)
        going = open_ones - moves.browse().union(*kept.values())
        return going.sudo(False), {why: those for why, those in kept.items() if those}

    def _kept_from_rule(self, moves):
        """Those that a rule leaves alone: what people and customers chose comes first (R50), and so do earlier
        rules."""
        schedules = moves.chasing_schedule_ids
        by_hand = schedules.filtered(lambda one: one.assigned_by == "invoice" or one.is_customised).move_id
        choices, none = moves._chasing_choices(), moves.browse()
        mine = none.union(*(group for choice, group in choices.items() if choice.rule == self.rule_id))
        customers = none.union(*(group for choice, group in choices.items() if choice.assigned_by == "customer"))
        same = schedules.filtered(
            lambda one: one.cadence_id == self.cadence_id and one.status in OPEN_STATUSES
        ).move_id
        return {
            self.env._("chosen or customised by a person"): by_hand,
            self.env._("their customer has a cadence of its own"): customers - by_hand,
            self.env._("an earlier rule matches"): moves - mine - customers - by_hand,
            self.env._("they have it already"): (same & mine) - by_hand - customers,
        }

    @api.depends("move_ids", "cadence_id", "send_on_issue", "rule_id", "stop")
    @api.depends_context("lang")
    def _compute_preview(self):
        for dialog in self:
            dialog.move_ids._origin.check_access("read")
            moves, kept = dialog._sorted_out()
            dialog.invoice_count = len(moves)
            dialog.left_count = sum(map(len, kept.values()))
            dialog.kept_text = "\n".join(f"{len(those)}: {why}" for why, those in kept.items())
            dialog.old_count = len(
                moves.filtered(lambda move: move.company_id._chasing_is_before_start(move.invoice_date))
            )
            dialog.preview = dialog._previewed(moves)

    def _previewed(self, moves):
        if self._stops():
            return self.env._("The chasing of %(count)s invoices stops.", count=len(moves.chasing_schedule_ids))
        forecast = self.env["chasing.forecast"]
        outlooks = self.cadence_id and forecast._of_assignment(moves, self.cadence_id, self.send_on_issue)
        return forecast._summary(outlooks or [], self.company_id._chasing_timezone())

    def _stops(self):
        return self.stop or bool(self.rule_id and not self.rule_id.cadence_id)

    # ------------------------------------------------------------------ doing it

    def action_assign(self):
        """Apply the cadence, or stop chasing."""
        self.ensure_one()
        if len(self.move_ids.company_id) > 1 and not self.rule_id:
            raise UserError(self.env._("These invoices belong to several companies. Choose those of one company."))
        moves, _kept = self._sorted_out()
        if not moves:
            raise UserError(
                self.env._("None of these can be chased. Choose customer invoices that are open or drafts.")
            )
        cadence = self.cadence_id.browse() if self._stops() else self.cadence_id
        if not (cadence or self._stops()):
            raise UserError(self.env._("Choose a cadence, or no chasing."))
        moves.company_id._chasing_check_usable(cadence)
        if len(moves) > 1 or self.rule_id:
            return self._assign_many(moves, cadence)
        if cadence:
            moves._chasing_assign(cadence, send_on_issue=self.send_on_issue)
        else:
            moves.action_chasing_disable()
        return {"type": "ir.actions.act_window_close"}

    def _assign_many(self, moves, cadence):
        """Many at once leave a record from which they can be put back (R51, R52)."""
        check_collector(self.env)
        name = cadence.name or self.env._("No chasing")
        if self.rule_id:
            name = self.env._("Rule %(rule)s: %(cadence)s", rule=self.rule_id.name, cadence=name)
        for company, group in moves.grouped("company_id").items():
            self.env["chasing.assignment"].with_company(company)._assign(
                name, group, cadence, self.rule_id.sudo(), self.send_on_issue
            )
        return notice(
            self.env._(
                "%(count)s invoices changed. They can be put back under Chasing ▸ Given to Many.", count=len(moves)
            )
        )
