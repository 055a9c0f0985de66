"""Who may chase, asked in one place."""

from odoo.exceptions import AccessError


def is_collector(env):
    """Tell whether the user may chase invoices; code that runs with the superuser's rights is still theirs."""
    return env.user._is_superuser() or env.user.has_group("invoice_chasing.group_user")


def check_collector(env):
    """Refuse whoever may not chase invoices; code that runs as superuser may."""
    if not (env.su or is_collector(env)):
        raise AccessError(env._("Only users who may chase invoices can do this."))
