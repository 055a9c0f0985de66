from . import (
    chasing_channel,
    chasing_schedule,
    chasing_address_book,
    chasing_planner,
    chasing_alert,
    res_partner,
    account_move,
    chasing_step,
    res_company,
)
