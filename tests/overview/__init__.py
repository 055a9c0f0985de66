from . import (
    test_chasing_dashboard,
    test_chasing_list,
    test_failure_cause,
    test_invoice_list,
    test_to_do,
)
