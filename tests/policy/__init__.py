from . import (
    test_chasing_cadence,
    test_chasing_contact_role,
    test_chasing_minimum,
    test_chasing_other_sender,
    test_chasing_placeholder,
    test_chasing_template_chooser,
    test_chasing_tone,
    test_logged,
    test_res_partner,
    test_shipped_texts,
)
