from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.common import clock, user_input
from ..models.common.access import check_collector
from ..models.common.wording import counted
from ..models.engine.states import UNSENT, UPCOMING
from ..models.policy.chasing_step_mixin import ENTRY_POINTS
from .chasing_changes import Change, ChangeList


class ChasingAssign(models.TransientModel):
    """Give one or many invoices a cadence, after saying what that sends (R46, R51, R52).

    It enables chasing, or changes the cadence of what is chased. What is asked of one invoice alone is in
    `chasing.assign.one`.
    """

    _name = "chasing.assign"
    _inherit = ["chasing.assign.one", "chasing.changes", "chasing.dialog"]
    _description = "Choose a Cadence"

    rule_id = fields.Many2one("chasing.rule", readonly=True)
    # These may be thousands of ids, which the web client need not know.
    selected = fields.Json(readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    cadence_id = fields.Many2one("chasing.cadence", domain="[('company_id', 'parent_of', company_id)]")
    is_reapplied = fields.Boolean(readonly=True)
    # They are chased already, and get another cadence.
    is_change = fields.Boolean(readonly=True)
    stop = fields.Boolean("No Chasing", help="Stops what is chased; what was sent stays in the history.")
    replaces = fields.Boolean(help="Their scheduled messages are replaced. Sent messages stay in the history.")
    chased_count = fields.Integer(compute="_compute_present")
    customised_count = fields.Integer(compute="_compute_present")
    invoice_count = fields.Integer(compute="_compute_preview")
    left_count = fields.Integer(compute="_compute_preview")
    kept_text = fields.Text(compute="_compute_preview")
    old_count = fields.Integer(compute="_compute_preview")
    silent_count = fields.Integer(compute="_compute_preview")
    preview = fields.Char(compute="_compute_preview")
    replaced_text = fields.Text(compute="_compute_preview")
    changes = fields.Json(compute="_compute_preview")
    send_on_issue = fields.Boolean("Also Send the Original Invoice")
    entry_point = fields.Selection(
        ENTRY_POINTS,
        "Start of the Cadence",
        compute="_compute_entry_point",
        compute_sudo=False,
        store=True,
        readonly=False,
    )

    # ------------------------------------------------------------------ opening

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse what names no invoices, of which nothing could be computed."""
        for vals in vals_list:
            user_input.parse_ids(self.env, vals.get("selected"))
        return super().create(vals_list)

    @api.model
    def _ask(self, moves, name=None, rule=None, renewed=None, is_change=None):
        """Return the action that opens the dialog for invoices.

        :param name: its title, None: by what it does
        :param rule: the chasing.rule that chose them, None: a person did
        :param renewed: the cadence that they have and are to get as it is now
        :param is_change: whether they are to get another cadence than they have, None: if all of them are chased
        """
        if is_change is None:
            is_change = not (rule or renewed) and self._are_chased(moves)
        cadence = renewed or (rule.cadence_id if rule else self._proposed_cadence(moves))
        dialog = self.create({
            "selected": moves.ids,
            "cadence_id": cadence.id,
            "rule_id": rule.id if rule else False,
            "is_reapplied": bool(renewed),
            "is_change": is_change,
            "line_ids": [Command.create(self._first_line(moves))] if len(moves) == 1 else [],
        })
        title = self.env._("Change Cadence") if is_change else self.env._("Enable Chasing")
        return dialog._open({}, name or title)

    @api.model
    def _first_line(self, move):
        """Return the values of the line with which the grid of own steps begins: on issue or, if overdue, tomorrow."""
        today = clock.today(move.company_id)
        days_late = (today - move.invoice_date_due).days if move.invoice_date_due else 0
        return {"trigger": "after_due", "days": days_late + 1} if days_late > 0 else {}

    @api.model
    def _are_chased(self, moves):
        """Tell whether all of them that can be chased are; a draft is where confirming it gives it a cadence."""
        open_moves = moves.sudo().filtered(lambda move: move._chasing_is_chaseable() and not move._chasing_is_closed())
        running = open_moves.chasing_schedule_ids._filter_running()
        decided = open_moves.chasing_schedule_ids._filter_decided()
        if len(open_moves) == 1 and open_moves.state == "draft" and not decided:
            [choice] = open_moves._chasing_choices()
            return bool(choice.cadence)
        return bool(running) and open_moves == running.move_id

    @api.model
    def _proposed_cadence(self, moves):
        """Return the one they all have, else what precedence gives a single one, else one of their company's."""
        have = moves.sudo().chasing_schedule_ids
        present = have.cadence_id if have.move_id == moves else have.cadence_id.browse()
        if len(moves) == 1 and not present:
            [choice] = moves.sudo()._chasing_choices()
            present = choice.cadence
        company = moves.company_id[:1] or self.env.company
        usable = self.env["chasing.cadence"].search([("company_id", "parent_of", company.ids)])
        own = usable.filtered(lambda cadence: len(present) == 1 and cadence.id == present.id)
        return own or usable.filtered("is_default")[:1] or usable[:1]

    # ------------------------------------------------------------------ whom it concerns

    def _moves(self):
        moves = self.env["account.move"].browse(user_input.parse_ids(self.env, self.selected)).exists()
        moves.check_access("read")
        return moves

    @api.depends("selected", "rule_id")
    def _compute_company_id(self):
        """Find the one company whose cadences can be chosen."""
        for dialog in self:
            dialog.company_id = dialog.rule_id.company_id or dialog._moves()[:1].company_id or self.env.company

    @api.depends("selected")
    def _compute_present(self):
        """Count those that are chased already, and those of them that somebody customised."""
        for dialog in self:
            running = dialog._moves().sudo().chasing_schedule_ids._filter_running()
            running = running.filtered(lambda schedule: not schedule.closure or schedule.closure == "draft")
            dialog.chased_count = len(running)
            dialog.customised_count = len(running.filtered("is_customised"))

    def _split_assignable(self):
        """Return (invoices that get it, {why: invoices that keep what they have})."""
        moves, assignments = self._moves(), self.env["chasing.assignment"]
        return assignments._split_assignable(
            moves,
            self._cadence(),
            self.rule_id,
            self.is_reapplied,
            single=self._is_single(moves),
            spares=self._spares(moves),
        )

    def _spares(self, moves):
        """Return which of many keep what they have unless whoever asks wants to replace it, None for none."""
        if self.replaces or self.stop or self.rule_id or self.is_reapplied or self._is_single(moves):
            return None
        return "customised" if self.is_change else "chased"

    def _is_single(self, moves):
        """Tell whether a person looks at this one invoice only."""
        return len(moves) == 1 and not (self.rule_id or self.is_reapplied)

    def _cadence(self):
        """Return what is given: an empty one stops the chasing."""
        return self.cadence_id.browse() if self._opts_out() else self.cadence_id

    def _opts_out(self):
        return self.stop or bool(self.rule_id and not self.rule_id.cadence_id)

    # ------------------------------------------------------------------ what it does

    @api.depends("cadence_id")
    def _compute_entry_point(self):
        """Propose what the cadence says, or the latest past step where enabling would send nothing of an invoice."""
        for dialog in self:
            usual = dialog.cadence_id.sudo().entry_point
            dialog.entry_point = "fitting" if usual == "next" and dialog._leaves_any_silent() else usual

    def _leaves_any_silent(self):
        """Tell whether the cadence's usual start would send nothing of an invoice that a person enables."""
        if self.is_change or self.is_single or self.rule_id or self.is_reapplied or not self.cadence_id:
            return False
        moves, _kept = self._split_assignable()
        posted = moves.filtered(lambda move: move.state == "posted")
        simulated = self.env["chasing.simulation"]._of_assignment(posted, self.cadence_id)
        return any(not any(map(_is_to_come, steps)) for steps in simulated.values())

    def _chosen_entry_point(self):
        """Return where the cadence begins on an old invoice (R43), None: where it says itself."""
        if self.rule_id or self.is_reapplied:
            return None
        if self.is_single:
            return self._entry_point_of_one()
        return self.entry_point or None

    @api.depends(
        "selected", "cadence_id", "send_on_issue", "rule_id", "is_reapplied", "stop", "replaces", "entry", "entry_point"
    )
    @api.depends_context("lang", "tz")
    def _compute_preview(self):
        for dialog in self:
            moves, kept = dialog._split_assignable()
            simulated = dialog._simulated(moves)
            dialog.invoice_count = len(moves)
            dialog.left_count = sum(map(len, kept.values()))
            dialog.kept_text = _kept_text(kept)
            dialog.old_count = sum(move.company_id._chasing_is_before_start(move.invoice_date) for move in moves.sudo())
            dialog.silent_count = sum(not any(map(_is_to_come, steps)) for steps in simulated.values())
            dialog.preview = dialog._previewed(moves, simulated)
            dialog.replaced_text = dialog._replaced(moves.chasing_schedule_ids)
            dialog.changes = [] if dialog.is_single else dialog._listed(dialog._lists_of(moves, kept, simulated))

    def _simulated(self, moves):
        """Return {move id: SimulatedSteps}, empty where nothing is given."""
        if self._opts_out() or not self.cadence_id:
            return {}
        simulated = self.env["chasing.simulation"]._of_assignment(
            moves, self.cadence_id, self.send_on_issue, self._chosen_entry_point()
        )
        return self._sent_now(simulated) if self._sends_now() else simulated

    def _previewed(self, moves, simulated):
        if self._opts_out():
            return self.env._("%(invoices)s will not be chased.", invoices=self._invoices_text(len(moves)))
        simulation = self.env["chasing.simulation"]
        steps = [step for steps in simulated.values() for step in steps]
        return simulation._summary(steps, self.company_id._chasing_timezone(), simulation._held_count(moves))

    def _replaced(self, schedules):
        """Return which messages do not leave any more, empty for none."""
        coming = self._messages_by_channel(schedules, UPCOMING, but_by_hand=True)
        if not self._opts_out():
            return coming and self.env._("Replaces scheduled messages: %(messages)s.", messages=coming)
        unsent = coming and self.env._("Will not be sent: %(messages)s.", messages=coming)
        return "\n".join(filter(None, [unsent, self._withdrawn_text(schedules)]))

    def _change_lists(self):
        moves, kept = self._split_assignable()
        return self._lists_of(moves, kept, self._simulated(moves))

    def _lists_of(self, moves, kept, simulated):
        """Return what changes and what stays, as ChangeLists."""
        reasons = {move_id: why for why, unchanged in kept.items() for move_id in unchanged.ids}
        unchanged = self.env["account.move"].browse(reasons)
        return [
            ChangeList(self.env._("Will change"), moves, lambda shown: self._described(shown, simulated)),
            ChangeList(
                self.env._("Unchanged"),
                unchanged,
                lambda shown: {move.id: Change(self._present_text(move), note=reasons[move.id]) for move in shown},
            ),
        ]

    def _described(self, moves, simulated):
        after = self._cadence().name or self.env._("No chasing")
        simulation, replaced = self.env["chasing.simulation"], self._replaced_of_each(moves)
        changes = {}
        for move in moves:
            timezone = move.company_id._chasing_timezone()
            steps = simulated.get(move.id)
            notes = [steps and simulation._summary(steps, timezone), replaced.get(move.id)]
            changes[move.id] = Change(self._present_text(move), after, "; ".join(filter(None, notes)))
        return changes

    def _present_text(self, move):
        """Return the cadence that an invoice has."""
        schedule = move.sudo().chasing_schedule_ids._filter_decided()
        if not schedule:
            return self.env._("Not chased")
        return schedule.cadence_id._standing_text(schedule.chosen_none, schedule.is_customised)

    def _replaced_of_each(self, moves):
        """Return {move id: what of its messages is replaced or withdrawn}."""
        coming, channels = (
            self._message_counts(moves.chasing_schedule_ids, UPCOMING, ["move_id"], but_by_hand=True),
            self.env["chasing.channel"],
        )
        return {
            move.id: self.env._("replaces %(messages)s", messages=channels._counts_text(counts))
            for (move,), counts in coming.items()
        }

    # ------------------------------------------------------------------ doing it

    def action_assign(self):
        """Apply the cadence, or stop chasing."""
        self.ensure_one()
        self._check_choice()
        if self.is_single and self.use_own_steps:
            return self._assign_own_steps()
        cadence = self._cadence()
        moves, kept = self._split_assignable()
        if not moves:
            raise UserError(self.env._("Nothing can be changed here.\n%(why)s", why=_kept_text(kept)))
        for company in moves.company_id:
            company._chasing_check_usable(cadence)
        cadence._check_active()
        check_collector(self.env)
        return self._assign_one(moves, cadence) if self.is_single else self._assign_many(moves, cadence)

    def _check_choice(self):
        """Refuse what does not say which cadence, or says another one than what the dialog is about."""
        if len(self._moves().company_id) > 1 and not (self.rule_id or self.is_reapplied):
            raise UserError(self.env._("These invoices belong to several companies. Choose those of one company."))
        if not (self._cadence() or self._opts_out() or self.use_own_steps):
            raise UserError(self.env._("Choose a cadence, or no chasing."))
        if self.rule_id and self.rule_id.cadence_id != self._cadence():
            raise UserError(
                self.env._("The rule %(rule)s assigns another cadence. Apply it again.", rule=self.rule_id.name)
            )

    def _assign_many(self, moves, cadence):
        """Assign many at once, and leave a record from which they can be put back (R51, R52)."""
        name = cadence.name or self.env._("No chasing")
        if self.rule_id:
            name = self.env._("Rule %(rule)s: %(cadence)s", rule=self.rule_id.name, cadence=name)
        elif self.is_reapplied:
            name = self.env._("%(cadence)s, re-applied", cadence=name)
        assignments = self.env["chasing.assignment"]._assign(
            name,
            moves,
            cadence,
            self.rule_id.sudo(),
            send_on_issue=self.send_on_issue,
            is_reapplied=self.is_reapplied,
            entry_point=self._chosen_entry_point(),
            spares=self._spares(self._moves()),
        )
        return assignments._result_action(
            counted(
                self.env,
                len(moves),
                self.env._("1 invoice changed. You can undo this under Chasing ▸ Bulk Assignments."),
                self.env._("%(count)s invoices changed. You can undo this under Chasing ▸ Bulk Assignments."),
            )
        )


def _is_to_come(step):
    return bool(step.key) and step.state in UNSENT


def _kept_text(kept):
    return "\n".join(f"{len(moves)}: {why}" for why, moves in kept.items())
