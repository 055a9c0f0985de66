from . import (
    chasing_step,
    chasing_forecast_line,
    chasing_prediction,
    chasing_simulation,
    mail_blacklist,
    res_company,
    res_partner,
)
