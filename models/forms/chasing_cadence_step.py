from odoo import api, fields, models

from ..common.wording import selection_labels
from .chasing_cadence import EXAMPLE_FIELDS


class ChasingCadenceStep(models.Model):
    """Show a line of a cadence with its live date and with what it says."""

    _inherit = "chasing.cadence.step"

    live_text = fields.Char("Example", compute="_compute_live")
    is_skipped = fields.Boolean(compute="_compute_live")
    channels_text = fields.Char("Channels", compute="_compute_channels_text")
    message_kind = fields.Char(compute="_compute_message_kind")
    message_text = fields.Char("Message", compute="_compute_message_text")

    @api.depends(
        "cadence_id.sample_move_id",
        "cadence_id.entry_point",
        *(f"cadence_id.step_ids.{name}" for name in EXAMPLE_FIELDS),
    )
    @api.depends_context("lang", "tz")
    def _compute_live(self):
        simulation = self.env["chasing.simulation"]
        for cadence, lines in self.grouped("cadence_id").items():
            simulated = cadence._simulated_steps()
            for line in lines:
                # While a line is typed in, its cadence does not know it yet.
                own = simulation._own(simulated, line) or simulation._own(cadence._simulated_steps(line), line)
                line.live_text = simulation._line_text(own, cadence._timezone())
                line.is_skipped = bool(own) and all(step.state == "skipped" for step in own)

    @api.depends(lambda self: self._channel_boxes())
    @api.depends_context("lang", "tz")
    def _compute_channels_text(self):
        for line in self:
            labels = [self._fields[box]._description_string(self.env) for box in self._channel_boxes() if line[box]]
            line.channels_text = ", ".join(labels)

    @api.depends(
        "cadence_id.sample_move_id",
        "cadence_id.step_ids.is_final",
        *(f"cadence_id.step_ids.{name}" for name in EXAMPLE_FIELDS),
    )
    def _compute_message_kind(self):
        """Say at which level of its tone the line is said when it goes, on an invoice chased from its issue (R70)."""
        for cadence, lines in self.grouped("cadence_id").items():
            kinds = cadence._message_kinds(lines)
            for line in lines:
                line.message_kind = kinds.get(line.id, False)

    @api.depends(
        lambda self: (
            "message_kind",
            "mode",
            "cadence_id.tone_id",
            *self._filled_fields(),
            *self._template_fields(),
        )
    )
    @api.depends_context("lang", "tz")
    def _compute_message_text(self):
        modes = selection_labels(self, "mode")
        for line in self:
            text = line._said()
            if line.mode == "task":
                text = modes["task"]
            elif line.mode == "ask" and text:
                text = self.env._("%(message)s, asks first", message=text)
            line.message_text = text

    def _said(self):
        """Return how people call what the line says: its own words, its template, or what its tone says then."""
        if self.subject:
            return self.subject
        if self.env["chasing.message"]._is_edited(self):
            return self.env._("Custom text")
        if template := self.env["chasing.message"]._own_template(self):
            return template.name
        tone = self.cadence_id.tone_id or self.cadence_id.company_id.sudo().chasing_tone_id
        return self.message_kind and tone.sudo()._title(self.message_kind)
