from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.common import user_input
from ..models.common.access import check_collector
from ..models.engine.states import UPCOMING


class ChasingAssign(models.TransientModel):
    """Give one or many invoices a cadence, after saying what that sends (R46, R51, R52)."""

    _name = "chasing.assign"
    _inherit = "chasing.dialog"
    _description = "Choose a Cadence"

    rule_id = fields.Many2one("chasing.rule", readonly=True)
    # These may be thousands of ids, which the web client need not know.
    selected = fields.Json(readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    cadence_id = fields.Many2one("chasing.cadence", domain="[('company_id', 'parent_of', company_id)]")
    is_reapplied = fields.Boolean(readonly=True)
    stop = fields.Boolean("No Chasing", help="Stops what is chased; what was sent stays in the history.")
    invoice_count = fields.Integer(compute="_compute_preview")
    left_count = fields.Integer(compute="_compute_preview")
    kept_text = fields.Text(compute="_compute_preview")
    old_count = fields.Integer(compute="_compute_preview")
    preview = fields.Char(compute="_compute_preview")
    replaced_text = fields.Text(compute="_compute_preview")
    send_on_issue = fields.Boolean("Also Send the Original Invoice")

    @api.model
    def _ask(self, moves, name, rule=None, renewed=None):
        """Return the action that opens the dialog for invoices.

        :param name: its title
        :param rule: the chasing.rule that chose them, None: a person did
        :param renewed: the cadence that they have and are to get as it is now
        """
        cadence = renewed or (rule.cadence_id if rule else self._proposed_cadence(moves))
        dialog = self.create({
            "selected": moves.ids,
            "cadence_id": cadence.id,
            "rule_id": rule.id if rule else False,
            "is_reapplied": bool(renewed),
        })
        return dialog._open({}, name)

    @api.model
    def _proposed_cadence(self, moves):
        """Return the default one of the invoices' company, else the first one it may use."""
        company = moves.company_id[:1] or self.env.company
        usable = self.env["chasing.cadence"].search([("company_id", "parent_of", company.ids)])
        return usable.filtered("is_default")[:1] or usable[:1]

    def _moves(self):
        moves = self.env["account.move"].browse(user_input.parse_ids(self.env, self.selected)).exists()
        moves.check_access("read")
        return moves

    @api.depends("selected", "rule_id")
    def _compute_company_id(self):
        """Find the one company whose cadences can be chosen."""
        for dialog in self:
            dialog.company_id = dialog.rule_id.company_id or dialog._moves()[:1].company_id or self.env.company

    def _split_assignable(self):
        """Return (invoices that get it, {why: invoices that keep what they have})."""
        moves, assignments = self._moves(), self.env["chasing.assignment"]
        return assignments._split_assignable(
            moves, self._cadence(), self.rule_id, self.is_reapplied, single=self._is_single(moves)
        )

    def _is_single(self, moves):
        """Tell whether a person looks at this one invoice only."""
        return len(moves) == 1 and not (self.rule_id or self.is_reapplied)

    def _cadence(self):
        """Return what is given: an empty one stops the chasing."""
        return self.cadence_id.browse() if self._opts_out() else self.cadence_id

    def _opts_out(self):
        return self.stop or bool(self.rule_id and not self.rule_id.cadence_id)

    @api.depends("selected", "cadence_id", "send_on_issue", "rule_id", "is_reapplied", "stop")
    @api.depends_context("lang")
    def _compute_preview(self):
        for dialog in self:
            moves, kept = dialog._split_assignable()
            dialog.invoice_count = len(moves)
            dialog.left_count = sum(map(len, kept.values()))
            dialog.kept_text = "\n".join(f"{len(moves_left)}: {why}" for why, moves_left in kept.items())
            dialog.old_count = sum(move.company_id._chasing_is_before_start(move.invoice_date) for move in moves.sudo())
            dialog.preview = dialog._previewed(moves)
            dialog.replaced_text = dialog._replaced(moves.chasing_schedule_ids)

    def _previewed(self, moves):
        if self._opts_out():
            return self.env._("%(count)s invoices will not be chased.", count=len(moves))
        simulation = self.env["chasing.simulation"]
        simulated = self.cadence_id and simulation._of_assignment(moves, self.cadence_id, self.send_on_issue)
        return simulation._summary(simulated or [], self.company_id._chasing_timezone(), simulation._held_count(moves))

    def _replaced(self, schedules):
        """Return which messages do not leave any more, empty for none."""
        coming = self._messages_by_channel(schedules, UPCOMING)
        if not self._opts_out():
            return coming and self.env._("Replaces scheduled messages: %(messages)s.", messages=coming)
        unsent = coming and self.env._("Will not be sent: %(messages)s.", messages=coming)
        return "\n".join(filter(None, [unsent, self._withdrawn_text(schedules)]))

    def action_assign(self):
        """Apply the cadence, or stop chasing."""
        self.ensure_one()
        self._check_choice()
        cadence = self._cadence()
        moves, _kept = self._split_assignable()
        if not moves:
            raise UserError(self.env._("Nothing can be changed here.\n%(why)s", why=self.kept_text))
        for company in moves.company_id:
            company._chasing_check_usable(cadence)
        cadence._check_active()
        check_collector(self.env)
        if not self._is_single(self._moves()):
            return self._assign_many(moves, cadence)
        moves._chasing_assign_chosen(cadence, self.rule_id, self.send_on_issue)
        return {"type": "ir.actions.act_window_close"}

    def _check_choice(self):
        """Refuse what does not say which cadence, or says another one than what the dialog is about."""
        if len(self._moves().company_id) > 1 and not (self.rule_id or self.is_reapplied):
            raise UserError(self.env._("These invoices belong to several companies. Choose those of one company."))
        if not (self._cadence() or self._opts_out()):
            raise UserError(self.env._("Choose a cadence, or no chasing."))
        if self.rule_id and self.rule_id.cadence_id != self._cadence():
            raise UserError(
                self.env._("The rule %(rule)s gives another cadence. Apply it anew.", rule=self.rule_id.name)
            )

    def _assign_many(self, moves, cadence):
        """Assign many at once, and leave a record from which they can be put back (R51, R52)."""
        name = cadence.name or self.env._("No chasing")
        if self.rule_id:
            name = self.env._("Rule %(rule)s: %(cadence)s", rule=self.rule_id.name, cadence=name)
        elif self.is_reapplied:
            name = self.env._("%(cadence)s, applied anew", cadence=name)
        assignments = self.env["chasing.assignment"]._assign(
            name, moves, cadence, self.rule_id.sudo(), self.send_on_issue, self.is_reapplied
        )
        return assignments._result_action(
            self.env._(
                "%(count)s invoices changed. You can undo this under Chasing ▸ Bulk Assignments.", count=len(moves)
            )
        )
