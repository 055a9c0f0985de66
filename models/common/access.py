"""What buttons and methods answer a person with, written once."""

from odoo.exceptions import AccessError


def notice(message, kind="success", closes=True, stays=False):
    """The client action that shows a message in the corner.

    :param kind: success, warning or danger
    :param closes: whether the dialog the button stands in closes
    :param stays: whether the message stays until it is clicked away
    """
    params = {"message": message, "type": kind, "sticky": stays}
    if closes:
        params["next"] = {"type": "ir.actions.act_window_close"}
    return {"type": "ir.actions.client", "tag": "display_notification", "params": params}


def is_collector(env):
    """Whether the user may chase invoices; code that runs with the superuser's rights is still theirs."""
    return env.user._is_superuser() or env.user.has_group("invoice_chasing.group_user")


def check_collector(env):
    """Refuse whoever may not chase invoices; code that runs as superuser may."""
    if not (env.su or is_collector(env)):
        raise AccessError(env._("Only users who may chase invoices can do this."))
