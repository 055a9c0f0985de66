from odoo import models


class MailTemplate(models.Model):
    _name = "mail.template"
    _inherit = ["mail.template", "chasing.template"]
    _chasing_texts = ("subject", "body_html", "reply_to")
    _chasing_optional = ("reply_to",)
