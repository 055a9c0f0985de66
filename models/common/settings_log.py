"""Settings in a person's words, so that the log can say what was changed: old → new (R23)."""

from markupsafe import Markup

from . import formats

SECRET = "••••"


def snapshot(record, names):
    """Return {field: (its value, that value in words)} of some fields of a record; a secret has no words.

    :param names: names of stored fields
    """
    return {name: (_plain(record[name]), value_text(record, name)) for name in names}


def value_text(record, name):
    """Return the value of a field as people read it, an empty text for none."""
    field, value = record._fields[name], record[name]
    if field.groups == "base.group_system":
        return SECRET if value else ""
    if field.type == "boolean":
        return record.env._("yes") if value else record.env._("no")
    if not value and field.type not in ("integer", "float", "monetary"):
        return ""
    if field.type == "selection":
        return dict(field._description_selection(record.env)).get(value, value)
    if field.relational:
        return ", ".join(value.mapped("display_name"))
    if field.type == "monetary":
        return formats.amount(record.env, value, record[field.get_currency_field(record)])
    return formats.date(record.env, value) if field.type == "date" else str(value)


def log_changes(record, before, conversation, title):
    """Note in a conversation who changed what of a record, old → new, if anything changed.

    :param before: what `snapshot` said of it
    :param conversation: the record of a model with a conversation where it is noted
    :param title: what was changed, a sentence
    """
    lines = [
        record.env._(
            "%(setting)s: %(old)s → %(new)s",
            setting=record._fields[name]._description_string(record.env),
            old=old_words or "–",
            new=new_words or "–",
        )
        for name, (new, new_words) in snapshot(record, before).items()
        for old, old_words in [before[name]]
        if old != new
    ]
    if lines:
        conversation._message_log(body=Markup("<br/>").join([title, *lines]))


def _plain(value):
    return tuple(value.ids) if hasattr(value, "ids") else value
