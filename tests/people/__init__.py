from . import (
    test_chasing_alert,
    test_chasing_people,
    test_readers,
)
