from . import (
    test_channel_letter,
    test_chasing_letter,
    test_chasing_letter_queue,
    test_chasing_postal_provider,
    test_formal_reminder,
    test_formal_reminder_anew,
    test_letter_day,
    test_letter_pages,
    test_letter_pdf,
    test_letter_taken_back,
    test_one_letter,
    test_postal_webhooks,
)
