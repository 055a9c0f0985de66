from . import (
    chasing_schedule,
    chasing_step,
    chasing_bulk_run,
    chasing_bulk_refusal,
    res_partner,
)
