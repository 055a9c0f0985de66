from . import (
    chasing_channel_email,
    mail_mail,
    mail_template,
    mail_thread,
)
