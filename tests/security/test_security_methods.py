"""Who may call what over the network. A public method that is not in the table fails by itself."""

from odoo.tests import tagged

from ..builders.security import (
    ACCOUNTANTS,
    COLLECTORS,
    EVERYBODY,
    FOREIGN,
    KINDS,
    MANAGERS,
    NOBODY,
    POLICY_READERS,
    READERS,
    SecurityCommon,
)

# whoever sees the list at all; each is told of the own companies alone
LISTED = READERS | FOREIGN | {"branch_manager"}
STEERING = COLLECTORS | FOREIGN | {"branch_manager"}
# a branch gives its own invoices what its parent decided
POLICY_USERS = COLLECTORS | {"branch_manager"}
DECIDING = MANAGERS | {"foreign_manager", "branch_manager"}

# model -> {method: who may call it, on what is the firm's}; with (who, arguments) where it needs some
METHODS = {
    "account.move": {
        "action_chasing_assign": COLLECTORS,
        "action_chasing_cancel": COLLECTORS,
        "action_chasing_collections": COLLECTORS,
        "action_chasing_contacts": COLLECTORS,
        "action_chasing_disable": COLLECTORS,
        "action_chasing_dossier": COLLECTORS,
        "action_chasing_edit": COLLECTORS,
        "action_chasing_enable": COLLECTORS,
        "action_chasing_mark_sent": COLLECTORS,
        "action_chasing_open_contact": READERS,
        "action_chasing_pause": COLLECTORS,
        "action_chasing_people": COLLECTORS,
        "action_chasing_reconcile": ACCOUNTANTS,
        "action_chasing_release_brake": MANAGERS,
        "action_chasing_restart": COLLECTORS,
        "action_chasing_resume": COLLECTORS,
        "action_chasing_retry": COLLECTORS,
        "action_chasing_send": COLLECTORS,
        "action_chasing_send_now": COLLECTORS,
        "action_chasing_switch_on": DECIDING,
        "action_chasing_take_back_write_off": ACCOUNTANTS,
        "action_chasing_write_off": ACCOUNTANTS,
    },
    "chasing.assignment": {
        "action_ask_undo": COLLECTORS,
        "action_open_lines": COLLECTORS,
        "action_refresh": COLLECTORS,
        "action_undo": COLLECTORS,
    },
    "chasing.assignment.line": {"action_open_invoice": COLLECTORS},
    "chasing.bulk.refusal": {"action_open_invoice": COLLECTORS},
    "chasing.bulk.run": {"action_refresh": COLLECTORS, "action_undo": COLLECTORS},
    "chasing.cadence": {
        "action_apply": POLICY_USERS,
        "action_open_invoices": POLICY_READERS,
    },
    # every employee sees which roles a contact has
    "chasing.contact.role": {"action_open_contacts": POLICY_READERS},
    "chasing.dashboard": {
        "action_banner_release": DECIDING,
        "action_banner_switch_on": DECIDING,
        "action_open_page": (LISTED, "failed"),
        "get_banner": LISTED,
        "get_cards": LISTED,
        "get_chased": LISTED,
        "get_today": LISTED,
    },
    "chasing.delivery": {"action_open_invoice": READERS, "action_open_message": READERS},
    "chasing.failure.cause": {
        "action_ask_customers": COLLECTORS,
        "action_dismiss": COLLECTORS,
        "action_fix": READERS,
        "action_fix_contact": (COLLECTORS, {"email": "someone@customer.example"}),
        "action_open_invoices": READERS,
        "action_open_steps": READERS,
        "action_retry": COLLECTORS,
    },
    "chasing.import": {
        "action_check": MANAGERS,
        "action_download_errors": MANAGERS,
        "action_import": MANAGERS,
        "action_open_rows": MANAGERS,
        "action_refresh": MANAGERS,
        "action_undo": MANAGERS,
    },
    "chasing.import.line": {"action_correct": MANAGERS},
    "chasing.import.undo": {"action_refresh": MANAGERS},
    "chasing.letter": {
        "action_download": READERS,
        "action_open_invoice": READERS,
        "action_posted": MANAGERS,
        "action_print": MANAGERS,
    },
    "chasing.forecast.line": {"action_open_invoice": READERS},
    # names of fields, for whoever writes a template
    "chasing.placeholder": {"get_choices": EVERYBODY - {"public", "portal"}},
    "chasing.postal.provider": {
        "action_choose_own": DECIDING,
        "action_open": DECIDING,
        "action_open_letters": POLICY_READERS - {"auditor"},
        "action_test": MANAGERS,
    },
    "chasing.preview": {"get_preview": (LISTED, {"trigger": "on_issue", "channel_email": True})},
    "chasing.rule": {
        "action_apply": POLICY_USERS,
        "action_open_invoices": POLICY_READERS,
    },
    "chasing.schedule": {
        "action_ask": (COLLECTORS, "pause"),
        "action_ask_customers": COLLECTORS,
        "action_ask_people": COLLECTORS,
        "action_cancel": COLLECTORS,
        "action_disable": COLLECTORS,
        "action_do": (COLLECTORS, "mark_sent"),
        "action_download_dossier": COLLECTORS,
        "action_enable": COLLECTORS,
        "action_mark_sent": COLLECTORS,
        "action_open_invoice": READERS,
        "action_pause": COLLECTORS,
        "action_resume": COLLECTORS,
        "action_send_to_collections": COLLECTORS,
        "action_take_back_write_off": ACCOUNTANTS,
        "action_take_payment": ACCOUNTANTS,
        "action_write_off": (ACCOUNTANTS, "mark"),
        "get_payment_link": READERS,
    },
    "chasing.step": {
        "action_act": (COLLECTORS, "skip"),
        "action_ask_many": (COLLECTORS, "skip"),
        "action_ask_reschedule": COLLECTORS,
        "action_ask_retry": COLLECTORS,
        "action_ask_send": COLLECTORS,
        "action_ask_text": COLLECTORS,
        "action_dismiss": COLLECTORS,
        "action_do": (COLLECTORS, "skip"),
        "action_done": COLLECTORS,
        "action_explain": READERS,
        "action_fix": READERS,
        "action_open_invoice": READERS,
        "action_open_message": READERS,
        "action_preview": READERS,
        "action_retry": COLLECTORS,
        "action_send_now": COLLECTORS,
        "action_send_test": COLLECTORS,
        "action_skip": COLLECTORS,
    },
    "chasing.to.do": {
        "action_ask_all": STEERING,
        "action_open_all": (LISTED, "approve"),
        "get_queue": LISTED,
    },
    "res.company": {"action_chasing_release_brake": MANAGERS},
    "res.config.settings": {
        "action_chasing_minimums": NOBODY,
        "action_chasing_payment_methods": NOBODY,
        "action_chasing_payment_providers": NOBODY,
        "action_chasing_stop_duplicates": NOBODY,
    },
    # a customer is every company's; what is said of one is said for the own companies alone (R37)
    "res.partner": {
        "action_chasing_address_works": STEERING,
        "action_chasing_confirm_address": STEERING,
        "action_chasing_do": (STEERING, "include_customer"),
        "action_chasing_ask": STEERING,
        "action_chasing_ask_exclude": STEERING,
        "action_chasing_exclude": STEERING,
        "action_chasing_go_on": STEERING,
        "action_chasing_include": STEERING,
        "action_chasing_include_again": STEERING,
        "action_chasing_open": LISTED,
        "action_chasing_pause": STEERING,
        "action_chasing_reroute": STEERING,
        "action_chasing_resume": STEERING,
    },
}
WITHOUT_RECORDS = {
    ("chasing.dashboard", "action_banner_release"),
    ("chasing.dashboard", "action_banner_switch_on"),
    ("chasing.dashboard", "action_open_page"),
    ("chasing.dashboard", "get_banner"),
    ("chasing.dashboard", "get_cards"),
    ("chasing.dashboard", "get_chased"),
    ("chasing.dashboard", "get_today"),
    ("chasing.placeholder", "get_choices"),
    ("chasing.postal.provider", "action_open"),
    ("chasing.preview", "get_preview"),
    ("chasing.to.do", "action_ask_all"),
    ("chasing.to.do", "action_open_all"),
    ("chasing.to.do", "get_queue"),
}
# What a client may send instead of a word.
FORGED = ([], {}, [[1]], {"a": 1}, 0.5, None, "no such word")
# These do something with many records, and so may be sent none.
OF_MANY = (
    ("chasing.schedule", "action_ask"),
    ("chasing.schedule", "action_do"),
    ("chasing.step", "action_act"),
    ("chasing.step", "action_ask_many"),
    ("chasing.step", "action_do"),
    ("res.partner", "action_chasing_do"),
)


