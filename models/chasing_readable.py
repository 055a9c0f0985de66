from collections import defaultdict

from odoo import api, models


class ChasingReadable(models.AbstractModel):
    """What a form shows follows from the records that a client names, and an id costs nothing to guess: all that is
    named is asked for before anything is computed of it, be it created, written, typed in or a default."""

    _name = "chasing.readable"
    _description = "Tells Only What Its User May Read"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_named(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_named([vals])
        return super().write(vals)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        self._check_named([values])
        return values

    def onchange(self, values, field_names, fields_spec):
        self._check_named([values])
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _check_named(self, vals_list):
        """Refuse values that name records which the user may not read.

        :param vals_list: values as `create` takes them
        """
        named = defaultdict(set)
        for vals in vals_list:
            for name, value in vals.items():
                field = self._fields.get(name)
                if field is not None and field.relational:
                    named[field.comodel_name].update(_ids_in(self.env[field.comodel_name], value))
        for model, ids in named.items():
            self.env[model].browse(ids).check_access("read")


def _ids_in(records, value):
    """The ids of saved records in the value of a relational field: an id, a list of ids, or commands; what these say of
    lines that are readable likewise is checked on the way."""
    for one in _listed(value):
        _code, *parts = one if isinstance(one, list | tuple) else (None, one)
        for part in parts:
            if isinstance(part, dict):
                if isinstance(records, ChasingReadable):
                    records._check_named([part])
            else:
                yield from (found for found in _listed(part) if type(found) is int and found)


def _listed(value):
    return value if isinstance(value, list | tuple) else [value]
