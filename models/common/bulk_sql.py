"""Insert many rows at once: what `create` does for plain stored columns, at the price of PostgreSQL alone."""

from operator import itemgetter

from markupsafe import escape

from odoo.tools import SQL
from odoo.tools.mail import generate_tracking_message_id

NOTE_COLUMNS = (
    "model",
    "res_id",
    "body",
    "message_type",
    "subtype_id",
    "is_internal",
    "author_id",
    "email_from",
    "reply_to",
    "message_id",
    "email_add_signature",
    "date",
)


def insert(model, columns, rows):
    """Insert plain rows in one statement and return their ids, in the order given.

    Only for a model whose stored computed fields are all among `columns`: nothing is computed, no default is
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
        # The type is that of a column of ours: pylint: disable=sql-injection
        SQL("%s::%s[]", list(values), SQL(model._fields[name].column_type[1]))
        for name, values in zip(columns, zip(*rows, strict=True), strict=True)
    )
    inserted = model.env.execute_query(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM unnest(%s) AS line RETURNING id",
            SQL.identifier(model._table),
            SQL(", ").join(map(SQL.identifier, (*columns, *audit))),
            SQL(", ").join((SQL("line.*"), *audit.values())),
            SQL(", ").join(arrays),
        )
    )
    model.invalidate_model(flush=False)
    return [row_id for (row_id,) in inserted]


def insert_values(model, rows):
    """Insert rows that each say their columns by name, all the same ones; see `insert`."""
    columns = tuple(rows[0]) if rows else ()
    return insert(model, columns, list(map(itemgetter(*columns), rows)) if rows else [])


def log_notes(records, bodies):
    """Note something on many documents, at the price of one statement.

    It does what `_message_log_batch` does: a note tells nobody, so nothing else follows from it.

    :param records: of a model with a conversation
    :param bodies: {record id: text}
    """
    if not bodies:
        return
    thread = records.env["mail.thread"]
    author_id, email_from = thread._message_compute_author()
    message = (
        "notification",
        records.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
        True,
        author_id,
        email_from or None,
        thread._notify_get_reply_to(default=email_from, author_id=author_id)[False] or None,
        generate_tracking_message_id("message-notify"),
        False,
        records.env.cr.now().replace(microsecond=0),
    )
    messages = records.env["mail.message"].sudo()
    messages.flush_model()
    rows = [(records._name, record_id, str(escape(body)), *message) for record_id, body in bodies.items()]
    insert(messages, NOTE_COLUMNS, rows)
    records.browse(bodies).invalidate_recordset(["message_ids"], flush=False)
