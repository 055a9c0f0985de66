from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.common import client_actions, clock
from ..models.common.access import check_collector
from ..models.common.wording import selection_labels
from ..models.engine import definition
from ..models.engine.states import RETRYABLE, UNSENT
from .chasing_edit_line import LIVE_DEPENDS

# What is chosen for the past steps of one invoice: an entry point (R43), or the fitting one with its message at once.
ENTRIES = [
    ("now", "Send the reminder that is due now, then continue"),
    ("fitting", "Send it at its next scheduled hour, then continue"),
    ("next", "Skip past steps and continue with the next one"),
    ("first", "Start with the first step"),
]


class ChasingAssignOne(models.AbstractModel):
    """Ask, of the one invoice a person looks at, what becomes of steps that are past, or which steps it gets instead.

    An overdue invoice never ends without any message unless somebody chose so.
    """

    _name = "chasing.assign.one"
    _inherit = "chasing.grid"
    _description = "Choose a Cadence of One Invoice"

    is_single = fields.Boolean(compute="_compute_is_single")
    has_late = fields.Boolean(compute="_compute_late")
    entry = fields.Selection(
        ENTRIES,
        "When Steps Are in the Past",
        compute="_compute_entry",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    entry_text = fields.Text(compute="_compute_entry_text")
    objection = fields.Char(compute="_compute_entry_text")
    can_have_own_steps = fields.Boolean(compute="_compute_late")
    use_own_steps = fields.Boolean("Custom Steps", help="This invoice gets its own steps, without a cadence.")
    line_ids = fields.One2many("chasing.edit.line", "assign_id", "Steps")
    own_text = fields.Char(compute="_compute_own_text")

    @api.depends("selected", "rule_id", "is_reapplied")
    def _compute_is_single(self):
        for dialog in self:
            dialog.is_single = dialog._is_single(dialog._moves())

    # ------------------------------------------------------------------ steps that are past

    def _late_start(self):
        """Return what of the cadence is past and could still go, None if nothing is asked about it."""
        if not self.is_single or self._opts_out():
            return None
        return self.env["chasing.late.start"]._of(self._moves(), self.cadence_id, self.send_on_issue)

    @api.depends("selected", "cadence_id", "stop")
    def _compute_late(self):
        for dialog in self:
            dialog.has_late = bool(dialog._late_start())
            decided = dialog._moves().sudo().chasing_schedule_ids._filter_decided()
            dialog.can_have_own_steps = dialog.is_single and not decided

    @api.depends("selected", "cadence_id")
    def _compute_entry(self):
        """Propose what the rule book allows: to send now, at the next hour, or what the cadence says."""
        for dialog in self:
            late = dialog._late_start()
            dialog.entry = late and self.env["chasing.late.start"]._proposed_entry(
                dialog._moves(), dialog.cadence_id, late, dialog.is_change
            )

    def _entry_point_of_one(self):
        """Return the entry point that was chosen (R43), None: the cadence's own."""
        if not self.has_late or not self.entry:
            return None
        return "fitting" if self.entry == "now" else self.entry

    def _sends_now(self):
        return self.is_single and self.entry == "now" and self.has_late and not (self.use_own_steps or self._opts_out())

    def _sent_now(self, simulated):
        """Return what the simulation answered, with the late steps put to this moment."""
        late, now = self._late_start(), clock.now(self.env)
        return {
            move_id: [step._replace(at=now) if step.key in late.keys else step for step in steps]
            for move_id, steps in simulated.items()
        }

    @api.depends("selected", "cadence_id", "stop", "entry", "send_on_issue")
    @api.depends_context("lang", "tz")
    def _compute_entry_text(self):
        """Say what goes now, what comes next and what is skipped, and what speaks against sending now."""
        for dialog in self:
            dialog.entry_text, dialog.objection = False, False
            if dialog.has_late:
                dialog.entry_text = dialog._entry_lines()
            if dialog.has_late and dialog.entry == "now":
                dialog.objection = self.env["chasing.late.start"]._objection(dialog._moves(), dialog.cadence_id)

    def _entry_lines(self):
        steps = [step for steps in self._simulated(self._moves()).values() for step in steps if step.key]
        late = self._late_start().keys if self.entry == "now" else frozenset()
        now = [step for step in steps if step.key in late]
        coming = sorted((step for step in steps if step.state in UNSENT and step not in now), key=lambda step: step.at)
        skipped = [step for step in steps if step.state == "skipped"]
        following = self._dated_text(coming[0]) if coming else self.env._("nothing, all steps have passed")
        lines = [
            now and self.env._("Now: %(steps)s", steps=", ".join(map(self._message_text, now))),
            self.env._("Next: %(step)s", step=following),
            skipped and self.env._("Skipped: %(steps)s", steps=", ".join(map(self._label, skipped))),
        ]
        return "\n".join(filter(None, lines))

    def _line(self, step):
        return self.env["chasing.cadence.step"].sudo().browse(step.key[0])

    def _label(self, step):
        return self._line(step).step_label

    def _step_text(self, step):
        """Return '5 days after due (E-mail)'."""
        labels = selection_labels(self.env["chasing.delivery"], "channel")
        channels = ", ".join(labels[code] for code in sorted(self._line(step)._channels()))
        return self.env._("%(step)s (%(channels)s)", step=self._label(step), channels=channels)

    def _message_text(self, step):
        """Return '5 days after due (E-mail): Past Due Invoice', with what a late step says if it goes now (R70)."""
        move, line = self._moves().sudo(), self._line(step)
        was_sent = self.env["chasing.facts"].sudo()._invoices(move)[move.id].already_sent
        title = self.env["chasing.message"]._title_of_late(line, move, was_sent)
        return self.env._("%(step)s: %(message)s", step=self._step_text(step), message=title)

    def _dated_text(self, step):
        """Return 'Tue 24 Nov 09:00, 5 days after due (E-mail)'."""
        when = self.env["chasing.simulation"]._line_text([step], self.company_id._chasing_timezone())
        return self.env._("%(when)s, %(step)s", when=when, step=self._step_text(step))

    def _assign_one(self, move, cadence):
        """Assign to the one invoice a person looks at, and send what is to be sent at once."""
        steps, late = self._simulated(move).get(move.id, []), self._late_start() if self._sends_now() else None
        move._chasing_assign_chosen(cadence, self.rule_id, self.send_on_issue, self._chosen_entry_point())
        if late:
            return self._send_late(move, late)
        if self._opts_out():
            return client_actions.notification(self.env._("This invoice will not be chased."))
        return self._told(steps)

    def _send_late(self, move, late):
        """Send the late steps of a cadence that an invoice has just got; what refuses them refuses all of it.

        :param late: its LateStart
        """
        templates = self.cadence_id.sudo().step_ids._templates()
        wanted = {definition.definition(facts) for facts, _values in templates if facts.key in late.keys}
        steps = move.chasing_schedule_ids._current_steps()
        going = steps.filtered(lambda step: definition.definition(step._facts()[0]) in wanted)
        going.action_send_now()
        if problem := going.filtered(lambda step: step.state in RETRYABLE)[:1]:
            return client_actions.notification(problem.reason, kind="danger", stays=True)
        if self.is_change:
            return client_actions.notification(self.env._("The reminder is on its way. The cadence is changed."))
        return client_actions.notification(self.env._("The reminder is on its way. Chasing is enabled."))

    def _told(self, steps):
        """Return the toast that says what will be sent.

        :param steps: SimulatedSteps
        """
        text = self.env["chasing.simulation"]._summary(steps, self.company_id._chasing_timezone())
        if self.is_change:
            return client_actions.notification(self.env._("The cadence is changed. %(text)s.", text=text))
        return client_actions.notification(self.env._("Chasing is enabled. %(text)s.", text=text))

    # ------------------------------------------------------------------ steps of its own

    def _move(self):
        """Return the invoice for which the grid of steps tells dates."""
        moves = self._moves()
        return moves if len(moves) == 1 else moves.browse()

    def _simulated_steps(self, lines=None):
        """Return the engine's answer for the lines of the grid, or for those given."""
        move = self._move()
        return self.env["chasing.simulation"]._of_own_steps(move, lines or self.line_ids) if move else []

    @api.depends("use_own_steps", *(f"line_ids.{name}" for name in LIVE_DEPENDS))
    @api.depends_context("lang", "tz")
    def _compute_own_text(self):
        simulation = self.env["chasing.simulation"]
        for dialog in self:
            steps = dialog._simulated_steps() if dialog.use_own_steps else []
            dialog.own_text = simulation._summary(steps, dialog.company_id._chasing_timezone())

    def _assign_own_steps(self):
        """Give the invoice the steps of the grid, without any cadence (R22)."""
        move = self._move()
        if not self.can_have_own_steps:
            raise UserError(self.env._("This invoice has a cadence already. Edit its steps instead."))
        if not move.sudo()._chasing_is_chaseable() or move.sudo()._chasing_is_closed():
            raise UserError(self.env._("The invoice is closed. There is nothing to chase."))
        check_collector(self.env)
        self.line_ids._check_grid()
        steps = self._simulated_steps()
        move._chasing_assign_own(self.line_ids)
        return self._told(steps)
