from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

from ..common import clock
from ..engine import moments
from ..engine.states import LEFT


class ChasingDelivery(models.Model):
    """List messages by what became of them today."""

    _inherit = "chasing.delivery"

    left_today = fields.Boolean("Sent Today", store=False, search="_search_left_today", exportable=False)
    is_under_way = fields.Boolean("Under Way", store=False, search="_search_is_under_way", exportable=False)

    def _search_left_today(self, operator, value):
        """Find what left on the present day of its company."""
        if operator != "in":
            return NotImplemented
        companies = self.env["res.company"].sudo().search([])
        today = Domain.OR(
            self._left_today_of(timezone, group)
            for timezone, group in companies.grouped(lambda company: company._chasing_timezone()).items()
        )
        left = Domain("state", "in", LEFT) & today
        return left if True in value else ~left

    def _left_today_of(self, timezone, companies):
        day = clock.today(companies[0])
        start, end = (moments.instant(day + timedelta(days), 0, timezone) for days in range(2))
        own = Domain("company_id", "in", companies.ids)
        return own & Domain("sent_at", ">=", start) & Domain("sent_at", "<", end)

    def _search_is_under_way(self, operator, value):
        """Find what was handed over and has neither left nor failed, unless a hold took it back."""
        if operator != "in":
            return NotImplemented
        under_way = Domain("state", "=", "queued") & Domain("taken_back_at", "=", False)
        return under_way if True in value else ~under_way

    def action_open_invoice(self):
        """Open the invoice of this message, where its chasing is steered."""
        return self.schedule_id.action_open_invoice()
