from . import (
    test_chasing_assignment,
    test_chasing_rule,
    test_no_chasing,
    test_posted_again,
)
