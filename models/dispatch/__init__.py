from . import (
    chasing_channel,
    account_move_send,
    chasing_brake,
    chasing_delivery,
    chasing_delivery_address,
    chasing_dispatcher,
    chasing_message,
    chasing_outbox,
    mail_notification,
)
