from . import (
    chasing_schedule,
    account_move,
    chasing_bulk_run,
    chasing_bulk_change,
    chasing_dossier,
    res_company,
)
