from . import (
    account_move_send,
    chasing_channel_email,
    mail_mail,
    mail_template,
    mail_thread,
    res_company,
    chasing_delivery,
    chasing_step_mixin,
)
