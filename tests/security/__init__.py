from . import (
    test_access,
    test_field_access,
    test_security_dialogs,
    test_security_files,
    test_security_methods,
    test_security_models,
    test_security_policy,
    test_security_rows,
)
