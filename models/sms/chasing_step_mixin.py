from odoo import api, fields, models


class ChasingStepMixin(models.AbstractModel):
    _inherit = "chasing.step.mixin"

    _text_limits = {"sms_text": 1000}

    channel_sms = fields.Boolean("SMS")
    sms_template_id = fields.Many2one(
        "sms.template",
        "SMS Template",
        domain="[('model', '=', 'account.move')]",
        ondelete="set null",
        index="btree_not_null",
        help="If empty, what the tone says on the day it is sent.",
    )
    sms_text = fields.Text("SMS Text", help="Replaces the SMS template's text for this step. Fields are filled in.")

    @api.model
    def _own_word_fields(self):
        return (*super()._own_word_fields(), "sms_text")
