from . import (
    chasing_schedule,
    chasing_step,
    chasing_bulk_run,
    chasing_schedule_bulk,
    chasing_schedule_edit,
    chasing_step_bulk,
)
