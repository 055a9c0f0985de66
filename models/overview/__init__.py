from . import (
    chasing_schedule,
    chasing_step,
    account_move,
    chasing_dashboard,
    chasing_delivery,
    chasing_failure_cause,
    chasing_letter,
    chasing_to_do,
    res_partner,
)
