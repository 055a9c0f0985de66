"""The files that a person gives one message (R74): who may, how much they hold, and with whom they then live."""

import re

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.misc import human_size

from ..common import no_user_defaults
from ..common.errors import ChannelRefused
from ..engine.addresses import one_line

# Of one message, the invoice's own PDF and the files of the template included.
MAX_BYTES = 10 * 1024 * 1024
_MIMETYPE = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}")


def check_readable(files):
    """Refuse what the acting user may not read, and what is no file.

    :param files: ir.attachment that a person chose
    """
    env = files.env
    if files.exists() != files or not files.sudo(False).has_access("read") or _of_others(files):
        raise AccessError(env._("One of the files was deleted, or you may not read it. Choose another one."))
    for file in files.sudo():
        if file.type != "binary":
            raise UserError(env._("%(file)s is a link, not a file. Choose a file.", file=file.name))


def _of_others(files):
    """Return those that are a company's in which the acting user does not work: what is public is read by everybody."""
    if files.env.uid == SUPERUSER_ID:
        return files.browse()
    own = files.env.user.sudo().company_ids
    return files.sudo().filtered(lambda file: file.company_id and file.company_id not in own)


def largest_of_too_many(files):
    """Return the largest of files of which a message does not carry so many bytes, an empty one where it does."""
    if sum(files.mapped("file_size")) <= MAX_BYTES:
        return files.browse()
    return max(files, key=lambda file: file.file_size)


def check_size(files):
    """Refuse more bytes than a message carries.

    :param files: all ir.attachment that it is to bring
    """
    if largest := largest_of_too_many(files):
        raise UserError(
            files.env._(
                "The files of the message are %(size)s together, the limit is %(limit)s. The largest is %(file)s with "
                "%(largest)s. Remove a file, or send a link to it.",
                size=human_size(sum(files.mapped("file_size"))),
                limit=human_size(MAX_BYTES),
                file=largest.name,
                largest=human_size(largest.file_size),
            )
        )


def refusal(files):
    """Return the ChannelRefused of a message that would bring more bytes than it carries, else None.

    :param files: all ir.attachment that it would bring
    """
    largest = largest_of_too_many(files)
    if not largest:
        return None
    size = human_size(sum(files.mapped("file_size")))
    return ChannelRefused("files_too_large", f"{size}; {largest.name}: {human_size(largest.file_size)}")


def adopt(steps):
    """Let the files of steps live with the steps' invoices, whoever may read those may read them.

    What the acting user uploaded for a message becomes the first invoice's; of everything else, and of what Odoo
    replaces at will, each gets a file of its own, which stays when the other one goes. A file that somebody else owns
    is left as it is.
    """
    copied = []
    for step in steps:
        move = step.move_id
        for file in step.attachment_ids:
            if _is_upload(file):
                file.write({**_plain(file), **_home(step), "public": False})
            elif file.res_field or (file.res_model, file.res_id) != ("account.move", move.id) or not _is_plain(file):
                copied.append((step, file))
    made = copies(steps.env, [(file, _home(step)) for step, file in copied])
    _replace(steps, [(step.id, file.id, copy.id) for (step, file), copy in zip(copied, made, strict=True)])


def copies(env, homes):
    """Return a copy of each of these files, which nobody can read but who may read where it lives.

    :param homes: [(ir.attachment, {field: value} of where its copy lives)]
    """
    return no_user_defaults.create(
        env["ir.attachment"], [{**_plain(file), "raw": file.raw, "public": False, **home} for file, home in homes]
    )


def _home(step):
    return {"res_model": "account.move", "res_id": step.move_id.id, "company_id": step.company_id.id}


def _is_upload(file):
    """Return whether the acting user uploaded a file for a message, and nothing else needs it."""
    if file.res_id or file.res_field or file.public or file.url or file.create_uid != file.env.user:
        return False
    return file.res_model in (False, "mail.message") or (
        file.res_model in file.env and file.env[file.res_model].is_transient()
    )


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


def _plain(file):
    """Return the name and the type of a file as they can stand in a header (R60)."""
    is_type = _MIMETYPE.fullmatch(file.mimetype or "")
    return {
        "name": one_line(file.name or "") or "file",
        "mimetype": file.mimetype if is_type else "application/octet-stream",
    }


def _is_plain(file):
    return all(file[name] == value for name, value in _plain(file).items())
