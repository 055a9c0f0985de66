from . import (
    test_background,
    test_batches,
    test_chasing_list_mixin,
    test_context,
    test_errors,
    test_install,
    test_ir_actions_report,
    test_patterns,
    test_safe_html,
    test_sql_fields,
    test_texts,
    test_written_down,
)
