"""What the mail sink got, what waits in Odoo's queue, and what the ledger says: do they agree?"""

from collections import Counter, namedtuple

Line = namedtuple("Line", "delivery state step step_state reason channel address message notification mail move")

LEDGER = """
    SELECT d.id, d.state, t.id, t.state, t.reason_code, d.channel, d.address, m.message_id,
           n.notification_status, q.state, s.move_id
    FROM chasing_schedule s
    JOIN chasing_step t ON t.schedule_id = s.id
    LEFT JOIN chasing_delivery d ON d.step_id = t.id
    LEFT JOIN mail_message m ON m.id = d.mail_message_id
    LEFT JOIN mail_notification n ON n.id = d.notification_id
    LEFT JOIN mail_mail q ON q.mail_message_id = m.id
    ORDER BY d.id
"""
STRAYS = """
    SELECT count(*) FROM mail_mail q
    WHERE q.state <> 'cancel'
      AND NOT EXISTS (SELECT FROM chasing_delivery d WHERE d.mail_message_id = q.mail_message_id)
"""
FINAL = ("failed", "bounced", "cancelled")


def ledger(env):
    """One line for each step and delivery."""
    env.cr.execute(LEDGER)
    return [Line(*row) for row in env.cr.fetchall()]


def strays(env):
    """How many e-mails wait or failed in Odoo's queue that no delivery knows."""
    env.cr.execute(STRAYS)
    return env.cr.fetchone()[0]


def interrupted(sessions):
    """The Message-Ids that came last before their session was cut: Odoo's queue may not know that they arrived."""
    return Counter(session.messages[-1] for session in sessions if session.cut and session.messages)


def repeats(sessions):
    """(Message-Ids that came again, faults): all but the last arrival must be the last of a session that was cut."""
    arrivals = Counter(message for session in sessions for message in session.messages)
    excused = interrupted(sessions)
    faults = [
        f"{message} came {count} times, and {excused[message]} of its sessions were cut off"
        for message, count in arrivals.items()
        if count > 1 + excused[message]
    ]
    return [message for message, count in arrivals.items() if count > 1], faults


def disagreements(lines, sessions):
    """Where a delivery, Odoo's queue and the mail sink tell different stories.

    A queued message has its e-mail waiting and is not in the mail sink, a sent one is in the mail sink and its e-mail
    is gone, a withdrawn one is not in the mail sink and its e-mail is cancelled. Killed between the mail server's
    answer and its own commit, Odoo's queue still has what the mail sink got last.
    """
    arrived = {message for session in sessions for message in session.messages}
    unsure = interrupted(sessions)
    wanted = {
        "queued": ("ready", "outgoing", False),
        "sent": ("sent", None, True),
        "cancelled": ("canceled", "cancel", False),
    }
    faults = []
    for line in lines:
        if not line.delivery:
            continue
        found = (line.notification, line.mail, line.message in arrived)
        killed = line.state == "queued" and line.message in unsure and found == ("ready", "outgoing", True)
        if found != wanted.get(line.state) and not killed:
            faults.append(
                f"delivery {line.delivery} is {line.state}, but notification, e-mail and mail sink say {found}"
            )
    unknown = arrived - {line.message for line in lines}
    return faults + [f"the mail sink got {message}, which no delivery knows" for message in sorted(unknown)]


def decisions(lines):
    """Steps without exactly one live delivery to each recipient."""
    faults = [f"step {line.step} is {line.step_state} and has no delivery" for line in lines if not line.delivery]
    living = [line for line in lines if line.delivery and line.state not in FINAL]
    live = Counter((line.step, line.channel, line.address) for line in living)
    faults += [f"step {key[0]} went {count} times to {key[2]}" for key, count in live.items() if count != 1]
    left = {line.step for line in living if line.state != "queued"}
    for line in lines:
        wanted = "sent" if line.step in left else "under_way"
        if line.step_state != wanted:
            faults.append(f"step {line.step} is {line.step_state}, not {wanted}")
    return faults
