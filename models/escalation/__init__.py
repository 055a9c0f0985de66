from . import (
    chasing_schedule,
    account_move,
    chasing_dossier,
    chasing_schedule_write_off,
)
