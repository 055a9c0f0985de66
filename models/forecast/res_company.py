from odoo import models

from ..dispatch.chasing_message import TEMPLATE_FIELDS
from ..sms.chasing_channel_sms import TEMPLATE_FIELDS as SMS_TEMPLATE_FIELDS

BEARS = frozenset({
    "email",
    *TEMPLATE_FIELDS.values(),
    *SMS_TEMPLATE_FIELDS.values(),
    # Odoo's other provider of SMS, where it is installed
    "sms_provider",
    "sms_twilio_account_sid",
    "sms_twilio_number_ids",
})


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        """What a company lacks for a channel, or lacks no longer, decides what will fail (R96)."""
        result = super().write(vals)
        if not BEARS.isdisjoint(vals):
            self.env["chasing.prediction"]._company_changed(self)
        return result
