from . import (
    test_cadence_form,
    test_delivery_form,
    test_invoice_acts,
    test_invoice_form,
    test_message_preview,
    test_partner_form,
    test_retry,
    test_settings,
    test_step_explanation,
    test_step_form,
)
