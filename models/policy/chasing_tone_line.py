from odoo import api, fields, models

from ..engine import levels

LEVELS = [
    ("new", "First message"),
    ("before_due", "More than 3 days before due"),
    ("due_soon", "1–3 days before due"),
    ("due_today", "Due today"),
    ("late", "1–7 days overdue"),
    ("later", "8–21 days overdue"),
    ("latest", "More than 21 days overdue"),
    ("final", "Final notice"),
    ("thank_you", "Thank-you"),
]


class ChasingToneLine(models.Model):
    """What a tone says at one level, through each channel.

    Hook: each channel adds the field with its template, under the name that it has on a step.
    """

    _name = "chasing.tone.line"
    _inherit = ["chasing.owned", "chasing.template.chooser"]
    _description = "Messages of a Tone"
    _order = "tone_id, sequence, id"
    _owner_field = "tone_id"
    _rec_name = "level"

    tone_id = fields.Many2one("chasing.tone", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="tone_id.company_id", store=True, index=True)
    level = fields.Selection(LEVELS, required=True, readonly=True)
    sequence = fields.Integer(compute="_compute_sequence", store=True)
    _level_once = models.Constraint("UNIQUE (tone_id, level)", "A tone has each level once.")

    @api.depends("level")
    def _compute_sequence(self):
        for line in self:
            line.sequence = levels.LEVELS.index(line.level) if line.level else 0

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.tone_id._check_may_change()
        lines.tone_id._changed()
        return lines

    def write(self, vals):
        self.tone_id._check_may_change()
        result = super().write(vals)
        self.tone_id._changed()
        return result

    def _template_companies(self):
        """Return the companies on whose invoices the templates are tried: all of them for a tone that all share."""
        if all(line.company_id for line in self):
            return self.company_id
        return self.env["res.company"].sudo().search([])

    @api.model
    def _template_uses(self, name, template):
        lines = self.search([(name, "=", template.id), ("company_id", "in", [False, *self.env.companies.ids])])
        return [self.env._("tone %(tone)s", tone=line.tone_id._title(line.level)) for line in lines]
