"""How e-mails of ours leave Odoo's queue: each in a transaction of its own, and all that can be done for many at once.

What is handed over is written ahead for neighbours together, and what follows from the results is done for them
together. In between each e-mail is claimed right before it leaves, and committed right after it.
"""

import logging
import smtplib
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

import psycopg2

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, groupby

from ..common import clock, trusted_context

_logger = logging.getLogger(__name__)
# The e-mails whose ids lie in one span of so many are neighbours.
SPAN = 64
# What is written ahead stays in memory: it brings no more bytes of attachments than this.
MAX_BYTES = 16 * 1024 * 1024
# Seconds after which it is followed what became of those that have left, however few they are.
PATIENCE = 5.0
# When the queue is to look again at what others held.
RETRY_DELAY = timedelta(minutes=1)
# What is read of a delivery whose result is written down.
FOLLOWED = ("id", "step_id", "schedule_id", "channel", "notification_id", "state", "sent_at")
# The first half of the advisory locks by which queues keep out of each other's way.
LOCK = 0x63686173


class Memory:
    """Keep values that Odoo forgets with each commit and reads again for each e-mail."""

    def __init__(self):
        self._kept = []

    def keep(self, records, *names):
        """Keep the values of these fields as they are now."""
        for name in names:
            field = records._fields[name]
            self._kept.append((field, records, [field.convert_to_cache(record[name], record) for record in records]))

    def give_back(self):
        """Let the records know them again; what was read or changed since is left alone."""
        for field, records, values in self._kept:
            field._insert_cache(records, values)


class Written(NamedTuple):
    """Hold what Odoo hands over of an e-mail that looked like this when it was written."""

    version: tuple
    outgoing: list
    memory: Memory


