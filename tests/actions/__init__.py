from . import (
    test_chasing_bulk_run,
    test_chasing_hand,
    test_pace_by_hand,
    test_undo,
    test_chasing_schedule,
    test_chasing_sending_mixin,
)
