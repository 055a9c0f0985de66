from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    chasing_enabled = fields.Boolean(related="company_id.chasing_enabled", readonly=False)
    chasing_start_date = fields.Date(related="company_id.chasing_start_date", readonly=False)
    chasing_tz = fields.Selection(related="company_id.chasing_tz", readonly=False)
    chasing_window_from = fields.Integer(related="company_id.chasing_window_from", readonly=False)
    chasing_window_to = fields.Integer(related="company_id.chasing_window_to", readonly=False)
    chasing_catchup_days = fields.Integer(related="company_id.chasing_catchup_days", readonly=False)
    chasing_run_limit = fields.Integer(related="company_id.chasing_run_limit", readonly=False)
    chasing_new_template_id = fields.Many2one(related="company_id.chasing_new_template_id", readonly=False)
    chasing_reminder_template_id = fields.Many2one(related="company_id.chasing_reminder_template_id", readonly=False)
    chasing_past_due_template_id = fields.Many2one(related="company_id.chasing_past_due_template_id", readonly=False)
