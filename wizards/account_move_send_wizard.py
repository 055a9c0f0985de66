from odoo import api, fields, models

from ..models.common import clock, formats
from ..models.common.mail_header import format_addresses
from ..models.common.user_groups import READER_GROUPS
from ..models.people.chasing_step import MAX_COPIES


class AccountMoveSendWizard(models.TransientModel):
    """Let Odoo's own sending of an invoice know of the chase: copies, and when the next reminder goes."""

    _inherit = "account.move.send.wizard"

    chasing_cc = fields.Char("CC", groups=READER_GROUPS, help="Up to 10 addresses, separated by commas.")
    chasing_text = fields.Char("Next Reminder", compute="_compute_chasing_text", groups=READER_GROUPS)

    @api.depends("move_id")
    @api.depends_context("lang", "tz")
    def _compute_chasing_text(self):
        for wizard in self:
            wizard.chasing_text = wizard.move_id.move_type == "out_invoice" and wizard._chasing_told()

    def _chasing_told(self):
        """Return when the next reminder goes, or that none does."""
        self.move_id.check_access("read")
        schedule = self.move_id.sudo().chasing_schedule_ids
        timezone = schedule.company_id._chasing_timezone() if schedule else None
        told = formats.instant(self.env, schedule.next_at, timezone, clock.now(self.env))
        return self.env._("Next reminder: %(when)s", when=told) if told else self.env._("Not chased")

    def _get_sending_settings(self):
        settings = super()._get_sending_settings()
        is_reader = self._has_field_access(self._fields["chasing_cc"], "read")
        if is_reader and self.chasing_cc:
            settings["chasing_cc"] = self._chasing_copies()
        return settings

    def _chasing_copies(self):
        """Return the addresses of the copies as a header has them; refuse what is no address, and too many."""
        self.env["chasing.step"]._check_entered(self.chasing_cc, MAX_COPIES, self.env._("CC"))
        return format_addresses(self.chasing_cc)
