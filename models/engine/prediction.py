"""What is known today to go wrong with a step that is still to come (R96)."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .definition import goes_in_sms_hours
from .facts import StepFacts
from .recipients import Recipient, Resolution, judge
from .verdict import Skip


@dataclass(frozen=True, slots=True)
class Prediction:
    """Why a step will fail, or reach only some: a reason code, the channel, and the recipient whose address is to be
    mended; None if nobody's is."""
    reason_code: str
    recipient: Recipient | None = None
    channel: str | None = None


def predict(
    step: StepFacts, resolutions: Mapping[str, Resolution], obstacles: Mapping[str, str], role_missing: str = "skip"
) -> Prediction | None:
    """The first thing that would keep a step from reaching everybody it is for, None if nothing would (R83, R96).

    ``resolutions`` are those of its channels, made as for the real sending. ``obstacles`` are reason codes by channel
    for what the company lacks. A step that would be skipped for want of a role does not fail (R63).

    >>> nobody = {"email": Resolution((), "no_recipient")}
    >>> predict(StepFacts("a", "after_due"), nobody, {})
    Prediction(reason_code='no_recipient', recipient=None, channel='email')
    >>> predict(StepFacts("a", "after_due"), nobody, {"email": "not_set_up"}).reason_code
    'not_set_up'
    >>> predict(StepFacts("a", "after_due"), {"email": Resolution((), "no_role_contact")}, {})
    """
    if any(isinstance(judge(one, role_missing), Skip) for one in resolutions.values()):
        return None
    if not goes_in_sms_hours(step):
        return Prediction("quiet_hours")
    for channel, resolution in resolutions.items():
        code = obstacles.get(channel) or resolution.problem
        if code:
            return Prediction(code, channel=channel)
        for recipient in resolution.recipients:
            if recipient.problem:
                return Prediction(recipient.problem, recipient, channel)
    return None


def unreached(
    resolutions: Mapping[str, Resolution], obstacles: Mapping[str, str], role_missing: str = "skip"
) -> dict[str, str]:
    """The channels through which a step would reach nobody, each with its reason code; through others it goes (R83).

    >>> nobody, ann = Resolution((), "no_recipient"), Resolution((Recipient(1, "Ann", "a@b.example", None, "role"),))
    >>> unreached({"email": ann, "sms": nobody, "letter": ann}, {"letter": "not_set_up"})
    {'sms': 'no_recipient', 'letter': 'not_set_up'}
    """
    judged = {channel: judge(resolution, role_missing) for channel, resolution in resolutions.items()}
    return {
        channel: obstacles.get(channel) or verdict.reason_code
        for channel, verdict in judged.items()
        if verdict or channel in obstacles
    }
