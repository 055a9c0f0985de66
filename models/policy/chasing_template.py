from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..common import clock
from ..common.errors import ChannelRefused
from ..common.user_groups import READER_GROUPS
from ..engine import template_check


class ChasingTemplate(models.AbstractModel):
    """A template by which messages are written.

    As long as it is, it stays one of invoices, and is tried on real ones whenever it changes (R77).
    """

    _name = "chasing.template"
    _description = "Template of Messages"
    # The fields that are filled in, and those of them that may come out empty.
    _chasing_texts = ()
    _chasing_optional = ()

    chasing_uses = fields.Char(compute="_compute_chasing_uses", groups=READER_GROUPS)

    @api.depends_context("lang", "allowed_company_ids")
    def _compute_chasing_uses(self):
        """Tell whoever edits a template what else it writes."""
        for template in self:
            template.chasing_uses = "; ".join(template._origin._chasing_uses())

    def _chasing_uses(self):
        """Return what this template writes, each in a person's words; nothing for one that is not of invoices."""
        if not self or self.sudo().model != "account.move":
            return []
        uses = []
        for model in self.env.registry.descendants(["chasing.template.chooser"], "_inherit"):
            chooser = self.env[model].sudo()
            if not (chooser._abstract or chooser._transient):
                names = [
                    name for name in chooser._template_fields() if chooser._fields[name].comodel_name == self._name
                ]
                uses += [use for name in names for use in chooser._template_uses(name, self)]
        return uses

    def write(self, vals):
        of_invoices = self.sudo().filtered(lambda template: template.model == "account.move")
        of_invoices._chasing_check_typed(vals, self.env.lang)
        result = super().write(vals)
        # Whoever may write a template may write its model's name without its model.
        if not {"model_id", "model", *self._chasing_texts}.isdisjoint(vals):
            of_invoices._chasing_changed()
        return result

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        of_invoices = self.sudo().filtered(lambda template: template.model == "account.move")
        for lang, text in translations.items():
            # Of a text in HTML these may be terms, whose tags Odoo compares by itself.
            if isinstance(text, str):
                of_invoices._chasing_check_typed({field_name: text}, lang)
        result = super()._update_field_translations(field_name, translations, digest, source_lang)
        if field_name in self._chasing_texts:
            self.sudo().filtered(lambda template: template.model == "account.move")._chasing_changed()
        return result

    def _chasing_changed(self):
        """Check again what was written for invoices and says something else now.

        Only templates of invoices can have been chosen. Hook: extended by forecast.
        """
        self.env["chasing.tone"]._texts_changed()
        for template in self:
            for chooser in self.env["chasing.template.chooser"]._choosers(template):
                template._chasing_check(chooser._sample_invoices())

    def _chasing_check(self, invoices):
        """Refuse a template that is written for something else, or that fails on one of these invoices."""
        self.ensure_one()
        if self.model != "account.move":
            raise ValidationError(
                self.env._(
                    "%(template)s is written for %(model)s: chasing needs a template for invoices. Choose another one.",
                    template=self.name,
                    model=self.model_id.name or self.env._("nothing"),
                )
            )
        for name in self._chasing_texts:
            for lang in self._chasing_langs(name, invoices):
                self._chasing_check_source(name, self.with_context(lang=lang)[name], lang)
                for company, moves in invoices.grouped("company_id").items():
                    self.with_company(company)._chasing_try(name, moves, lang)

    def _chasing_langs(self, name, invoices):
        """Return the codes of the languages in which a text is tried: first the edited one, which is its user's.

        Then those of its readers, and those in which it differs.
        """
        used = list(dict.fromkeys([self.env.lang or "en_US", *filter(None, invoices.partner_id.mapped("lang"))]))
        texts = {lang: self.with_context(lang=lang)[name] for lang, _name in self.env["res.lang"].get_installed()}
        told = {texts.get(lang) for lang in used}
        return [*used, *(lang for lang, text in texts.items() if lang not in used and text not in told)]

    def _chasing_check_typed(self, vals, lang):
        """Refuse what could not be a template before Odoo repairs it, which would lose some of it in silence.

        :param lang: the code of the language it is typed in
        """
        typed = {name: vals[name] for name in self._chasing_texts if vals.get(name)}
        if typed and (template := self.filtered(self.env["chasing.template.chooser"]._choosers)[:1]):
            for name, text in typed.items():
                template._chasing_check_source(name, str(text), lang)

    def _chasing_check_source(self, name, source, lang):
        """Refuse a text in a language that cannot be filled in whatever the invoice, naming the place."""
        if self._fields[name].type == "html":
            known = _directives(self.env["ir.qweb"])
            fault = template_check.fault_in_markup(str(source or ""), known)
        else:
            fault = template_check.fault_in_text(source or "")
        if fault:
            raise ValidationError(
                self.env._(
                    "%(template)s, %(field)s: %(problem)s Correct it first.",
                    template=self.name,
                    field=self._chasing_field_text(name, lang),
                    problem=self._chasing_fault_text(fault, self._fields[name].type == "html"),
                )
            )

    def _chasing_field_text(self, name, lang):
        """Return the name of a field, and of the language it is tried in where there are several."""
        label, langs = self._fields[name]._description_string(self.env), dict(self.env["res.lang"].get_installed())
        return f"{label} ({langs[lang]})" if len(langs) > 1 and lang in langs else label

    def _chasing_fault_text(self, fault, is_html):
        """Return what is wrong with a source, in a sentence with the words around the place."""
        place = fault.place
        if fault.code == "braces" and is_html:
            return self.env._("%(place)s would be sent as it stands. Insert the field instead.", place=place)
        return {
            "braces": self.env._("the braces of %(place)s are not closed.", place=place),
            "directive": self.env._("%(place)s has a directive that does not exist.", place=place),
            "t-foreach": self.env._("%(place)s has t-foreach without t-as.", place=place),
            "open": self.env._("%(place)s is never closed.", place=place),
            "closed": self.env._("%(place)s closes what was never opened.", place=place),
            "unfinished": self.env._("the tag %(place)s has no end.", place=place),
        }[fault.code]

    def _chasing_render(self, name, moves, lang, now):
        """Return {move id: what a field says of each invoice}.

        Hook: extended by dispatch.

        :param name: the field that is filled in
        :param now: the UTC instant the values are told for
        :return: a text each, or the ChannelRefused that says why there is none
        """
        return {}

    def _chasing_try(self, name, moves, lang):
        """Refuse a text that fails, or says nothing, on one of these invoices of one company."""
        if not self.with_context(lang=lang)[name]:
            return
        for move_id, text in self._chasing_render(name, moves, lang, clock.now(self.env)).items():
            if problem := self._chasing_problem(text, name in self._chasing_optional):
                move = moves.browse(move_id)
                raise ValidationError(
                    self.env._(
                        "%(template)s, %(field)s, tested on %(invoice)s: %(problem)s Correct it first.",
                        template=self.name,
                        field=self._chasing_field_text(name, lang),
                        invoice=move.name if _may_read(move) else self.env._("an invoice"),
                        problem=problem,
                    )
                )

    def _chasing_problem(self, text, is_optional):
        if isinstance(text, ChannelRefused):
            return self.env._("it cannot be filled in (%(detail)s).", detail=text.detail)
        if not is_optional and not template_check.has_words(text):
            return self.env._("it would be empty.")
        return None


def _may_read(move):
    """Return whether the user may read an invoice, on which a template is tried by every right."""
    return move.sudo(False).has_access("read")


def _directives(qweb):
    """Return the names of the directives that Odoo's templates may have."""
    begin = "_compile_directive_"
    return {name.removeprefix(begin) for name in dir(type(qweb)) if name.startswith(begin)}
