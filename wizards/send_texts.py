"""What the send sheet says of a message: what holds it before it leaves, and how far it has come afterwards."""

from ..models.common import formats
from ..models.common.wording import reason_text, selection_labels
from ..models.engine import moments
from ..models.engine.facts import COMPANY_OFF, LEFT_OPEN, ON_ISSUE

# Of these it is only known when they are looked at again, not when they end.
ENDLESS = ("unapplied_payment", "payment_pending")


def hold_text(found, step, at):
    """Return a sentence of what holds an invoice and what becomes of a message about it; empty for no Hold (R35b).

    :param found: Holds in the order in which they are told
    :param step: the chasing.step of the message, saved or not
    :param at: the UTC instant at which it is to go
    """
    if not found:
        return ""
    env, first = step.env, found[0]
    if first.code == COMPANY_OFF:
        name = step.company_id.name
        return env._("Chasing is switched off for %(company)s. You can send now, but not schedule.", company=name)
    if first.code in LEFT_OPEN:
        return env._("%(reason)s You can send by hand.", reason=reason_text(env, first.code, first.values))
    binding = [hold for hold in found if hold.code not in LEFT_OPEN]
    hold = next((hold for hold in binding if not _ends(hold) or hold.until > at), first)
    reason = reason_text(env, hold.code, hold.values)
    if step.trigger == ON_ISSUE:
        # It goes when the hold ends, however late that is (R8).
        return reason
    if not _ends(hold):
        return env._(
            "%(reason)s Until then the message is held. If its time passes meanwhile, it is skipped.", reason=reason
        )
    until = formats.day(env, moments.local(hold.until, step.company_id._chasing_timezone()).date())
    if hold.until > at:
        return env._(
            "%(reason)s This lasts until %(until)s: if it does not end earlier, the message is skipped.",
            reason=reason,
            until=until,
        )
    return env._(
        "%(reason)s This lasts until %(until)s: the message is held until then and goes at its time.",
        reason=reason,
        until=until,
    )


def _ends(hold):
    return hold.until and hold.code not in ENDLESS


def sent_text(step):
    """Return how far a message has come that a person has just sent, in sentences."""
    env, label = step.env, selection_labels(step, "shown_state")[step.shown_state]
    said = {
        "queued": env._("%(message)s is in the queue and leaves in a moment."),
        "sending": env._("%(message)s is being sent."),
        "sent": env._("%(message)s is sent."),
        "to_print": env._("%(message)s is ready to be printed."),
        "to_post": env._("%(message)s is ready to be posted."),
    }.get(step.shown_state, env._("%(message)s: %(state)s."))
    if step.reason and step.shown_state == "queued":
        said = env._("%(message)s is in the queue.")
    text = said % {"message": _message(step), "state": label}
    return f"{text} {step.reason or ''}".strip()


def scheduled_text(step):
    """Return for when a message is scheduled, in a sentence."""
    when = formats.dated_instant(step.env, step.scheduled_at, step._zone())
    return step.env._("%(message)s is scheduled for %(when)s.", message=_message(step), when=when)


def _message(step):
    """Return 'The message about INV/2026/00041', with which a sentence begins."""
    invoice = step.move_id.name
    if step.is_thanks:
        return step.env._("The thank-you for %(invoice)s", invoice=invoice)
    if step.is_copy:
        return step.env._("The copy of %(invoice)s", invoice=invoice)
    return step.env._("The message about %(invoice)s", invoice=invoice)
