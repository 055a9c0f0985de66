from . import (
    test_chasing_assign,
    test_assignment_undo,
    test_chasing_bulk,
    test_chasing_bulk_steps,
    test_chasing_bulk_customers,
    test_chasing_dialogs,
    test_chasing_edit,
    test_chasing_send,
    test_chasing_send_step,
    test_odoo_send,
    test_chasing_start,
    test_wizards,
)
