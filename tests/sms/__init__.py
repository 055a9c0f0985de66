from . import (
    test_channel_sms,
    test_copy,
    test_own_sms,
    test_sms_sms,
    test_sms_template,
    test_sms_twilio,
)
