from . import (
    chasing_schedule,
    chasing_step,
    account_move,
    chasing_cadence,
    chasing_cadence_step,
    chasing_delivery,
    chasing_preview,
    chasing_import,
    chasing_import_line,
    res_config_settings,
    chasing_rule,
    res_partner,
)
