"""What comes of a step that is sent, known before: for those who look (R75, R104) and for what will fail (R96)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .recipients import Recipient, Resolution, judge
from .states import RETRYABLE
from .transitions import step_outcome
from .verdict import Ask, Fail, Send, Skip, Wait


def obstruct(resolution: Resolution, code: str) -> Resolution:
    """Return the same recipients, none of whom is reached because of what the step or its company lacks (R85).

    ``code`` says what. That nobody has the step's role is said all the same (R63).

    >>> ann = Recipient(1, "Ann", "ann@example.com", None, "invoice_contact")
    >>> obstruct(Resolution((ann,)), "no_sender").recipients[0].problem
    'no_sender'
    >>> obstruct(Resolution((), "no_recipient"), "no_sender").problem
    'no_sender'
    """
    return replace(
        resolution,
        recipients=tuple(replace(recipient, problem=code) for recipient in resolution.recipients),
        problem=resolution.problem if resolution.problem in (None, "no_role_contact") else code,
    )


@dataclass(frozen=True, slots=True)
class Foresight:
    """Tell what becomes of a step.

    That is the state it will have (``planned`` for one that is put off, ``held`` for one that waits for an end nobody
    knows), the reason code if it has one, and the recipient whose address is to be mended, None if nobody's is;
    ``channel`` is where that went wrong. ``reached`` are those whom something leaves for, by channel.
    """

    state: str
    reason_code: str | None = None
    recipient: Recipient | None = None
    channel: str | None = None
    reached: Mapping = field(default_factory=dict)


def foresee(
    decision: Send | Wait | Skip | Fail | Ask,
    resolutions: Mapping[str, Resolution],
    role_missing: str = "skip",
) -> Foresight:
    """Return what becomes of a step on which the engine has decided, if all goes as known now (R63, R75, R83, R104).

    ``resolutions`` are those of its channels, made as for the real sending.

    >>> ann = Recipient(1, "Ann", "ann@example.com", None, "invoice_contact")
    >>> found = {"email": Resolution((ann,)), "sms": Resolution((), "no_recipient")}
    >>> foresight = foresee(Send(frozenset({"email", "sms"})), found)
    >>> foresight.state, foresight.reason_code
    ('partly', 'no_recipient')
    >>> foresee(Send(frozenset({"email"})), found).state
    'sent'
    >>> foresee(Skip("paid"), found).state
    'skipped'
    """
    if not isinstance(decision, Send):
        return _undone(decision)
    allowed = {channel: resolution for channel, resolution in resolutions.items() if channel in decision.channels}
    if skipped := [
        resolution.problem for resolution in allowed.values() if isinstance(judge(resolution, role_missing), Skip)
    ]:
        return Foresight("skipped", skipped[0], channel=next(iter(allowed)))
    return _handed_over(allowed)


def _undone(decision):
    """Return what becomes of a step that is not sent now."""
    if isinstance(decision, Ask):
        return Foresight("waiting", "waiting_for_person")
    if isinstance(decision, Wait):
        return Foresight("planned" if decision.until else "held", decision.reason_code)
    return Foresight("skipped" if isinstance(decision, Skip) else "failed", decision.reason_code)


def _handed_over(found):
    everybody = [(channel, recipient) for channel, resolution in found.items() for recipient in resolution.recipients]
    state = step_outcome(
        [_STATE[not recipient.problem] for _channel, recipient in everybody if not recipient.internal],
        [_STATE[not recipient.problem] for _channel, recipient in everybody if recipient.internal],
    )
    nobody = [(channel, resolution.problem) for channel, resolution in found.items() if resolution.problem]
    if nobody:
        state = {None: "failed", "skipped": "failed", "sent": "partly"}.get(state, state)
    reached = {
        channel: tuple(recipient for recipient in resolution.recipients if not recipient.problem)
        for channel, resolution in found.items()
    }
    if state == "skipped":
        return Foresight(state, "internal_only", reached=reached)
    # Who is not reached comes before a channel that has nobody, as in the step's own reason.
    for channel, recipient in everybody:
        if recipient.problem:
            return Foresight(state, recipient.problem, recipient, channel, reached)
    channel, code = next(iter(nobody), (None, None))
    return Foresight(state, code, None, channel, reached)


_STATE = {True: "sent", False: "failed"}


@dataclass(frozen=True, slots=True)
class Prediction:
    """Say why a step will fail, or reach only some.

    That is a reason code, the channel, and the recipient whose address is to be mended; None if nobody's is.
    """

    reason_code: str
    recipient: Recipient | None = None
    channel: str | None = None


def predict(resolutions: Mapping[str, Resolution], role_missing: str = "skip") -> Prediction | None:
    """Return the first thing that would keep a step from reaching everybody it is for, None for none (R83, R96).

    It is what :func:`foresee` says of it once it is sent. A step that would be skipped for want of a role does not fail
    (R63).

    >>> predict({"email": Resolution((), "no_recipient")})
    Prediction(reason_code='no_recipient', recipient=None, channel='email')
    >>> predict({"email": Resolution((), "no_role_contact")})
    """
    foresight = foresee(Send(frozenset(resolutions)), resolutions, role_missing)
    if foresight.state in RETRYABLE:
        return Prediction(foresight.reason_code, foresight.recipient, foresight.channel)
    return None


def unreached(resolutions: Mapping[str, Resolution], role_missing: str = "skip") -> dict[str, str]:
    """Return the channels through which a step would reach nobody, each with its reason code (R83).

    Through others it goes.

    >>> nobody, ann = Resolution((), "no_recipient"), Resolution((Recipient(1, "Ann", "a@b.example", None, "role"),))
    >>> unreached({"email": ann, "sms": nobody})
    {'sms': 'no_recipient'}
    """
    judged = {channel: judge(resolution, role_missing) for channel, resolution in resolutions.items()}
    return {channel: verdict.reason_code for channel, verdict in judged.items() if verdict}


def copied(resolutions: Mapping[str, Resolution]) -> set[str]:
    """Return the channels through which a step would reach colleagues alone: that is no contact (R62).

    >>> ann = Recipient(1, "Ann", "a@b.example", None, "role")
    >>> sam = Recipient(2, "Sam", "s@firm.example", None, "internal_copy", internal=True)
    >>> copied({"email": Resolution((sam,)), "sms": Resolution((ann, sam)), "letter": Resolution((), "no_recipient")})
    {'email'}
    """
    reached = {
        channel: [recipient for recipient in resolution.recipients if not recipient.problem]
        for channel, resolution in resolutions.items()
    }
    return {channel for channel, found in reached.items() if found and all(one.internal for one in found)}
