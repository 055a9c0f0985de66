from . import (
    chasing_channel_sms,
    res_company,
    sms_sms,
    sms_template,
)
