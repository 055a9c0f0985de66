from . import (
    test_chasing_screen,
)
