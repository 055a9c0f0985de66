"""What a step's messages bring besides their words: the invoice, a copy of it, a formal reminder (R72, R79)."""

from typing import NamedTuple

from ..common import clock

# Levels of a message that never brings a formal reminder: the first one, and the one that thanks.
FRIENDLY = ("new", "thank_you")


class Wanted(NamedTuple):
    """Say what a message brings; the invoice says that it is a copy where it was sent before."""

    formal: bool
    invoice: bool
    is_copy: bool


def wanted(step, now):
    """Return what a step's messages bring at a UTC instant.

    Where nothing is late, or nothing was sent before, there is nothing to remind of formally: the invoice goes.
    """
    formal = step.document in ("formal", "both") and _is_reminding(step, now)
    return Wanted(formal, not formal or step.document == "both", is_repeated(step, now))


def _is_reminding(step, now):
    late_since = step.schedule_id.asked_date
    is_late = late_since and late_since < clock.local_day(now, step.company_id)
    return bool(is_late) and not step.is_copy and step.env["chasing.message"]._kind(step, now) not in FRIENDLY


def is_repeated(step, now):
    """Return whether the invoice itself was sent, or handed over, before this step's own messages were (R79).

    Of messages count those that bring a document: an SMS does not. What a retry repeats is not counted: the first send
    never says that it is a copy.
    """
    schedule = step.schedule_id
    since = min(step.delivery_ids.mapped("queued_at"), default=now)
    carriers = {code for code, channel in step.env["chasing.channel"]._all().items() if channel._carries_document}
    first = (schedule.odoo_sent_at or schedule.marked_sent) and schedule.first_sent_at
    is_told_otherwise = first and first < since
    if schedule.sent_before or is_told_otherwise or step._is_to_follow(now, carriers):
        return True
    return any(
        one.step_id != step and one.queued_at < since and not one.is_internal and (one._is_live() or one.sent_at)
        for one in schedule.delivery_ids
        if one.channel in carriers
    )


def usual_lang(step):
    """Return the code of the language in which most of a step's recipients are written to."""
    return step.company_id._chasing_lang(step.move_id.partner_id.lang)
