from . import (
    test_collections,
    test_write_off,
)
