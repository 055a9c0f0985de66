"""The files that a person gives one message (R74): who may, how much they hold, and with whom they then live."""

import re

from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.misc import human_size

from ..engine.addresses import one_line

# Of one message, the invoice's own PDF and the files of the template included.
MAX_BYTES = 10 * 1024 * 1024
_MIMETYPE = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}")


def check_readable(files):
    """Refuse what the acting user may not read, and what is no file.

    :param files: ir.attachment that a person chose
    """
    env = files.env
    if files.exists() != files or not files.sudo(False).has_access("read"):
        raise AccessError(env._("One of the files was deleted, or you may not read it. Choose another one."))
    for file in files.sudo():
        if file.type != "binary":
            raise UserError(env._("%(file)s is a link, not a file. Choose a file.", file=file.name))


def check_size(files):
    """Refuse more bytes than a message carries.

    :param files: all ir.attachment that it is to bring
    """
    size = sum(files.mapped("file_size"))
    if size > MAX_BYTES:
        largest = max(files, key=lambda file: file.file_size)
        raise UserError(
            files.env._(
                "The files of the message are %(size)s together, the limit is %(limit)s. The largest is %(file)s with "
                "%(largest)s. Remove a file, or send a link to it.",
                size=human_size(size),
                limit=human_size(MAX_BYTES),
                file=largest.name,
                largest=human_size(largest.file_size),
            )
        )


def adopt(steps):
    """Let the files of steps live with the steps' invoices, whoever may read those may read them.

    What was uploaded for a message becomes the first invoice's; of everything else, and of what Odoo replaces at will,
    each gets a file of its own, which stays when the other one goes.
    """
    for file in steps.attachment_ids:
        _make_plain(file)
    copies = []
    for step in steps:
        for file in step.attachment_ids:
            if file.res_field or (file.res_id and not _is_of(file, step.move_id)):
                copies.append((step, file))
            elif not file.res_id:
                file.write({"res_model": "account.move", "res_id": step.move_id.id, "public": False})
    made = steps.env["ir.attachment"].create([
        {
            "name": file.name,
            "raw": file.raw,
            "mimetype": file.mimetype,
            "res_model": "account.move",
            "res_id": step.move_id.id,
            "company_id": step.company_id.id,
        }
        for step, file in copies
    ])
    _replace(steps, [(step.id, file.id, copy.id) for (step, file), copy in zip(copies, made, strict=True)])


def _replace(steps, replaced):
    """Let steps have other files in the place of theirs, in one statement.

    :param replaced: [(step id, id of its file, id of the other one)]
    """
    if replaced:
        steps.env.flush_all()
        steps.env.execute_query(
            SQL(
                """
                UPDATE chasing_step_attachment_rel rel SET attachment_id = other.copy
                FROM unnest(%s, %s, %s) AS other(step, file, copy)
                WHERE rel.step_id = other.step AND rel.attachment_id = other.file
                RETURNING 1
                """,
                *map(list, zip(*replaced, strict=True)),
            )
        )
        steps.invalidate_recordset(["attachment_ids"])


def _make_plain(file):
    """Give a file a name and a type that can stand in a header (R60)."""
    name = one_line(file.name or "") or "file"
    if name != file.name:
        file.name = name
    if not _MIMETYPE.fullmatch(file.mimetype or ""):
        file.mimetype = "application/octet-stream"


def _is_of(file, move):
    return (file.res_model, file.res_id) == ("account.move", move.id)
