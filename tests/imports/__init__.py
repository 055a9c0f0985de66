from . import (
    test_chasing_import,
    test_chasing_import_background,
    test_chasing_import_line,
    test_chasing_import_undo,
    test_import_sheet,
)
