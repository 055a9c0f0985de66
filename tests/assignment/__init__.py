from . import (
    test_chasing_assignment,
    test_chasing_assignment_background,
    test_chasing_rule,
    test_no_chasing,
    test_older_than_chasing,
    test_posted_again,
    test_rules_applied,
    test_rules_asked_again,
    test_unusable_rules,
)
