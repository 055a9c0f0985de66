"""Processes of Odoo that can be killed and replaced in no time: each is forked off this one, where Odoo is loaded."""

import faulthandler
import importlib
import itertools
import multiprocessing
import os
import random
import signal
import sys
import time
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry

FORK = multiprocessing.get_context("fork")
PATIENCE = 300  # seconds for whatever ends by itself


class Flag:
    """Tells other processes something, as an event does, but without a lock: who is killed while looking at it would
    keep that for ever."""

    def __init__(self):
        self._value = FORK.RawValue("b", 0)

    def set(self):
        self._value.value = 1

    def is_set(self):
        return bool(self._value.value)

    def wait(self):
        wait_until(self.is_set)


@contextmanager
def environment(database_name, now=None):
    """An environment of root in a transaction of its own, which is left to whoever uses it to commit.

    :param now: the UTC instant at which it acts, None: the present one
    """
    with Registry(database_name).cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        yield at(env["chasing.dispatcher"], now).env if now else env
        cursor.rollback()


def at(records, now):
    """The same records, acting at a UTC instant."""
    # found only once Odoo knows where its addons are
    clock = importlib.import_module("odoo.addons.invoice_chasing.models.common.clock")
    return clock.at(records, now)


def start(job, *arguments):
    """Run a job in a process of its own, with connections of its own."""
    process = FORK.Process(target=_child, args=(job, arguments))
    process.start()
    return process


def _child(job, arguments):
    random.seed()
    faulthandler.register(signal.SIGUSR1, sys.stderr)
    for pool in filter(None, (sql_db._Pool, sql_db._Pool_readonly)):
        # the parent's own: psycopg2 does not close what another process has opened
        pool._connections.clear()
    job(*arguments)


def kill(process):
    """kill -9, and see it dead."""
    process.kill()
    process.join()


def end(process):
    """Wait until a process ends; it is an error if it does not."""
    process.join(PATIENCE)
    if process.is_alive():
        give_up(process, "end")


def give_up(process, what):
    """Let a process that was waited for in vain say where it is, kill it, and say what it did not do."""
    os.kill(process.pid, signal.SIGUSR1)
    process.join(1)
    kill(process)
    raise TimeoutError(f"A process did not {what} within {PATIENCE} s.")


def wait_until(condition, seconds=120):
    """Wait for a condition; it is an error if it does not come true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"Waited {seconds} s in vain for: {condition.__doc__ or condition.__name__}")
        time.sleep(0.005)


# --- jobs --------------------------------------------------------------------------------------


def dispatch(database_name):
    """The scheduled action, again and again, until nothing is due."""
    with environment(database_name) as env:
        dispatcher = env["chasing.dispatcher"]
        while dispatcher._count_due(env.cr.now()):
            dispatcher._cron_dispatch()
            env.cr.rollback()


def dispatch_once(database_name):
    """The scheduled action, once."""
    with environment(database_name) as env:
        env["chasing.dispatcher"]._cron_dispatch()


def work_off_queue(database_name, stop, dies_after):
    """Odoo's mail queue, again and again, until it is told to stop.

    :param stop: a Flag
    :param dies_after: kill -9 this process between the mail server's OK for that message and the commit
    """
    with environment(database_name) as env:
        die_at(type(env["ir.mail_server"]), "send_email", dies_after - 1)
        while not stop.is_set():
            env["mail.mail"].process_email_queue(batch_size=20)
            env.cr.rollback()


def finish_queue(database_name, messages):
    """Odoo's mail queue once more, for what was interrupted.

    :param messages: Message-Ids; None: for everything
    """
    with environment(database_name) as env:
        waiting = [("state", "=", "outgoing"), *([("message_id", "in", messages)] if messages is not None else [])]
        env["mail.mail"].process_email_queue(email_ids=env["mail.mail"].search(waiting).ids or [0])


def die_at(owner, method, passing, before=False):
    """kill -9 this process when a method has done its work, or is about to.

    :param owner: the class that has the method
    :param passing: so many calls go well first
    """
    original, calls = getattr(owner, method), itertools.count()

    def last(*arguments, **options):
        dies = next(calls) == passing
        result = None if dies and before else original(*arguments, **options)
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, method, last)
