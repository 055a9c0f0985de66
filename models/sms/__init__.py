from . import (
    chasing_channel_sms,
    mail_notification,
    res_company,
    sms_sms,
    sms_template,
    chasing_delivery,
    chasing_step_mixin,
)
