from . import (
    test_invoice_form,
    test_step_explanation,
)
