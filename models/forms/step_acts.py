"""The buttons of one step, as every list of steps shows them: the first few as icons, the rest behind three dots."""

# Act of `allowed` -> (method, icon), what people look for most first. Every step tells why.
BUTTONS = {
    "explain": ("action_explain", "fa-question-circle-o"),
    "done": ("action_done", "fa-check-square-o"),
    "fix": ("action_fix", "fa-wrench"),
    "retry": ("action_ask_retry", "fa-repeat"),
    "preview": ("action_preview", "fa-eye"),
    "send_now": ("action_ask_send", "fa-paper-plane"),
    "open": ("action_open_message", "fa-envelope-open-o"),
    "write": ("action_ask_text", "fa-pencil"),
    "reschedule": ("action_ask_reschedule", "fa-calendar"),
    "skip": ("action_skip", "fa-step-forward"),
    "dismiss": ("action_dismiss", "fa-check"),
}


def buttons(step):
    """Return what a person may do with a step now: a list of {"name", "label", "icon", "confirm"} for `chasing_acts`.

    `confirm` is asked first, False where there is a dialog or nothing to ask.
    """
    labels, allowed = _labels(step.env), {"explain", *step.allowed}
    confirm = {"skip": step.env._("This step will not be sent.")}
    return [
        {"name": method, "label": labels[act], "icon": icon, "confirm": confirm.get(act, False)}
        for act, (method, icon) in BUTTONS.items()
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
        "write": env._("Custom Text"),
        "reschedule": env._("Reschedule"),
        "skip": env._("Skip"),
        "dismiss": env._("Dismiss"),
    }
