from . import (
    test_bounces,
    test_channel_email,
    test_chasing_pace,
    test_email_card,
    test_headers,
    test_kept_as_sent,
    test_mail_queue,
    test_one_message,
    test_personal_mail_server,
    test_portal_sees_sent,
)