class MailQueue:
    """Work off e-mails of ours in Odoo's queue.

    :param mails: mail.mail, in the order in which they leave
    :param hand_over: takes one e-mail and lets Odoo send it
    :param write_ahead: takes one e-mail and gives what Odoo would hand over
    :param read_by_all: [(records, their fields)] that Odoo reads for each e-mail and that are the same for all
    :param is_connected: tells whether the mail server still listens
    :param commits: whether each e-mail is a transaction of its own; else all of it is the caller's
    :param tell_seen: takes the ids of e-mails that were seen to
    """

    def __init__(self, mails, hand_over, write_ahead, read_by_all, is_connected, commits, tell_seen):
        self.env = mails.env
        self._mails = trusted_context.put(mails, chasing_mail_queue=self)
        self._hand_over, self._write_ahead, self._read_by_all = hand_over, write_ahead, read_by_all
        self._is_connected, self._commits, self._tell_seen = is_connected, commits, tell_seen
        self._common, self._written, self._deliveries, self._seen, self._unclaimed = Memory(), {}, {}, [], []
        self._followed_at = time.monotonic()
        # What leaves with the e-mail that Odoo is handing over.
        self._at = self._with_lost_copies = self.env["chasing.delivery"].sudo()

    def work_off(self):
        """Send them; neighbours that another process is at come last, from the other end, what is left of them then."""
        self.env.flush_all()
        busy = []
        for _span, ids in groupby(self._mails.ids, lambda mail_id: mail_id // SPAN):
            neighbours = self._mails.browse(ids)
            with self._alone_with(neighbours) as is_alone:
                if is_alone:
                    self._send_all(neighbours)
                else:
                    busy.append(neighbours)
        for neighbours in busy:
            self._send_all(neighbours[::-1], is_shared=True)
        if self._waiting(self._unclaimed):
            self._wake()
        self._commit()

    def written(self, mail):
        """Return what Odoo is to hand over of an e-mail, None if it was not written ahead."""
        written = self._written.pop(mail.id, None)
        return written and written.outgoing

    def note_copies(self, refused, is_cc_sent):
        """Write down what a mail server said of the copies of the e-mail that it was just given (R74).

        :param refused: the addresses it did not take
        :param is_cc_sent: whether the others have theirs, though the recipient was refused
        """
        self._with_lost_copies |= self._at._note_lost_copies(refused)
        if is_cc_sent:
            self._at.is_cc_sent = True

    def deliveries(self, mail):
        """Return what this queue lets leave with an e-mail, None if it is not at it."""
        return self._deliveries.get(mail.id)

    # ------------------------------------------------------------------ many

    @contextmanager
    def _alone_with(self, neighbours):
        """Keep other queues from the same neighbours, which would only be in each other's way; yield whether that went.

        Nothing depends on it: each e-mail is claimed.
        """
        if not self._commits:
            yield True
            return
        key = SQL("%s, %s", LOCK, neighbours[0].id // SPAN)
        [(is_alone,)] = self.env.execute_query(SQL("SELECT pg_try_advisory_lock(%s)", key))
        self._commit()
        try:
            yield is_alone
        except psycopg2.Error:
            self.env.cr.rollback()
            raise
        finally:
            if is_alone:
                self.env.execute_query(SQL("SELECT pg_advisory_unlock(%s)", key))
                self._commit()

    def _send_all(self, neighbours, is_shared=False):
        """Send neighbours.

        :param is_shared: another process sends them too, from the other end: its half is not written ahead
        """
        waiting = self._waiting(neighbours.ids)
        ahead = [mail_id for mail_id in neighbours.ids if mail_id in waiting]
        if is_shared:
            ahead = ahead[: len(ahead) // 2]
        if len(ahead) > 1:
            self._write_all({mail_id: waiting[mail_id] for mail_id in ahead})
        self._commit()
        for mail in neighbours:
            if mail.id in waiting:
                self._send(mail)
            self._seen.append(mail.id)
            if time.monotonic() > self._followed_at + PATIENCE:
                self._follow()
        self._written.clear()
        self._follow()

    def _waiting(self, ids):
        """Return {mail id: its version} of those of these e-mails that are still to leave."""
        rows = ids and self.env.execute_query(
            SQL(
                """
                SELECT mail.id, mail.write_date, message.write_date
                FROM mail_mail mail
                JOIN mail_message message ON message.id = mail.mail_message_id
                JOIN mail_notification notification ON notification.mail_mail_id = mail.id
                JOIN chasing_delivery delivery ON delivery.notification_id = notification.id
                WHERE mail.id = ANY(%s) AND mail.state = 'outgoing' AND delivery.state = 'queued'
                """,
                list(ids),
            )
        )
        return {mail_id: version for mail_id, *version in rows}

    def _write_all(self, waiting):
        """Write ahead what Odoo is to hand over; where that breaks, the e-mail's own turn tells why.

        :param waiting: {mail id: its version}
        """
        room, self._common = MAX_BYTES, Memory()
        try:
            for mail in self._mails.browse(waiting):
                room -= sum(mail.sudo().attachment_ids.mapped("file_size"))
                if room < 0:
                    break
                try:
                    outgoing = self._write_ahead(mail)
                except Exception as error:
                    if isinstance(error, psycopg2.Error):
                        raise
                    _logger.info("The e-mail %s could not be written ahead", mail.id, exc_info=True)
                else:
                    self._written[mail.id] = Written(waiting[mail.id], outgoing, _memory_of(mail))
            for records, names in self._read_by_all:
                self._common.keep(records, *names)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            if not self._commits:
                raise
            self.env.cr.rollback()

    def _follow(self):
        """Let everything follow from the results of those that have left since the last time."""
        self._followed_at = time.monotonic()
        self.env["chasing.delivery"].sudo().union(*self._deliveries.values())._follow_results()
        self._deliveries.clear()
        self._with_lost_copies._tell_lost_copies()
        self._with_lost_copies -= self._with_lost_copies
        self._commit()
        self._tell_seen(self._seen)
        self._seen = []

    # ------------------------------------------------------------------ one

    def _send(self, mail):
        if not self._is_connected():
            # It hung up when it refused the one before; of this one it has heard nothing, and it stays in the queue.
            self._break_off()
            raise smtplib.SMTPServerDisconnected("The mail server hung up.")
        deliveries = self._claim(mail)
        if not deliveries:
            self._unclaimed.append(mail.id)
            return
        self._deliveries[mail.id] = self._at = deliveries
        try:
            self._hand_over(mail)
        except (smtplib.SMTPServerDisconnected, MemoryError):
            # Odoo ends its sending here, without a last word. What it has written down until now is that it failed.
            deliveries._sync_results(follow=False)
            self._commit()
            self._break_off()
            raise
        self._commit()

    def _break_off(self):
        """Follow what became of those that have left, and let the next queue see to the rest."""
        self._follow()
        self._wake()

    def _claim(self, mail):
        """Lock what the sending writes, and return the deliveries; none if it is not to leave, or somebody is at it.

        Odoo is about to talk to the mail server about this message. From here until the transaction ends nobody else
        changes that, and what was changed before, by a payment, is seen here (R32).
        """
        try:
            rows = self._lock(mail)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            if not self._commits:
                raise
            self.env.cr.rollback()
            rows = []
        for version, notification_id, values in rows:
            self._recall(mail, version)
            field = self.env["mail.notification"]._fields["notification_type"]
            field._insert_cache(self.env["mail.notification"].browse(notification_id), ["email"])
            delivery = self.env["chasing.delivery"].browse(values["id"])
            for name, value in values.items():
                delivery._fields[name]._insert_cache(delivery, [value])
        return self.env["chasing.delivery"].sudo().browse(values["id"] for _version, _id, values in rows)

    def _lock(self, mail):
        """Return [(version, notification id, {field: value} of the delivery)] of an e-mail that is to leave, locked."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT mail.write_date, message.write_date, notification.id, %s
                FROM mail_mail mail
                JOIN mail_message message ON message.id = mail.mail_message_id
                JOIN mail_notification notification ON notification.mail_mail_id = mail.id
                JOIN chasing_delivery delivery ON delivery.notification_id = notification.id
                WHERE mail.id = %s AND mail.state = 'outgoing' AND delivery.state = 'queued'
                FOR NO KEY UPDATE SKIP LOCKED
                """,
                SQL(", ").join(SQL.identifier("delivery", name) for name in FOLLOWED),
                mail.id,
            )
        )
        return [
            ([mail_version, message_version], notification_id, dict(zip(FOLLOWED, values, strict=True)))
            for mail_version, message_version, notification_id, *values in rows
        ]

    def _recall(self, mail, version):
        """Let Odoo find what was read before, unless somebody has changed the e-mail since."""
        self._common.give_back()
        written = self._written.get(mail.id)
        if not written:
            return
        if written.version == version:
            written.memory.give_back()
        else:
            del self._written[mail.id]

    def _commit(self):
        if self._commits:
            self.env.cr.commit()

    def _wake(self):
        """Let Odoo's queue run again soon: it would otherwise within the hour."""
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger(clock.now(self.env) + RETRY_DELAY)


def _memory_of(mail):
    """Return what Odoo reads of an e-mail when it sends it."""
    mail = mail.sudo()
    memory, message = Memory(), mail.mail_message_id
    memory.keep(mail, "mail_message_id", "body_html", "email_to", "email_cc", "is_notification", "auto_delete", "state")
    memory.keep(message, "create_uid", "email_from", "mail_server_id", "message_id", "mail_ids")
    return memory
