"""The buttons of one step, as every list of steps shows them: the first few as icons, the rest behind three dots."""

# Act of `allowed` -> (method, icon, its arguments), what people look for most first. Every step tells why.
BUTTONS = {
    "explain": ("action_explain", "fa-question-circle-o"),
    "done": ("action_do", "fa-check-square-o", "done"),
    "fix": ("action_fix", "fa-wrench"),
    "retry": ("action_ask_retry", "fa-repeat"),
    "preview": ("action_preview", "fa-eye"),
    "send_now": ("action_ask_send", "fa-paper-plane"),
    "open": ("action_open_message", "fa-envelope-open-o"),
    "write": ("action_ask_text", "fa-pencil"),
    "reschedule": ("action_ask_reschedule", "fa-calendar"),
    "skip": ("action_do", "fa-step-forward", "skip"),
    "dismiss": ("action_do", "fa-check", "dismiss"),
}


def buttons(step):
    """Return what a person may do with a step now: a list of {"name", "args", "label", "icon"} for `chasing_acts`.

    Nothing is to be confirmed: there is a dialog, or the toast offers to undo it.
    """
    labels, allowed = _labels(step.env), {"explain", *step.allowed}
    if step.is_by_hand:
        labels["skip"] = step.env._("Cancel")
    return [
        {"name": method, "args": arguments, "label": labels[act], "icon": icon}
        for act, (method, icon, *arguments) in BUTTONS.items()
        if act in allowed
    ]


def _labels(env):
    return {
        "explain": env._("Why?"),
        "done": env._("Mark as Done"),
        "fix": env._("Fix"),
        "retry": env._("Retry"),
        "preview": env._("Preview"),
        "send_now": env._("Send Now"),
        "open": env._("Open Message"),
        "write": env._("Edit Message"),
        "reschedule": env._("Reschedule"),
        "skip": env._("Skip"),
        "dismiss": env._("Dismiss"),
    }
