from . import (
    test_bounces,
    test_channel_email,
    test_headers,
    test_mail_queue,
)
