from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import ormcache
from odoo.tools.mail import is_html_empty

from ..common import clock, formats
from ..common.errors import ChannelRefused
from ..common.wording import translate
from ..engine import markup, placeholders, template_check
from ..engine.placeholder_names import NAMES, OPTIONAL, PATHS


class ChasingPlaceholder(models.AbstractModel):
    """Fills the placeholders of own texts (R77).

    Whoever may chase may write one, so it is no template: nothing in it is run, each placeholder is one of a list.
    """

    _name = "chasing.placeholder"
    _description = "Placeholders of Own Texts"

    @api.model
    def _fill(self, text, move, lang, now, is_html=False):
        """Return a text with the values of an invoice, or the ChannelRefused that names the place nobody knows.

        :param lang: the language code it is written in
        :param now: the UTC instant the values are told for
        """
        if not _has_any(text):
            return text
        if place := placeholders.unknown(text, PATHS):
            return ChannelRefused("template_failed", place)
        move = clock.at(move.sudo().with_context(lang=lang), now)
        values = {path: self._value(move, path) for path in placeholders.paths(text)}
        filled = placeholders.fill(text, values, is_html)
        # A value may have made a link of what was none.
        return Markup(markup.clean(filled)) if is_html else filled

    @api.model
    def get_choices(self):
        """Return what can be inserted into a text that customers read, as people call it and in their order (R77).

        :return: a list of {"path", "name", "expression": how a template says it, False where the user may not let a
            template say it}
        """
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only employees write messages."))
        is_editor = self.env.user.has_group("mail.group_mail_template_editor")
        free = self.env["account.move"].mail_allowed_qweb_expressions()
        return [
            {
                "path": path,
                "name": translate(self.env, name),
                "expression": (is_editor or path in free) and self._expression(path),
            }
            for path, name in NAMES.items()
        ]

    @api.model
    def _values(self, move, lang, now):
        """Return {field: what it stands for in a text about an invoice}.

        :param lang: the language code it is written in
        :param now: the UTC instant the values are told for
        """
        move = clock.at(move.sudo().with_context(lang=lang), now)
        return {path: self._value(move, path) for path in PATHS}

    @api.model
    def _expressions(self):
        """Return {field: the expression by which a template says it}, each as `_value` writes it."""
        return {path: self._expression(path) for path in PATHS}

    @api.model
    @ormcache()
    def _plain_paths(self):
        """Return the fields that are texts: their values are printed as they are."""
        return tuple(path for path in NAMES if self._field(path).type in ("char", "text"))

    def _field(self, path):
        *steps, name = path.split(".")[1:]
        record = self.env["account.move"]
        for step in steps:
            record = record[step]
        return record._fields[name]

    def _expression(self, path):
        field = self._field(path)
        if field.type == "date":
            return f"long_date({path})"
        if field.type == "monetary":
            written = f"format_amount({path}, object.currency_id)"
            return f"{written} if {path} else ''" if path in OPTIONAL else written
        return path

    def _value(self, move, path):
        """Return what a path stands for, in words."""
        *steps, name = path.split(".")[1:]
        record = move
        for step in steps:
            record = record[step]
        field, value = record._fields[name], record[name]
        if field.type == "date":
            return formats.long_date(self.env, value, move.env.context["lang"])
        if field.type == "monetary" and (value or path not in OPTIONAL):
            currency = record[field.get_currency_field(record)]
            return formats.amount(self.env, value, currency, move.env.context["lang"])
        return str(value) if value or field.type == "integer" else ""

    @api.model
    def _unknown_text(self, step, *names):
        """Return which placeholder of own texts nobody knows, in a sentence; None without one.

        :param step: a record of the step mixin, or any other, that has them
        :param names: the fields that have them
        """
        field, place = self._unknown(step, *names)
        return place and self.env._(
            "%(field)s: %(place)s cannot be filled in. A placeholder names one field of the invoice, "
            "such as {{ object.name }} or {{ object.amount_residual }}.",
            field=field,
            place=place,
        )

    @api.model
    def _refusal(self, record, name):
        """Return the ChannelRefused that names a placeholder of an own text that nobody knows; None without one."""
        field, place = self._unknown(record, name)
        return place and ChannelRefused("template_failed", f"{field}: {place}")

    def _unknown(self, record, *names):
        """Return (what people call the first field with a placeholder that nobody knows, its place), None for none."""
        for name in names:
            text = str(record[name] or "")
            if _has_any(text) and (place := placeholders.unknown(text, PATHS)):
                return record._fields[name]._description_string(self.env), place
        return None, None

    @api.model
    def _check_plain(self, records, name):
        """Refuse braces in a field that is printed as it stands.

        :param records: records of any model that has it
        """
        for record in records:
            if _has_any(record[name] or ""):
                raise ValidationError(
                    self.env._(
                        "%(field)s: fields of the invoice are not filled in here. Remove the braces.",
                        field=record._fields[name]._description_string(self.env),
                    )
                )

    @api.model
    def _check(self, text, steps, name):
        """Refuse an own text that could not be filled in, naming the place.

        :param steps: records of the step mixin that have it
        :param name: the field that has it
        """
        is_html = steps._fields[name].type == "html"
        label = {"step": steps[0].step_label, "field": steps._fields[name]._description_string(self.env)}
        if text and not is_html_empty(text) and not template_check.has_words(text):
            raise ValidationError(
                self.env._("%(step)s, %(field)s: there are no words in it. Add text, or leave it empty.", **label)
            )
        if not _has_any(text):
            return
        if problem := self._unknown_text(steps[0], name):
            raise ValidationError(self.env._("%(step)s, %(problem)s", step=steps[0].step_label, problem=problem))
        now = clock.now(self.env)
        for move in steps._sample_invoices():
            lang = move.partner_id.lang or self.env.lang
            if not template_check.has_words(self._fill(text, move, lang, now, is_html)):
                raise ValidationError(
                    self.env._(
                        "%(step)s, %(field)s, tested on %(invoice)s: the text would be empty. Add text, or a default "
                        "such as {{ object.ref ||| no reference }}.",
                        invoice=move.name,
                        **label,
                    )
                )


def _has_any(text):
    return "{{" in text or "}}" in text
