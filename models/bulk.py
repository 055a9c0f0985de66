"""Inserting many rows at once: what `create` does for plain stored columns, at the price of PostgreSQL alone."""
from odoo.tools import SQL


def insert(model, columns, rows):
    """Insert plain rows in one statement and return their ids, in the order given.

    Only for a model of ours whose stored computed fields are all among `columns`: nothing is computed, no default is
    taken, no access is checked. What is cached of the model is dropped, so pending writes must have been flushed.

    :param model: an empty recordset of the model
    :param columns: the names of the columns of each row
    :param rows: a list of tuples of SQL values, None for NULL
    """
    if not rows:
        return []
    audit = {}
    if model._log_access:
        user, moment = SQL("%s", model.env.uid), SQL("now() AT TIME ZONE 'UTC'")
        audit = {"create_uid": user, "write_uid": user, "create_date": moment, "write_date": moment}
    arrays = (
        # the type is that of a column of ours: pylint: disable=sql-injection
        SQL("%s::%s[]", list(values), SQL(model._fields[name].column_type[1]))
        for name, values in zip(columns, zip(*rows, strict=True), strict=True)
    )
    found = model.env.execute_query(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM unnest(%s) AS line RETURNING id",
            SQL.identifier(model._table),
            SQL(", ").join(map(SQL.identifier, (*columns, *audit))),
            SQL(", ").join((SQL("line.*"), *audit.values())),
            SQL(", ").join(arrays),
        )
    )
    model.invalidate_model(flush=False)
    return [row_id for (row_id,) in found]
