from . import (
    test_invoice_list,
)
