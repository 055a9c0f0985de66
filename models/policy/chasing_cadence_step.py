from textwrap import shorten

from odoo import api, fields, models
from odoo.tools import html2plaintext

from ..common import settings_log, trusted_context
from .chasing_step_mixin import TIMING

WEEK = 7
# What needs no mention.
USUAL = {
    "mode": "auto",
    "role_missing": "skip",
    "document": "invoice",
    "formal_level": "reminder",
    "pay_by_days": 7,
}
# Of these the beginning is enough.
LONG = ("body", "consequence")


class ChasingCadenceStep(models.Model):
    """One line of a cadence: what is copied onto an invoice when the cadence is applied (R20)."""

    _name = "chasing.cadence.step"
    _inherit = ["chasing.owned", "chasing.step.mixin"]
    _description = "Chasing Cadence Step"
    _order = "cadence_id, sequence, id"
    _check_company_auto = True
    _owner_field = "cadence_id"

    cadence_id = fields.Many2one("chasing.cadence", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="cadence_id.company_id", store=True, index=True)
    role_id = fields.Many2one(check_company=True)
    sequence = fields.Integer(default=10)

    @api.model_create_multi
    def create(self, vals_list):
        """Note what becomes of the cadence's steps, and check them."""
        self.env["chasing.cadence"].browse({vals.get("cadence_id") for vals in vals_list} - {None})._remember_steps()
        steps = super().create(vals_list)
        steps._check_alone()
        return steps

    def write(self, vals):
        """Note what becomes of the cadence's steps, and check them."""
        (self.cadence_id | self.cadence_id.browse(vals.get("cadence_id") or ()))._remember_steps()
        result = super().write(vals)
        self._check_alone()
        return result

    def unlink(self):
        """Note what becomes of the cadence's steps."""
        self.cadence_id._remember_steps()
        return super().unlink()

    @api.onchange("cadence_id")
    def _onchange_cadence_id(self):
        """Propose a new line that is late a week after the last one."""
        late = self.cadence_id.step_ids.filtered(lambda line: line.trigger == self.trigger == "after_due") - self
        if late and not self._origin:
            self.days = max(late.mapped("days")) + WEEK

    def _described(self):
        """Return all that can be changed of it in words (R23).

        An example: 'After due at 09:00 (Only To: Board, Sending: Ask before sending)'.
        """
        text = self.env._("%(step)s at %(hour)02d:00", step=self.step_label, hour=self.hour)
        details = [
            self._fields[name]._description_string(self.env)
            if self._fields[name].type == "boolean"
            else f"{self._fields[name]._description_string(self.env)}: {said}"
            for name in self._copied_fields()
            if name not in TIMING and self[name] and self[name] != USUAL.get(name) and (said := self._detail(name))
        ]
        return f"{text} ({', '.join(details)})" if details else text

    def _detail(self, name):
        """Return one field in words, a text by how it begins."""
        said = settings_log.value_text(self, name)
        return shorten(html2plaintext(said), 80, placeholder="…") if name in LONG else said

    def _check_alone(self):
        """Check lines that are written by themselves, which their cadence does not see (R2-R4, R12, R14, R16).

        A cadence checks all of its lines at the end of its own change. That can reach lines of another one: it looks
        at those too.
        """
        touched = trusted_context.get(self.env, "chasing_touched_cadences")
        if touched is None:
            self.cadence_id._check_steps()
        else:
            touched.update(self.cadence_id.ids)

    @api.model
    def _template_uses(self, name, template):
        """Return the steps of cadences that name a template: 'Standard (5 days after due, 15 days after due)'."""
        lines = self.search([(name, "=", template.id), ("company_id", "in", self.env.companies.ids)])
        return [
            self.env._("%(cadence)s (%(steps)s)", cadence=cadence.name, steps=", ".join(group.mapped("step_label")))
            for cadence, group in lines.grouped("cadence_id").items()
        ]
