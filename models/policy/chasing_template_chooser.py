from odoo import api, models

# On this number of the newest invoices a text is tried.
SAMPLES = 10


class ChasingTemplateChooser(models.AbstractModel):
    """Whatever chooses templates for messages (R77).

    Each is checked when it is chosen, by name of no field, so that a later field is checked as well.
    """

    _name = "chasing.template.chooser"
    _description = "What Messages Say"

    @api.model
    def _template_fields(self):
        """Return the names of this model's fields that choose a template, whichever addon brought them.

        On a model of Odoo's they begin with `chasing_`: its own templates are no business of ours.
        """
        kinds = self.env.registry.descendants(["chasing.template"], "_inherit")
        is_ours = self._name.startswith("chasing.")
        return [
            name
            for name, field in self._fields.items()
            if field.store and field.comodel_name in kinds and (is_ours or name.startswith("chasing_"))
        ]

    @api.constrains(lambda self: self._template_fields())
    def _check_templates(self):
        """Refuse templates of anything but invoices, and those that cannot be filled in."""
        for name in self._template_fields():
            for template, records in self.grouped(name).items():
                if template:
                    template.sudo()._chasing_check(records._sample_invoices())

    def _sample_invoices(self):
        """Return real invoices on which a text is tried: the newest of the company."""
        return (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("company_id", "child_of", self._template_companies().ids),
                    ("move_type", "=", "out_invoice"),
                    ("state", "=", "posted"),
                ],
                order="id desc",
                limit=SAMPLES,
            )
        )

    def _template_companies(self):
        return self.company_id

    @api.model
    def _choosers(self, template):
        """Return one record of each model that has chosen a template."""
        choosers = []
        for model in self.env.registry.descendants(["chasing.template.chooser"], "_inherit"):
            chooser = self.env[model].sudo().with_context(active_test=False)
            if chooser._abstract or chooser._transient:
                continue
            for name in chooser._template_fields():
                if chooser._fields[name].comodel_name == template._name:
                    choosers += chooser.search([(name, "=", template.id)], limit=1)
        return choosers

    @api.model
    def _template_uses(self, name, template):
        """Return what a template writes here, in a person's words, as far as the reader's companies go.

        Hook: here nothing, extended by each model whose choices people look after.

        :param name: the field that has chosen it
        """
        return []
