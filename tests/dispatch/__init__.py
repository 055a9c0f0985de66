from . import (
    test_bounced_addresses,
    test_brake_and_runs,
    test_chasing_brake,
    test_chasing_channel,
    test_chasing_delivery,
    test_chasing_dispatcher,
    test_chasing_documents,
    test_document_ahead,
    test_printed_together,
    test_short_hold,
    test_taken_back,
    test_under_way,
)
