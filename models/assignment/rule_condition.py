"""The condition of a rule, read from its text, and what is wrong with it in a sentence."""

import ast

import psycopg2

from odoo.exceptions import UserError
from odoo.fields import Domain

# The errors of Python and the ORM about what is no condition, or about a field, a model or a method that is gone.
UNREADABLE = (
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    SyntaxError,
    TypeError,
    UserError,
    ValueError,
)
# The database's errors about a condition that the ORM lets through; its other errors are about the transaction.
REFUSED = (
    psycopg2.DataError,
    psycopg2.NotSupportedError,
    psycopg2.ProgrammingError,
    psycopg2.errors.StatementTooComplex,
)
EXAMPLE = "[('amount_residual', '>', 1000)]"
MAX_SHOWN = 40


def parse(text):
    """Return the domain that a text is."""
    return Domain(ast.literal_eval(text or "[]"))


def check_pattern(condition):
    """Refuse a pattern that ends in the escape sign: nothing follows that it could escape."""
    value = condition.value
    if condition.operator in ("any", "not any"):
        for inner in Domain(value).iter_conditions():
            check_pattern(inner)
    is_pattern = isinstance(value, str) and condition.operator.endswith(("=like", "=ilike"))
    if is_pattern and (len(value) - len(value.rstrip("\\"))) % 2:
        raise ValueError(f"{value!r} ends with a backslash.")


def explain(records, text, error):
    """Return what keeps a condition from being asked, in a sentence for whoever wrote it.

    :param records: any recordset of the model that is asked
    :param text: the condition
    :param error: what was raised when it was read or asked
    """
    env = records.env
    if isinstance(error, UserError):
        return str(error).strip().partition("\n")[0]
    try:
        conditions = list(parse(text).iter_conditions())
    except UNREADABLE:
        return env._("It is not written as a condition, such as %(example)s.", example=EXAMPLE)
    for condition in conditions:
        if unknown := _unknown_field(records, condition.field_expr):
            return env._("There is no field “%(field)s”.", field=unknown)
    for condition in conditions:
        if not _is_readable(records, condition):
            return _about(records, condition)
    if len(conditions) == 1:
        return _about(records, conditions[0])
    return misfit(env)


def misfit(env):
    """Return the sentence about a condition of which nobody can tell which part is wrong."""
    return env._("One of its values does not fit its field.")


def _unknown_field(records, path):
    """Return the first name of a path that is no field of its model, None if all are."""
    for name in str(path).split("."):
        if name not in records._fields:
            return name
        field = records._fields[name]
        if not field.relational:
            # What follows is a part of its value, such as the month of a day.
            return None
        records = records.env[field.comodel_name]
    return None


def _is_readable(records, condition):
    try:
        check_pattern(condition)
        records.sudo()._search(Domain(condition))
    except UNREADABLE:
        return False
    return True


def _about(records, condition):
    """Return that a condition's value does not fit its field, naming both."""
    env, name = records.env, condition.field_expr.partition(".")[0]
    value = "".join(sign if sign.isprintable() else "�" for sign in str(condition.value))
    return env._(
        "“%(field)s” cannot be compared with “%(value)s”.",
        field=records._fields[name]._description_string(env) if name in records._fields else name,
        value=value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}…",
    )
