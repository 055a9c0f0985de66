from . import (
    chasing_schedule,
    account_move,
    chasing_dossier,
    res_company,
)
