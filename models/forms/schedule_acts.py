"""The acts on the chasing of one invoice, as its row of a list offers them behind three dots."""

from ..common.access import is_collector

# Act of `allowed` -> (method, its arguments). All but the last few ask in a dialog first.
METHODS = {
    "send": ("action_ask", "send"),
    "send_now": ("action_ask", "send_now"),
    "pause": ("action_ask", "pause"),
    "resume": ("action_ask", "resume"),
    "reschedule": ("action_ask", "reschedule"),
    "change_cadence": ("action_ask", "change_cadence"),
    "people": ("action_ask_people",),
    "mark_sent": ("action_do", "mark_sent"),
    "take_back": ("action_ask", "unmark_sent"),
    "enable": ("action_do", "enable"),
    "disable": ("action_ask", "disable"),
    "cancel": ("action_ask", "cancel"),
    "write_off": ("action_ask", "write_off"),
    "take_back_write_off": ("action_ask", "take_back_write_off"),
    "collections": ("action_ask", "collections"),
    "dossier": ("action_download_dossier",),
    "pause_customer": ("action_ask", "pause_customer"),
    "exclude_customer": ("action_ask", "exclude_customer"),
}


def buttons(schedule):
    """Return what a person may do with a schedule now: a list of {"name", "args", "label"} for `chasing_acts`."""
    labels, allowed = _labels(schedule.env), set(schedule.allowed)
    if is_collector(schedule.env) and schedule.closure != "cancelled":
        allowed.add("send")
    if "edit" in allowed:
        allowed |= {"people", "pause_customer", "exclude_customer"}
        allowed |= {"reschedule"} if not schedule._blocked_reason("reschedule") else set()
    return [
        {"name": method, "args": arguments, "label": labels[act]}
        for act, (method, *arguments) in METHODS.items()
        if act in allowed
    ]


def _labels(env):
    return {
        "send": env._("Send…"),
        "send_now": env._("Send Now"),
        "pause": env._("Pause"),
        "resume": env._("Resume"),
        "reschedule": env._("Reschedule"),
        "change_cadence": env._("Change Cadence"),
        "people": env._("Responsible and Sender"),
        "mark_sent": env._("Mark as Sent"),
        "take_back": env._("Unmark as Sent"),
        "enable": env._("Enable Chasing"),
        "disable": env._("Disable Chasing"),
        "cancel": env._("Cancel Chasing"),
        "write_off": env._("Write Off"),
        "take_back_write_off": env._("Undo Write-Off"),
        "collections": env._("Send to Collections"),
        "dossier": env._("Download Dossier"),
        "pause_customer": env._("Pause Customer…"),
        "exclude_customer": env._("Exclude from Chasing…"),
    }
