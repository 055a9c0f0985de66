from odoo import api, models

from . import user_input


class ChasingTexts(models.AbstractModel):
    """Keep what people write short enough to be read, and a text that the database keeps."""

    _name = "chasing.texts"
    _description = "Texts of People"
    # A field named here, or by what a model inherits, holds more, or less, than others of its type.
    _text_limits = {}

    @api.model
    def _all_text_limits(self):
        """Return {field: characters it takes} of all that this model and what it inherits name."""
        limits = {}
        for part in reversed(type(self).mro()):
            limits |= vars(part).get("_text_limits", {})
        return limits

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            user_input.check_texts(self, vals, self._all_text_limits())
        return super().create(vals_list)

    def write(self, vals):
        user_input.check_texts(self, vals, self._all_text_limits())
        return super().write(vals)
