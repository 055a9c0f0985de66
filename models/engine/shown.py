"""What people are told of steps and deliveries: of what was handed over, how far it has come (R83)."""

from collections.abc import Iterable

from .states import DELIVERY_STATES, HANDED_OVER, STEP_STATES

# How far a message has come that was handed over and has not left, what waits for a person first.
PROGRESS: dict[str, str] = {
    "to_print": "To Print",
    "to_post": "To Post",
    "queued": "Queued",
    "sending": "Sending",
}
SHOWN_DELIVERY_STATES: dict[str, str] = {**PROGRESS, **DELIVERY_STATES}
SHOWN_STEP_STATES: dict[str, str] = {
    **{state: label for state, label in STEP_STATES.items() if state != "under_way"},
    **PROGRESS,
    "will_fail": "Will Fail",
    "to_do": "To Do",
    "done": "Done",
}
# What is told of a task, which sends nothing.
OF_A_TASK: dict[str, str] = {"waiting": "to_do", "sent": "done"}


def shown_step(state: str, mode: str, progress: Iterable[str]) -> str:
    """Return what is told of a step in a state (R83, R101); ``progress`` is how far that has come which has not left.

    What has left in part is not told as sent while the rest is still here.

    >>> shown_step("planned", "auto", []), shown_step("under_way", "auto", ["queued"]), shown_step("sent", "auto", [])
    ('planned', 'queued', 'sent')
    >>> shown_step("sent", "auto", ["sending", "to_print"]), shown_step("under_way", "auto", [])
    ('to_print', 'queued')
    >>> shown_step("waiting", "ask", []), shown_step("waiting", "task", []), shown_step("sent", "task", [])
    ('waiting', 'to_do', 'done')
    """
    if mode == "task":
        return OF_A_TASK.get(state, state)
    if state not in HANDED_OVER:
        return state
    found = frozenset(progress)
    return next((word for word in PROGRESS if word in found), "queued" if state == "under_way" else state)
