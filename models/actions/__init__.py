from . import (
    chasing_schedule,
    chasing_sending_mixin,
    chasing_step,
    chasing_hand,
    chasing_pace,
    chasing_bulk_run,
    chasing_bulk_refusal,
    chasing_bulk_change,
    res_partner,
)
