"""Work off many records in batches, each a transaction of its own: what is killed goes on with the batch it was at."""

from typing import NamedTuple

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

# so many times in a row a batch may lose against other transactions before it is left to a later run
MAX_CONFLICTS = 5


class Ending(NamedTuple):
    """How a run over batches ended."""

    #: nothing is left to do
    is_complete: bool
    #: whether the scheduled action still has time, for something else
    has_time: bool
    #: how many records the last committed batch got done
    done: int


def run(env, next_batch, work, remaining):
    """Work off batch after batch until nothing is left, the scheduled action's time is up or others block a batch.

    Each batch and its progress are committed together. A batch that PostgreSQL refuses because somebody else changed
    the same rows is undone and taken anew; an error of any other kind is the caller's.

    :param next_batch: gives what is worked on next; something empty when nothing is left
    :param work: takes a batch, gives how many records it got done; with none, others are taken to block them
    :param remaining: gives how many records are left
    """
    commit = env["ir.cron"]._commit_progress
    batch, has_time, done, conflicts = True, True, 0, 0
    while batch and has_time and conflicts < MAX_CONFLICTS:
        try:
            batch = next_batch()
            count = work(batch) if batch else 0
            has_time = bool(commit(count, remaining=remaining()))
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            env.cr.rollback()
            batch = True
            conflicts += 1
            continue
        if batch:
            done, conflicts = count, 0 if count else conflicts + 1
            env.invalidate_all()
    return Ending(not batch, has_time, done)
