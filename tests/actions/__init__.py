from . import (
    test_chasing_bulk_run,
    test_chasing_schedule,
)