@tagged("post_install", "-at_install")
class TestSecurityMethods(SecurityCommon):
    def dialogs(self):
        return {name for name, model in self.our_models().items() if model._transient}

    def test_every_public_method_has_its_callers(self):
        """A method that clients can call says here who may."""
        dialogs = self.dialogs()
        found = {(model, method) for model, method in self.our_methods() if model not in dialogs}
        known = {(model, method) for model, methods in METHODS.items() for method in methods}
        self.assertEqual(found - known, set(), "not classified")
        self.assertEqual(known - found, set(), "no longer there")

    def test_methods_are_for_those_who_may(self):
        records = self.make_samples()
        denied, let_in = [], []
        for kind in KINDS:
            for model, methods in METHODS.items():
                for method, callers in methods.items():
                    allowed, *arguments = callers if isinstance(callers, tuple) else (callers,)
                    ids = [] if (model, method) in WITHOUT_RECORDS else [records[model].ids]
                    error = self.error_of(kind, model, method, *ids, *arguments)
                    if kind in allowed and self.is_denial(error):
                        denied.append(f"{kind} {model}.{method}")
                    if kind not in allowed and not self.is_denial(error):
                        let_in.append(f"{kind} {model}.{method}: {error}")
        self.assertEqual((let_in, denied), ([], []))

    def test_forged_arguments_end_in_a_sentence(self):
        """Whatever a client sends instead of a word, and where it sends no records at all."""
        records, broken = self.make_samples(), []
        with_word = {
            (model, method): callers[1]
            for model, methods in METHODS.items()
            for method, callers in methods.items()
            if isinstance(callers, tuple)
        }
        calls = [
            (model, method, [*([] if (model, method) in WITHOUT_RECORDS else [records[model].ids]), forged])
            for model, method in with_word
            for forged in FORGED
        ]
        calls += [(*place, [[], with_word.get(place, "skip" if "step" in place[0] else "pause")]) for place in OF_MANY]
        for model, method, arguments in calls:
            error = self.error_of("accountant", model, method, *arguments)
            if error and not self.is_refusal(error):
                broken.append(f"{model}.{method} {arguments}: {error}")
        self.assertEqual(broken, [])
