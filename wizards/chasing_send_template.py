from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_list

from ..models.common import client_actions
from ..models.common.access import check_collector
from ..models.common.typed_text import from_editor
from ..models.engine import template_words

LANG = "{{ object.partner_id.lang }}"


class ChasingSendTemplate(models.AbstractModel):
    """Make a template of the message that a dialog holds (R74)."""

    _name = "chasing.send.template"
    _description = "Template of a Message"

    def action_save_template(self):
        """Make templates of the words as they stand, and write the message by them (R74)."""
        self.ensure_one()
        check_collector(self.env)
        name = (self.template_name or "").strip()
        if not name or not self.move_id:
            raise UserError(self.env._("Enter a name for the template."))
        templates = self._new_templates(name)
        self.write({**{field: template.id for field, template in templates.items()}, "template_name": False})
        self.write(self._taken())
        channels = [label for box, label in self._box_labels().items() if self._template_of(box) in templates]
        names = {"name": name, "channels": format_list(self.env, channels)}
        text = self.env._("The template “%(name)s” is saved: %(channels)s.", **names)
        answer = client_actions.notification(text, closes=False)
        answer["params"]["next"] = self._open_again()
        return answer

    def _box_labels(self):
        return {box: self._fields[box]._description_string(self.env) for box in self._channel_boxes() if self[box]}

    def _template_of(self, box):
        """Return the name of the field with the template of a box's channel."""
        return self.env["chasing.channel"]._all()[self._channel_boxes()[box]]._template_field

    def _new_templates(self, name):
        """Return {field: new template} of this message's channels, made by the rights of whoever saves them.

        Channels that say the same share one. What has no words makes none.
        """
        made = {}
        for field in filter(None, map(self._template_of, self._box_labels())):
            kind = self.env[self._fields[field].comodel_name]
            values = self._template_values(kind)
            if not values or not kind.has_access("create"):
                continue
            same = [template for template in made.values() if template._name == kind._name]
            made[field] = same[0] if same else self._made(kind, {"name": name, **values})
        if not made:
            raise UserError(self.env._("Nothing was saved: you may not make such a template, or it has no text."))
        return made

    def _template_values(self, kind):
        """Return the values of a template of a kind that says these words, none where there are no words for it."""
        expressions = self.env["chasing.placeholder"]._expressions()
        if kind._name == "sms.template":
            text = template_words.as_template(self.sms_text or "", expressions)
            return {"body": text, "lang": LANG} if text.strip() else {}
        body = template_words.as_template(str(from_editor(self.body)), expressions, is_html=True)
        subject = template_words.as_template(self.subject or "", expressions)
        return {"subject": subject, "body_html": body, "lang": LANG, "use_default_to": True}

    def _made(self, kind, values):
        template = kind.create({**values, "model_id": self.env["ir.model"]._get_id("account.move")})
        template.sudo()._chasing_check(self.move_id.sudo())
        return template

    def _open_again(self):
        context = {"dialog_size": "extra-large"}
        title = self._title(self.move_id, self.step_id, self.is_edit)
        return client_actions.open_form(self, title, target="new", context=context)
