from . import (
    test_chasing_dashboard,
    test_chasing_list,
    test_invoice_list,
)
