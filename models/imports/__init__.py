from . import (
    chasing_import,
    chasing_import_change,
    chasing_import_line,
    chasing_import_undo,
)
