from odoo import models


class ResourceCalendar(models.Model):
    """The working hours of companies, whose zone is theirs where they have chosen none (R38)."""

    _inherit = "resource.calendar"

    def write(self, vals):
        result = super().write(vals)
        if "tz" in vals:
            companies = self.env["res.company"].sudo().search([("resource_calendar_id", "in", self.ids)])
            if going_by_it := companies.filtered(lambda company: not company.chasing_tz):
                going_by_it._chasing_zone_changed()
        return result
