from . import (
    test_chasing_bulk,
    test_chasing_schedule,
)
