from . import (
    chasing_schedule,
    chasing_step,
    chasing_bulk_run,
    res_partner,
)
