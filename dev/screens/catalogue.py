"""Every screen and dialog of the addon, and how a person gets there in the demo database."""

import re
from typing import NamedTuple

INVOICES = {
    "active": "Bergmann Maschinenbau GmbH",
    "three channels": "Everglade Outfitters Inc.",
    "asking": "Riverside Clinic",
    "failed": "Ivory Coast Cocoa",
    "paused": "Nordic Fish A/S",
    "held": "Maple Leaf Timber",
    "expired": "Sunrise Hotels",
    "paid": "Lumen Studio",
    "draft": "Tulip Cycles B.V.",
    "not chased": "Everglade Outfitters Inc.",
}


class Screen(NamedTuple):
    """A screen or dialog.

    :param name: of its picture
    :param path: where it begins; <status> stands for the id of such an invoice, <model> for that of some record
    :param clicks: what is clicked on from there: names, or (name, a text in the same row or card)
    :param on_phone: False for what a phone does not offer
    """

    name: str
    path: str
    clicks: tuple = ()
    on_phone: bool = True

    def address(self, odoo):
        """Return its path in this database."""
        return re.sub("<(.+?)>", lambda found: str(record_id(odoo, found[1])), self.path)


def invoice(name, status, *clicks):
    return Screen(f"invoice_{name}", f"/odoo/customer-invoices/<{status}>", clicks)


def of_invoice(name, status, *clicks):
    """Return a dialog of the invoice's chasing tab."""
    return invoice(name, status, "Chasing", *clicks)


def action(name, xmlid, *clicks, record="", on_phone=True):
    return Screen(name, f"/odoo/action-invoice_chasing.{xmlid}{record}", clicks, on_phone)


def of_status(status):
    return [["chasing_status", "=", status]]


STATES = {
    "three channels": of_status("active"),
    "asking": of_status("active"),
    "held": of_status("paused"),
    "draft": [["state", "=", "draft"], ["move_type", "=", "out_invoice"]],
    "not chased": [["state", "=", "posted"], ["move_type", "=", "out_invoice"], ["chasing_schedule_id", "=", False]],
}


def of_many(act):
    """Return the dialog of an act on all that the Chasing list shows."""
    name = act.lower().replace(" ", "_").rstrip("…")
    return Screen(f"many_{name}", "/odoo/chasing?view_type=list", ("Select page", "Actions", act), on_phone=False)


def record_id(odoo, name):
    """Return the id of an invoice of that status, or of the first record of that model."""
    model, domain = name, []
    if name in INVOICES:
        model, domain = "account.move", [["partner_id.name", "=", INVOICES[name]], *STATES.get(name, of_status(name))]
    elif name == "customer":
        model, domain = "res.partner", [["name", "=", INVOICES["asking"]]]
    found = odoo.call(model, "search", domain, limit=1)
    if not found:
        raise SystemExit(f"screens: no {name} in this database.")
    return found[0]


