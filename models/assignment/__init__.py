from . import (
    chasing_schedule,
    account_move,
    chasing_assignable_mixin,
    chasing_assignment,
    chasing_bulk_run,
    chasing_rule,
    chasing_cadence,
    chasing_step,
    res_company,
    res_partner,
)
