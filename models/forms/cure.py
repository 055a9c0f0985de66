"""Where what keeps messages from leaving is put right: a contact, an invoice's own list, or the settings (R85, R96)."""

from ..engine.cures import IN_SETTINGS


def open_cure(schedules, code, values):
    """Return the action that opens where it is put right, False where there is no one place.

    :param schedules: those in whose way it stands, of one company
    :param code: its reason code
    :param values: what its sentence says, with the contact it is about
    """
    if code == "not_set_up" and (setup := _open_setup(schedules)):
        return setup
    if code in IN_SETTINGS:
        return schedules.env["ir.actions.act_window"]._for_xml_id("account.action_account_config")
    contact = schedules.env["res.partner"].browse((values or {}).get("partner")).exists()
    if contact:
        return contact._chasing_open_addresses()
    is_own_list = len(schedules) == 1 and schedules.use_own_contacts
    return schedules.move_id.action_chasing_contacts() if is_own_list else False


def _open_setup(schedules):
    """Return the action that opens what keeps the company from using a channel, False if that is its settings."""
    company = schedules.company_id[:1]
    channels = schedules.env["chasing.channel"]._all().values()
    lacking = [channel for channel in channels if channel._unavailable(company)]
    return next((setup for channel in lacking if (setup := channel._open_setup(company))), False)
