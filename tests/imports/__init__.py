from . import (
    test_chasing_import,
)
