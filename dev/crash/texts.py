"""The SMS queue is killed between what it says it is sending and the provider's answer: no SMS leaves twice."""

from collections import Counter
from datetime import timedelta

import workers
from database import hand_over
from providers import LOST, TAKEN

from odoo import fields
from odoo.addons.sms.tools.sms_api import SmsApi

EACH, CALL = 5, 3  # SMS of a round, and of a call
# where the process is killed: before it has said what it is sending, after, in the call, before it commits the answer
MOMENTS = ["unsaid", "said", LOST, TAKEN, "answer"]
ARRIVED = (TAKEN, "answer")
PATIENCE = timedelta(minutes=30)


def prepare(database, providers, rounds):
    """Queue the SMS of all rounds and keep them waiting; returns the ids of their deliveries."""
    database.renew()
    with workers.environment(database.name) as env:
        parameters = env["ir.config_parameter"]
        parameters.set_param("sms.endpoint", providers.url)
        parameters.set_param("sms.session.batch.size", CALL)
        env["iap.account"].create({"service_id": env.ref("sms.iap_service_sms").id, "account_token": "token"})
        deliveries = hand_over(env, "sms", rounds * EACH)
        _sms(deliveries).to_delete = True
        env.cr.commit()
        return deliveries.ids


class TextRound:
    """One round: a few SMS, one kill, a queue that works undisturbed, and the end of all patience.

    :param ids: the deliveries
    :param moment: of the kill
    """

    def __init__(self, database, providers, chance, ids, moment):
        self.database, self.providers, self.ids, self.moment = database, providers, ids, moment
        self.passing = chance.randrange(2)
        self.killed = Counter()

    def play(self):
        """Let it happen and return the faults found."""
        with workers.environment(self.database.name) as env:
            _sms(env["chasing.delivery"].browse(self.ids)).to_delete = False
            env.cr.commit()
        self.kill()
        with workers.environment(self.database.name) as env:
            every_sms = _sms(env["chasing.delivery"].browse(self.ids)).exists()
            self.doubtful = set(every_sms.filtered(lambda sms: sms.state == "process").mapped("uuid"))
        faults = self.in_doubt_are_as_many_as_were_called()
        now = fields.Datetime.now()
        self.finish(now)
        self.finish(now + PATIENCE)
        return faults + self.compare()

    def kill(self):
        if self.moment in (LOST, TAKEN):
            job = (work_off, self.database.name, fields.Datetime.now())
            self.killed[self.moment] += self.providers.kill_within("texts", self.moment, self.passing, *job)
            return
        process = workers.start(work_off_and_die, self.database.name, self.moment, self.passing)
        workers.end(process)
        self.killed[self.moment] += process.exitcode < 0

    def finish(self, now):
        process = workers.start(work_off, self.database.name, now)
        workers.end(process)
        if process.exitcode:
            raise RuntimeError(f"The SMS queue ended with status {process.exitcode}")

    def in_doubt_are_as_many_as_were_called(self):
        wanted = 0 if self.moment == "unsaid" else (CALL, EACH - CALL)[self.passing]
        if len(self.doubtful) == wanted:
            return []
        return [f"{len(self.doubtful)} SMS are being sent after the kill, not {wanted}"]

    def compare(self):
        """Where the provider and the database tell different stories."""
        came, faults = Counter(self.providers.double.given_texts()), []
        with workers.environment(self.database.name) as env:
            for delivery in env["chasing.delivery"].browse(self.ids):
                uuid = delivery.notification_id.sms_tracker_ids.sms_uuid
                doubtful = uuid in self.doubtful
                times = 1 if not doubtful or self.moment in ARRIVED else 0
                wanted = ("failed", "unclear", "failed") if doubtful else ("sent", False, "sent")
                found = (delivery.state, delivery.failure_code, delivery.step_id.state)
                if (found, came[uuid]) != (wanted, times):
                    faults.append(f"delivery {delivery.id} came {came[uuid]} times, not {times}, and is {found}")
        return faults

    def summary(self):
        return "killed: " + ", ".join(f"{moment}, {len(self.doubtful)} in doubt" for moment in self.killed)


def _sms(deliveries):
    return deliveries.env["sms.sms"].browse(deliveries.notification_id.mapped("sms_id_int"))


# --- jobs --------------------------------------------------------------------------------------


def work_off(database_name, now):
    """Odoo's SMS queue, again and again, until nothing waits."""
    with workers.environment(database_name, now) as env:
        queue = env["sms.sms"]

        def nothing_waits():
            queue._process_queue()
            env.cr.commit()
            return not queue.search_count([("state", "=", "outgoing"), ("to_delete", "=", False)])

        workers.wait_until(nothing_waits)


def work_off_and_die(database_name, moment, passing):
    """The same, killed at its first call or, when one has passed, at the next."""
    with workers.environment(database_name) as env:
        if moment == "unsaid":
            # a call commits three times, the first time that it is being made
            workers.die_at(type(env["ir.cron"]), "_commit_progress", passing * 3, before=True)
        elif moment == "said":
            workers.die_at(type(env["sms.sms"]), "_chasing_mark_going", passing)
        else:
            workers.die_at(SmsApi, "_send_sms_batch", passing)
    work_off(database_name, fields.Datetime.now())
