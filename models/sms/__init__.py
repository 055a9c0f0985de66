from . import (
    chasing_channel_sms,
    mail_notification,
    sms_sms,
    sms_template,
    chasing_delivery,
    chasing_step_mixin,
    chasing_tone_line,
)
