from . import (
    chasing_schedule,
    chasing_step,
    account_move,
    account_move_sale,
    chasing_cadence,
    chasing_cadence_step,
    chasing_delivery,
    chasing_step_explain,
    res_config_settings,
)
