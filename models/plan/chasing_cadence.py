from odoo import fields, models

from ..common.client_actions import open_list
from ..engine.states import OPEN_STATUSES


class ChasingCadence(models.Model):
    _inherit = "chasing.cadence"

    schedule_ids = fields.One2many("chasing.schedule", "cadence_id")
    schedule_count = fields.Integer("Open Invoices", compute="_compute_schedule_count")

    def _compute_schedule_count(self):
        counts = dict(
            self.env["chasing.schedule"]._read_group(
                [("cadence_id", "in", self.ids), ("status", "in", OPEN_STATUSES)],
                ["cadence_id"],
                ["__count"],
            )
        )
        for cadence in self:
            cadence.schedule_count = counts.get(cadence, 0)

    def _open_schedules(self):
        return [("cadence_id", "=", self.id), ("status", "in", OPEN_STATUSES)]

    def action_open_invoices(self):
        """Open the invoices this cadence runs on."""
        return open_list(self.env["chasing.schedule"], self.name, self._open_schedules())
