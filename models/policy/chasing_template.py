from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.mail import is_html_empty

from ..common import clock
from ..common.errors import ChannelRefused
from ..common.user_groups import READER_GROUPS


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
        result = super().write(vals)
        # Whoever may write a template may write its model's name without its model.
        if not {"model_id", "model", *self._chasing_texts}.isdisjoint(vals):
            of_invoices._chasing_changed()
        return result

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        result = super()._update_field_translations(field_name, translations, digest, source_lang)
        if field_name in self._chasing_texts:
            self.sudo().filtered(lambda template: template.model == "account.move")._chasing_changed()
        return result

    def _chasing_changed(self):
        """Check again what was written for invoices and says something else now.

        Only templates of invoices can have been chosen. Hook: extended by forecast.
        """
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
        for company, moves in invoices.grouped("company_id").items():
            for lang in {self.env.lang, *moves.partner_id.mapped("lang")} - {False, None}:
                self.with_company(company)._chasing_try(moves, lang)

    def _chasing_render(self, name, moves, lang, now):
        """Return {move id: what a field says of each invoice}.

        Hook: extended by dispatch.

        :param name: the field that is filled in
        :param now: the UTC instant the values are told for
        :return: a text each, or the ChannelRefused that says why there is none
        """
        return {}

    def _chasing_try(self, moves, lang):
        now = clock.now(self.env)
        for name in self._chasing_texts:
            if not self.with_context(lang=lang)[name]:
                continue
            for move_id, text in self._chasing_render(name, moves, lang, now).items():
                if problem := self._chasing_problem(text, name in self._chasing_optional):
                    raise ValidationError(
                        self.env._(
                            "%(template)s, %(field)s, tested on %(invoice)s: %(problem)s Correct it first.",
                            template=self.name,
                            field=self._fields[name]._description_string(self.env),
                            invoice=moves.browse(move_id).name,
                            problem=problem,
                        )
                    )

    def _chasing_problem(self, text, is_optional):
        if isinstance(text, ChannelRefused):
            return self.env._("it cannot be filled in (%(detail)s).", detail=text.detail)
        if not is_optional and is_html_empty(text.replace("&nbsp;", " ")):
            return self.env._("it would be empty.")
        return None
