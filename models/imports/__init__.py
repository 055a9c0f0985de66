from . import (
    chasing_import,
    chasing_import_line,
)
