from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError


class ChasingReadable(models.AbstractModel):
    """Refuse records that a client names and their user may not read.

    What a form shows follows from the records that a client names, and an id costs nothing to guess: all that is named
    is asked for before anything is computed of it, be it created, written, typed in or a default.
    """

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
        check_named(self, vals_list)


def check_named(records, vals_list):
    """Refuse values of records that name others which the user may not read.

    :param vals_list: values as `create` takes them, or as a form sends them
    """
    named = defaultdict(set)
    for vals in vals_list:
        _collect(records, vals, named)
    for model, ids in named.items():
        if any(type(record_id) is not int for record_id in ids):
            raise UserError(records.env._("This is not a valid selection. Select the record in the list."))
        records.env[model].browse(ids).check_access("read")


def _collect(records, vals, named):
    """Add to {model: ids} what values name.

    Where they tell of a record instead of naming one, as a line tells of its dialog, it is what they tell of it,
    however deep, and the record that this one stands for.
    """
    for name, value in vals.items():
        field = records._fields.get(name)
        if field is None or not field.relational:
            continue
        comodel = records.env[field.comodel_name]
        for part in _parts(value):
            if isinstance(part, dict):
                _collect(comodel, part, named)
                part = part.get("id")
            if part and not _is_unsaved(part):
                named[comodel._name].add(part if type(part) is int else str(part))


def _parts(value):
    """Yield the ids and dictionaries in the value of a relational field: an id, a list of ids, or commands."""
    for entry in _listed(value):
        parts = entry[1:] if isinstance(entry, list | tuple) else (entry,)
        for part in parts:
            yield from _listed(part)


def _is_unsaved(part):
    """Tell whether it is no id of a record: what a form calls a new line, or what our own code hands over."""
    return isinstance(part, models.BaseModel | api.NewId) or str(part).startswith("virtual_")


def _listed(value):
    return value if isinstance(value, list | tuple) else [value]