SCREENS = [
    Screen("chasing", "/odoo/chasing"),
    Screen("chasing_pivot", "/odoo/chasing?view_type=pivot"),
    Screen("chasing_graph", "/odoo/chasing?view_type=graph"),
    Screen("chasing_calendar", "/odoo/chasing?view_type=calendar"),
    *(of_many(act) for act in ("Pause", "Reschedule", "Change Cadence", "Disable Chasing", "Write Off")),
    *(of_many(act) for act in ("Send a Message…", "Customers…")),
    Screen(
        "many_of_customers",
        "/odoo/customers?view_type=list",
        ("Select page", "Actions", "Invoice Chasing", "Choose a cadence"),
        on_phone=False,
    ),
    action("to_do", "chasing_to_do_action"),
    action("to_do_all", "chasing_to_do_action", "All"),
    action("steps", "chasing_step_action"),
    action("steps_why", "chasing_step_action", ("Why?", "Kestrel Press")),
    action("forecast", "chasing_forecast_line_action"),
    action("forecast_list", "chasing_forecast_line_action", record="?view_type=list"),
    action("forecast_pivot", "chasing_forecast_line_action", record="?view_type=pivot"),
    action("messages", "chasing_delivery_action"),
    action("first_run", "chasing_start_action"),
    action("first_run_invoices", "chasing_start_action", "Next"),
    action("first_run_check", "chasing_start_action", "Next", "Chase them: send the reminder that fits now", "Next"),
    action("problems", "chasing_failure_cause_action"),
    action("problems_fix", "chasing_failure_cause_action", ("Fix", "Hilltop Bakery")),
    action("letters", "chasing_letter_action"),
    action("letters_print", "chasing_letter_action", "Print Letters", on_phone=False),
    action("letters_printed", "chasing_letter_action", "Print Letters", "Create PDF", on_phone=False),
    action("letter", "chasing_letter_action", record="/<chasing.letter>"),
    action("imports", "chasing_import_action"),
    action("import_new", "chasing_import_action", record="/new"),
    action("import", "chasing_import_action", record="/<chasing.import>"),
    action("bulk_actions", "chasing_bulk_run_action"),
    action("bulk_action", "chasing_bulk_run_action", record="/<chasing.bulk.run>"),
    action("bulk_assignments", "chasing_assignment_action"),
    action("bulk_assignment", "chasing_assignment_action", record="/<chasing.assignment>"),
    action("cadences", "chasing_cadence_action"),
    action("cadence", "chasing_cadence_action", record="/<chasing.cadence>"),
    action("cadence_more", "chasing_cadence_action", "More", record="/<chasing.cadence>"),
    action("cadence_step", "chasing_cadence_action", "Edit Message, On issue", record="/<chasing.cadence>"),
    action(
        "cadence_template",
        "chasing_cadence_action",
        "Edit Message, On issue",
        "Edit Template",
        record="/<chasing.cadence>",
    ),
    action(
        "cadence_insert",
        "chasing_cadence_action",
        "Edit Message, On issue",
        "Insert field: Subject",
        record="/<chasing.cadence>",
    ),
    action("cadence_update", "chasing_cadence_action", "Update Existing Invoices…", record="/<chasing.cadence>"),
    action("cadence_new", "chasing_cadence_action", record="/new"),
    action("rules", "chasing_rule_action"),
    action("rule", "chasing_rule_action", record="/<chasing.rule>"),
    action("rule_apply", "chasing_rule_action", "Apply", record="/<chasing.rule>"),
    action("rule_new", "chasing_rule_action", record="/new"),
    action("roles", "chasing_contact_role_action"),
    action("role", "chasing_contact_role_action", record="/<chasing.contact.role>"),
    action("minimum", "chasing_minimum_action"),
    action("postal_providers", "chasing_postal_provider_action"),
    action("postal_provider", "chasing_postal_provider_action", record="/<chasing.postal.provider>"),
    Screen("settings", "/odoo/action-account.action_account_config"),
    *(of_invoice(status, status) for status in INVOICES),
    of_invoice("menu", "active", "More about Chasing"),
    of_invoice("change_cadence", "active", "More about Chasing", "Change Cadence"),
    of_invoice("cancel", "active", "More about Chasing", "Cancel Chasing"),
    of_invoice("disable", "active", "More about Chasing", "Disable Chasing"),
    of_invoice("write_off", "active", "More about Chasing", "Write Off"),
    of_invoice("collections", "active", "More about Chasing", "Send to Collections"),
    of_invoice("edit", "active", "Edit"),
    of_invoice("pause", "active", "Pause"),
    of_invoice("resume", "paused", "Resume"),
    of_invoice("send_now", "active", "Send Now"),
    of_invoice("responsible", "active", "Change Responsible"),
    of_invoice("recipients", "active", "Change Recipients"),
    of_invoice("step_why", "active", ("Why?", "Planned")),
    of_invoice("step_preview", "active", ("Preview", "Planned")),
    of_invoice("step_menu", "active", ("More", "Planned")),
    of_invoice("step_edit", "active", ("More", "Planned"), "Edit Message"),
    of_invoice("send", "active", "Write…"),
    of_invoice("send_later", "active", "Write…", "Schedule for later"),
    of_invoice("send_sms", "active", "Write…", "SMS"),
    of_invoice("send_insert", "active", "Write…", "Insert field: Text"),
    of_invoice("send_copy", "paid", "Send…"),
    invoice("send_unchased", "not chased", "Send…"),
    invoice("send_draft", "draft", "Send…"),
    of_invoice("step_reschedule", "active", ("More", "Planned"), "Reschedule"),
    of_invoice("step_skip", "active", ("More", "Planned"), "Skip"),
    of_invoice("step_message", "expired", ("Open Message", "Sent")),
    of_invoice("failed_fix", "failed", "Fix Contact"),
    invoice("enable", "not chased", "Enable Invoice Chasing"),
    invoice("enable_custom_steps", "not chased", "Enable Invoice Chasing", "Custom Steps"),
    invoice("draft_change", "draft", "Change"),
    Screen("customer", "/odoo/customers/<customer>", ("Chasing",)),
    Screen("customer_pause", "/odoo/customers/<customer>", ("Chasing", "Pause Customer")),
    Screen("customer_exclude", "/odoo/customers/<customer>", ("Chasing", "Exclude from Chasing")),
]

# screens of Odoo that look like ours, and that the addon does not touch
ODOO_SCREENS = [
    Screen(path.partition(".")[2], f"/odoo/action-{path}")
    for path in (
        "account.action_move_in_invoice",
        "account.action_move_out_refund_type",
        "account.action_move_in_invoice/new",
        "account.action_account_payments",
        "account.action_account_payments?view_type=kanban",
        "account.action_move_journal_line",
        "account.action_account_invoice_report_all",
        "account.action_account_invoice_report_all?view_type=pivot",
        "account.action_account_form",
        "account.action_payment_term_form",
        "account.action_payment_term_form/1",
        "account.product_product_action_sellable",
        "account.res_partner_action_customer/new",
        "base.action_partner_form",
        "base.action_partner_form?view_type=list",
        "base.action_res_users",
        "base.action_res_users/2",
        "base.ir_cron_act",
        "base.ir_cron_act/1",
        "base_setup.action_general_configuration",
        "mail.action_email_template_tree_all",
        "mail.action_email_template_tree_all/1",
    )
]
