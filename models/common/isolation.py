"""Work on many records of which a bad one must stop no other (R82)."""

import logging
from contextlib import contextmanager

import psycopg2

from .errors import user_message

_logger = logging.getLogger(__name__)


@contextmanager
def without_commits(cr):
    """Keep whatever is called from committing, which would end the savepoints and locks of its caller.

    All of it is committed, or not, with what the caller does.
    """
    before = vars(cr).get("commit")
    cr.commit = cr.flush
    try:
        yield
    finally:
        if before:
            cr.commit = before
        else:
            del cr.commit


def run(records, act, broken=None, faults=Exception):
    """Do something to all of these records or, if one of them breaks it, to each half.

    What is bad is found in a few steps, and what was done to it is undone. The transaction's own trouble is not a
    record's: whoever owns the transaction begins anew.

    :param act: takes records, does it to them
    :param broken: takes the one record and its error, and notes them; None: the log does
    :param faults: the classes of errors that are a record's own; others are the caller's
    :return: what `act` gave for each part that went well
    """
    if not records:
        return []
    try:
        with records.env.cr.savepoint():
            return [act(records)]
    except psycopg2.OperationalError:
        raise
    except faults as error:
        if len(records) == 1:
            if not (broken and user_message(error)):
                _logger.exception("%s could not be worked on", records)
            if broken:
                broken(records, error)
            return []
    half = len(records) // 2
    return run(records[:half], act, broken, faults) + run(records[half:], act, broken, faults)
