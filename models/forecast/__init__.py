from . import (
    chasing_step,
    chasing_contact_role,
    chasing_forecast_line,
    chasing_planner,
    chasing_prediction,
    chasing_schedule,
    chasing_simulation,
    chasing_template,
    mail_blacklist,
    phone_blacklist,
    res_company,
    res_partner,
)
