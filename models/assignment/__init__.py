from . import (
    chasing_schedule,
    account_move,
    account_move_choice,
    chasing_assignment,
    chasing_rule,
)
