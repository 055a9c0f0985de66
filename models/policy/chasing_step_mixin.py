from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import frozendict, ormcache

from ..common import formats
from ..common.safe_html import SafeHtml
from ..common.wording import counted, translate
from ..engine import definition
from ..engine import facts as engine_facts

TRIGGERS = [
    ("on_issue", "On issue"),
    ("after_issue", "Days after issue"),
    ("before_due", "Days before due"),
    ("after_due", "Days after due"),
    ("on_date", "On a date"),
    ("repeat", "Repeating"),
]
# When a step goes, which its label and its hour tell.
TIMING = ("trigger", "days", "date", "hour", "repeat_count")
ENTRY_POINTS = [
    ("next", "Continue with the next step"),
    ("fitting", "Send the latest past step now"),
    ("first", "Start with the first step"),
]
AGE_BASES = [
    ("invoice", "The invoice's due date"),
    ("instalment", "The next unpaid instalment"),
]
# What a schedule takes over from its cadence besides the steps, and what it is without one.
TERMS = {"entry_point": "next", "age_basis": "invoice", "min_contact_days": 0}
ROLE_MISSING = [
    ("skip", "Skip the step"),
    ("fail", "Fail the step"),
]
# What goes along with a message, and what a formal reminder is called (R79).
DOCUMENTS = [
    ("invoice", "Invoice"),
    ("formal", "Formal reminder"),
    ("both", "Formal reminder and invoice"),
]
FORMAL_LEVELS = [
    ("reminder", "Payment reminder"),
    ("first", "First reminder"),
    ("second", "Second reminder"),
    ("final", "Final notice"),
]
MODES = [
    ("auto", "Send automatically"),
    ("ask", "Ask before sending"),
    ("task", "Task for a person"),
]


