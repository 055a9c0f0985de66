from . import (
    test_background,
    test_chasing_company_clock,
    test_context,
    test_errors,
    test_install,
    test_ir_actions_report,
    test_patterns,
    test_safe_html,
    test_texts,
    test_written_down,
)
