"""Work off many records in batches, each a transaction of its own: what is killed goes on with the batch it was at."""

from collections.abc import Callable
from typing import NamedTuple

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

# A batch may lose so many times in a row against other transactions before it is left to a later run.
MAX_CONFLICTS = 5


class Task(NamedTuple):
    """What is worked off in batches.

    :param next_batch: gives what is worked on next; something empty when there is nothing
    :param work: takes a batch, gives how many records it got done
    :param remaining: gives how many records are left
    """

    next_batch: Callable
    work: Callable
    remaining: Callable


class Ending(NamedTuple):
    """How a run over batches ended.

    :param is_complete: nothing is left to do
    :param has_time: the scheduled action has time left, for something else
    :param done: how many records the last batch that was committed got done
    """

    is_complete: bool
    has_time: bool
    done: int


def run(env, next_batch, work, remaining):
    """Work off batch after batch until nothing is left, the scheduled action's time is up or others block a batch.

    Each batch and its progress are committed together. A batch that PostgreSQL refuses because somebody else changed
    the same rows is undone and taken anew; an error of any other kind is the caller's.

    :param next_batch: gives what is worked on next; something empty when there is nothing
    :param work: takes a batch, gives how many records it got done; with none, others are taken to block them
    :param remaining: gives how many records are left
    """
    commit = env["ir.cron"]._commit_progress
    done = conflicts = 0
    while True:
        try:
            batch = next_batch()
            count = work(batch) if batch else 0
            left = remaining()
            has_time = bool(commit(count, remaining=left))
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            env.cr.rollback()
            env.registry.reset_changes()
            conflicts += 1
            if conflicts >= MAX_CONFLICTS:
                return Ending(False, True, done)
            continue
        if batch:
            done, conflicts = count, 0 if count else conflicts + 1
            env.invalidate_all()
        if not batch or not has_time or conflicts >= MAX_CONFLICTS:
            return Ending(not batch or not left, has_time, done)


def run_by_turns(env, *tasks):
    """Work off a batch of each task in turn, so that none waits until another one comes to its end; see `run`.

    :param tasks: Task
    """
    turns = list(tasks)

    def next_batch():
        for _turn in tasks:
            turns.append(turns.pop(0))
            if batch := turns[-1].next_batch():
                return batch
        return ()

    return run(env, next_batch, lambda batch: turns[-1].work(batch), lambda: sum(task.remaining() for task in tasks))
