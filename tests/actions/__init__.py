from . import (
    test_chasing_bulk_run,
    test_chasing_pace,
    test_undo,
    test_chasing_schedule,
)
