from odoo import models
from odoo.exceptions import UserError

from ..models.common import client_actions
from ..models.common.access import check_collector
from ..models.common.typed_text import from_editor
from ..models.engine import template_words


class ChasingSendTemplate(models.AbstractModel):
    """Make a template of the message that a dialog holds (R74)."""

    _name = "chasing.send.template"
    _description = "Template of a Message"

    def action_save_template(self):
        """Make a template of the subject and the text as they stand, and write the message by it (R74)."""
        self.ensure_one()
        check_collector(self.env)
        name = (self.template_name or "").strip()
        if not name or not self.move_id:
            raise UserError(self.env._("Enter a name for the template."))
        template = self._new_template(name)
        self.write({"email_template_id": template.id, "template_name": False})
        self.write(self._taken())
        text = self.env._("The template “%(name)s” is saved.", name=name)
        answer = client_actions.notification(text, closes=False)
        answer["params"]["next"] = self._open_again()
        return answer

    def _new_template(self, name):
        """Return a new template of this message, made by the rights of whoever saves it."""
        expressions = self.env["chasing.placeholder"]._expressions()
        subject = template_words.as_template(self.subject or "", expressions)
        body = template_words.as_template(str(from_editor(self.body)), expressions, is_html=True)
        template = self.env["mail.template"].create({
            "name": name,
            "model_id": self.env["ir.model"]._get_id("account.move"),
            "subject": subject,
            "body_html": body,
            "lang": "{{ object.partner_id.lang }}",
            "use_default_to": True,
        })
        template.sudo()._chasing_check(self.move_id.sudo())
        return template

    def _open_again(self):
        context = {"dialog_size": "extra-large"}
        title = self._title(self.move_id, self.step_id, self.is_edit)
        return client_actions.open_form(self, title, target="new", context=context)
