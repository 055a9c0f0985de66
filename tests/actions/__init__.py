from . import (
    test_chasing_bulk_run,
    test_undo,
    test_chasing_schedule,
)
