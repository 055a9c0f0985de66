from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common import clock
from ..common.access import check_collector
from ..common.wording import counted
from ..engine import moments

EXAMPLE_FIELDS = ("trigger", "days", "hour", "repeat_count")


class ChasingCadence(models.Model):
    """Show a cadence while it is edited: its steps on an invoice with real dates, and what to look out for (R24)."""

    _inherit = "chasing.cadence"

    sample_move_id = fields.Many2one(
        "account.move",
        "Preview on Invoice",
        store=False,
        domain="[('move_type', '=', 'out_invoice'), ('company_id', '=', company_id), ('state', '!=', 'cancel')]",
        help="The invoice whose dates are shown. If empty, one dated today and due in 30 days.",
    )
    sample_text = fields.Char(compute="_compute_sample_text")
    warning_text = fields.Text(compute="_compute_warning_text")
    blocked_text = fields.Text(compute="_compute_blocked_text")
    benefit_note = fields.Char(compute="_compute_benefit_note")
    has_repeat = fields.Boolean(compute="_compute_has_repeat")
    schedule_text = fields.Char(compute="_compute_schedule_text")
    ask_first = fields.Boolean(
        "Ask Before Sending",
        compute="_compute_ask_first",
        readonly=False,
        help="Every step waits for a person.",
    )

    @api.depends("sample_move_id", *(f"step_ids.{name}" for name in EXAMPLE_FIELDS))
    @api.depends_context("lang", "tz")
    def _compute_sample_text(self):
        simulation = self.env["chasing.simulation"]
        for cadence in self:
            cadence.sample_text = simulation._summary(cadence._simulated_steps(), cadence._timezone())

    @api.depends("company_id")
    @api.depends_context("lang", "tz")
    def _compute_blocked_text(self):
        """Say why a channel of the grid cannot be chosen."""
        for cadence in self:
            blocked = cadence.step_ids._blocked(cadence.company_id or self.env.company)
            cadence.blocked_text = "\n".join(blocked.values())

    @api.depends("schedule_count")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_schedule_text(self):
        one, many = self.env._("1 open invoice"), self.env._("%(count)s open invoices")
        for cadence in self:
            cadence.schedule_text = counted(self.env, cadence.schedule_count, one, many)

    def _timezone(self):
        return clock.zone(self.company_id)

    def _simulated_steps(self, lines=None):
        """Return the engine's answer for this cadence as it stands in the form, or for these lines of it."""
        if not self.company_id:
            return []
        return self.env["chasing.simulation"]._of_cadence(self, self._sample(), lines)

    def _sample(self):
        """Return the invoice whose dates are shown: what is shown of it, whoever chose it may read."""
        move = self.sample_move_id._origin
        move.check_access("read")
        if move and (move.move_type != "out_invoice" or self.company_id not in move.company_id.sudo().parent_ids):
            raise UserError(self.env._("Try the cadence on an invoice of its company to a customer."))
        return move

    @api.depends("benefit", "company_id")
    @api.depends_context("lang")
    def _compute_benefit_note(self):
        """Name the languages in which customers read the reason to pay untranslated (R65)."""
        for cadence in self:
            cadence.benefit_note = cadence._untranslated_text() if cadence._origin and cadence.benefit else False

    def _untranslated_text(self):
        saved = self._origin
        known = saved._fields["benefit"]._get_stored_translations(saved) or {}
        names = dict(self.env["res.lang"].get_installed())
        readers = {lang: count for lang, count in saved._readers().items() if lang not in known and lang in names}
        one, many = self.env._("1 customer"), self.env._("%(count)s customers")
        return " ".join(
            self.env._(
                "Not translated into %(language)s, which is read by %(customers)s.",
                language=names[lang],
                customers=counted(self.env, count, one, many),
            )
            for lang, count in sorted(readers.items(), key=lambda pair: (-pair[1], pair[0]))
        )

    def _readers(self):
        """Return {code of a language: the number of the company's customers who are written to in it}."""
        customers = [
            ("customer_rank", ">", 0),
            ("parent_id", "=", False),
            ("company_id", "in", [False, *self._owners()]),
        ]
        readers = defaultdict(int)
        for lang, count in self.env["res.partner"].sudo()._read_group(customers, ["lang"], ["__count"]):
            readers[self.company_id._chasing_lang(lang)] += count
        return readers

    def _owners(self):
        """Return the ids of the companies whose customers this cadence reaches."""
        return self.env["res.company"].sudo().search([("id", "child_of", self.company_id.ids)]).ids

    @api.depends("step_ids.trigger")
    def _compute_has_repeat(self):
        for cadence in self:
            cadence.has_repeat = "repeat" in cadence.step_ids.mapped("trigger")

    def _message_kinds(self, lines):
        """Return {line id: level of its message} of lines, of which one that is typed in may be new (R70)."""
        if not self.company_id:
            return {}
        simulation, sample = self.env["chasing.simulation"], self._sample()
        kinds = simulation._kinds(self, sample)
        unknown = lines.filtered(lambda line: line.id not in kinds)
        return {**simulation._kinds(self, sample, self.step_ids | unknown), **kinds} if unknown else kinds

    @api.depends(
        lambda self: (
            "sample_move_id",
            "step_ids.role_id",
            *(f"step_ids.{name}" for name in (*EXAMPLE_FIELDS, *self.env["chasing.step.mixin"]._channel_boxes())),
        )
    )
    @api.depends_context("lang", "tz")
    def _compute_warning_text(self):
        """Say what to look out for while the cadence is edited (R24)."""
        for cadence in self:
            warnings = [cadence._refusal(), *cadence._unusable_channels(), *cadence._same_days()]
            cadence.warning_text = "\n".join(filter(None, warnings))

    def _refusal(self):
        """Return why the steps could not be saved as they stand, None if they can (R2-R4, R14, R16, R88)."""
        problems = self.step_ids._problems(self.step_ids._definitions(), in_cadence=True)
        return self.step_ids._problem_sentence(problems[0]) if problems else None

    def _unusable_channels(self):
        """Return why each channel that a step uses cannot be used yet."""
        blocked = self.step_ids._blocked(self.company_id or self.env.company)
        used = {code for line in self.step_ids for code in line._channels()}
        return [reason for code, reason in blocked.items() if code in used]

    def _same_days(self):
        """Name steps that fall on one day: all but the first would be skipped (R17)."""
        days = defaultdict(list)
        labels = {line.id: line.step_label for line in self.step_ids}
        roles = {line.id: line.role_id for line in self.step_ids}
        for step in self._simulated_steps():
            if step.state != "skipped":
                day, line_id = moments.local(step.at, self._timezone()).date(), step.key[0]
                days[day, roles[line_id]].append(labels[line_id])
        return [
            self.env._(
                "%(steps)s fall on the same day: only the first one is sent.", steps=self.env._(" and ").join(names)
            )
            for names in days.values()
            if len(names) > 1
        ]

    @api.depends("step_ids.mode")
    def _compute_ask_first(self):
        for cadence in self:
            cadence.ask_first = bool(cadence.step_ids) and all(line.mode == "ask" for line in cadence.step_ids)

    @api.onchange("ask_first")
    def _onchange_ask_first(self):
        for line in self.step_ids:
            line.mode = "ask" if self.ask_first else "auto"

    def action_apply(self):
        """Ask what this cadence, as it is now, would change on the open invoices that have it; then change them."""
        self.ensure_one()
        self.check_access("read")
        check_collector(self.env)
        schedules = self.env["chasing.schedule"].search(self._open_schedules())
        return self.env["chasing.assign"]._ask(
            schedules.move_id, self.env._("Update Existing Invoices of %(cadence)s", cadence=self.name), renewed=self
        )
