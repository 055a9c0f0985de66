from odoo import api, fields, models

from ..common.user_groups import INTERNAL_USERS


class ResCompany(models.Model):
    _inherit = "res.company"

    chasing_new_sms_template_id = fields.Many2one(
        "sms.template",
        "New Invoice SMS",
        groups=INTERNAL_USERS,
        domain="[('model', '=', 'account.move')]",
        default=lambda self: self._chasing_sms_template("new"),
    )
    chasing_reminder_sms_template_id = fields.Many2one(
        "sms.template",
        "Invoice Reminder SMS",
        groups=INTERNAL_USERS,
        domain="[('model', '=', 'account.move')]",
        default=lambda self: self._chasing_sms_template("reminder"),
    )
    chasing_past_due_sms_template_id = fields.Many2one(
        "sms.template",
        "Past Due Invoice SMS",
        groups=INTERNAL_USERS,
        domain="[('model', '=', 'account.move')]",
        default=lambda self: self._chasing_sms_template("past_due"),
    )

    @api.model
    def _chasing_sms_template(self, kind):
        return self.env.ref(f"invoice_chasing.sms_template_{kind}", raise_if_not_found=False)

    @api.model
    def _chasing_set_up(self):
        self._chasing_give_templates("chasing_{}_sms_template_id", self._chasing_sms_template)
        return super()._chasing_set_up()