class ChasingStepMixin(models.AbstractModel):
    """Say what a step is, whether it is policy (a cadence's line) or plan (an invoice's step).

    That is its trigger, its local hour, its channels and what it says. The engine judges it (R1-R4, R14, R16); this
    model only carries it.
    """

    _name = "chasing.step.mixin"
    _inherit = ["chasing.template.chooser", "chasing.texts"]
    _description = "Chasing Step Definition"
    # Of a subject readers see so much at most; the others are of one message (R74).
    _text_limits = {"subject": 200, "consequence": 2000, "button_text": 40, "cc": 4000}

    trigger = fields.Selection(TRIGGERS, required=True, default="on_issue")
    days = fields.Integer(help="Whole days before or after, or the interval of a repeating step.")
    date = fields.Date()
    hour = fields.Integer(
        required=True,
        default=9,
        aggregator=None,
        help="Whole hour of the day, 0 to 23, in the company's chasing time zone.",
    )
    repeat_count = fields.Integer("Times", required=True, default=1, aggregator=None)
    role_id = fields.Many2one(
        "chasing.contact.role",
        "Contact Role",
        ondelete="restrict",
        help="Only contacts of the customer with this role get the step. If empty, the customer's invoice contacts.",
    )
    role_missing = fields.Selection(
        ROLE_MISSING,
        "If No Such Contact",
        required=True,
        default="skip",
    )
    mode = fields.Selection(MODES, required=True, default="auto")
    subject = fields.Char(
        help="Replaces the template's subject for this step. {{ object.name }} and other fields of the invoice are "
        "filled in.",
    )
    body = SafeHtml(
        "Text",
        help="Replaces the template's text for this step. {{ object.name }} and other fields of the invoice are "
        "filled in.",
    )
    consequence = fields.Text(
        "What Happens Next",
        help="Printed below the text of the message, for example what follows if nobody pays. It is not translated.",
    )
    is_final = fields.Boolean(
        "Final Notice", help="The message is the tone's final notice, however late the invoice is."
    )
    show_lines = fields.Boolean("Show Invoice Lines", help="E-mails list what was invoiced.")
    document = fields.Selection(
        DOCUMENTS,
        required=True,
        default="invoice",
        help="What goes along with an e-mail or a letter.",
    )
    formal_level = fields.Selection(
        FORMAL_LEVELS,
        "Title",
        required=True,
        default="reminder",
        help="The title of the formal reminder.",
    )
    pay_by_days = fields.Integer(
        "Days to Pay",
        required=True,
        default=7,
        aggregator=None,
        help="The formal reminder asks for payment within so many days after the message is sent, 1 to 90.",
    )
    step_label = fields.Char("Step", compute="_compute_step_label")

    @api.depends("trigger", "days", "date", "repeat_count")
    @api.depends_context("lang")
    def _compute_step_label(self):
        for step in self:
            step.step_label = step._label()

    @api.model
    def _own_word_fields(self):
        """Return the names of the fields whose words replace those of a template.

        Hook: extended by each channel that has a text of its own.
        """
        return ("subject", "body")

    @api.model
    def _filled_fields(self):
        """Return the names of the fields with a person's own words in which placeholders are filled (R77)."""
        return (*self._own_word_fields(), "consequence")

    @api.constrains(lambda self: self._filled_fields())
    def _check_own_texts(self):
        """Try a person's own words on real invoices (R77)."""
        for name in self._filled_fields():
            for text, steps in self.grouped(lambda step, name=name: str(step[name] or "")).items():
                self.env["chasing.placeholder"]._check(text, steps, name)

    @api.constrains("pay_by_days")
    def _check_pay_by_days(self):
        for step in self:
            if not 1 <= step.pay_by_days <= 90:
                raise ValidationError(
                    self.env._("%(step)s: the days to pay must be between 1 and 90.", step=step.step_label)
                )

    def _label(self):
        """Return the step in a person's words: 'On issue', '5 days after due', 'Every 7 days, 3 times'."""
        self.ensure_one()
        if self.trigger == "on_issue":
            return self.env._("On issue")
        if self.trigger == "on_date":
            return self.env._("On %(date)s", date=formats.date(self.env, self.date) or "…")
        if self.trigger == "repeat":
            return f"{self._interval_text()}, {self._times_text()}"
        if self.days == 0 and self.trigger != "after_issue":
            return self.env._("On the due date")
        one, many = {
            "after_issue": (self.env._("1 day after issue"), self.env._("%(count)s days after issue")),
            "before_due": (self.env._("1 day before due"), self.env._("%(count)s days before due")),
            "after_due": (self.env._("1 day after due"), self.env._("%(count)s days after due")),
        }[self.trigger]
        return counted(self.env, self.days, one, many)

    def _interval_text(self):
        return counted(self.env, self.days, self.env._("Every day"), self.env._("Every %(count)s days"))

    def _times_text(self):
        return counted(self.env, self.repeat_count, self.env._("once"), self.env._("%(count)s times"))

    @api.onchange("trigger")
    def _onchange_trigger(self):
        for step in self:
            if step.trigger in engine_facts.DAYLESS:
                step.days = 0
            if step.trigger != "on_date":
                step.date = False
            if step.trigger != "repeat":
                step.repeat_count = 1
            elif step.days < 1:
                step.days = 7

    @api.onchange("is_final", "document")
    def _onchange_is_final(self):
        """Propose the title that a final notice has; one that a person chose stays."""
        for step in self:
            if step._gets_final_title() and step.formal_level == "reminder":
                step.formal_level = "final"
            elif not step.is_final and step._origin.is_final and step.formal_level == "final":
                step.formal_level = "reminder"

    def _gets_final_title(self):
        """Return whether this is a final notice with a formal reminder that it has not been until now."""
        before = self._origin
        return self.is_final and not (before.is_final and before.document in ("formal", "both"))

    def _channels(self):
        """Return the codes of the channels this step uses."""
        self.ensure_one()
        return frozenset(channel for box, channel in self._channel_boxes().items() if self[box])

    @api.model
    @ormcache()
    def _channel_boxes(self):
        """Return {name of the box of a channel: the channel}, for every channel that there is."""
        return frozendict({box: code for code, box in self.env["chasing.channel"]._boxes().items()})

    @api.model
    @ormcache()
    def _copied_fields(self):
        """Return the names of the fields that a copy of a line takes over (R20): its timing, its channels, the rest."""
        own, boxes = self.env["chasing.step.mixin"]._fields.items(), self._channel_boxes()
        rest = (name for name, field in own if field.store and name not in {"id", *TIMING, *boxes})
        return (*TIMING, *boxes, *rest)

    def _definitions(self):
        """Return these lines as engine facts, one each and not yet expanded, keyed by record id."""
        return [
            engine_facts.StepFacts(
                key=step.id,
                trigger=step.trigger,
                days=step.days,
                date=step.date or None,
                hour=step.hour,
                repeat_count=step.repeat_count,
                channels=step._channels(),
                role=step.role_id.id or None,
                mode=step.mode,
            )
            for step in self
        ]

    def _copied(self):
        """Return the values a copy of this line takes over (R20), as written to a record."""
        self.ensure_one()
        return {name: self._fields[name].convert_to_write(self[name], self) for name in self._copied_fields()}

    def _templates(self):
        """Return these lines expanded: [(engine facts with key (record id, occurrence), {column to copy: value})]."""
        pairs = []
        for step, line in zip(self, self._definitions(), strict=True):
            values = step._columns()
            pairs.extend((replace(part, key=(step.id, part.occurrence)), values) for part in definition.expand(line))
        return pairs

    def _columns(self):
        """Return the column values to copy, {name: value}."""
        return {
            name: value if value is not False or self._fields[name].type == "boolean" else None
            for name, value in self._copied().items()
        }

    @api.model
    def _problems(self, lines, in_cadence=False):
        """Return why lines cannot be saved as the steps of one cadence or schedule: engine Problems, none if they can.

        :param lines: engine StepFacts
        """
        return definition.validate(lines, in_cadence, self.env["chasing.channel"]._hours())

    def _problem_sentence(self, problem):
        """Return a problem the engine found with these lines as a sentence that names the line.

        :param problem: definition.Problem
        """
        channels = self.env["chasing.channel"]
        text = channels._all().get(problem.params.get("channel"), channels)._hours_text()
        text = text or translate(self.env, definition.PROBLEMS[problem.code]) % problem.params
        step = self.filtered(lambda step: step.id == problem.key)
        return f"{step.step_label}: {text}" if step else text
