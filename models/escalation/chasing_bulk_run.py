from odoo import fields, models

ENDING_ACTS = [
    ("write_off", "Write Off"),
    ("take_back_write_off", "Undo Write-Off"),
    ("collections", "Send to Collections"),
]


class ChasingBulkRun(models.Model):
    """Let many invoices be written off or sent to collections at once (R41, R99)."""

    _inherit = "chasing.bulk.run"

    act = fields.Selection(selection_add=ENDING_ACTS, ondelete={act: "cascade" for act, _label in ENDING_ACTS})

    def _schedule_methods(self, schedules):
        return {
            **super()._schedule_methods(schedules),
            "write_off": schedules.action_write_off,
            "take_back_write_off": schedules.action_take_back_write_off,
            "collections": schedules.action_send_to_collections,
        }

    def _invoice_texts(self):
        return {
            **super()._invoice_texts(),
            "write_off": (self.env._("1 invoice written off."), self.env._("%(count)s invoices written off.")),
            "take_back_write_off": (
                self.env._("Write-off of 1 invoice undone. Enable chasing to send reminders again."),
                self.env._("Write-offs of %(count)s invoices undone. Enable chasing to send reminders again."),
            ),
            "collections": (
                self.env._("1 invoice sent to collections."),
                self.env._("%(count)s invoices sent to collections."),
            ),
        }

    def action_undo(self):
        """Undo these acts; what was booked only accountants take back."""
        if "write_off" in self.mapped("act"):
            self.env["chasing.schedule"]._check_accountant()
        return super().action_undo()
