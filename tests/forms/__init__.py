from . import (
    test_delivery_form,
    test_invoice_form,
    test_partner_form,
    test_step_explanation,
)
