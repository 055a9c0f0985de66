from . import (
    account_move,
    account_move_send,
    ir_mail_server,
    chasing_pace,
    chasing_channel_email,
    mail_mail,
    mail_template,
    mail_thread,
    res_company,
    chasing_delivery,
    chasing_step,
    chasing_step_mixin,
)
