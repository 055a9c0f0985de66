from . import (
    test_chasing_dialogs,
    test_wizards,
)
