from . import (
    chasing_letter,
    chasing_channel_letter,
    chasing_letter_queue,
    chasing_postal_event,
    chasing_postal_provider,
    snailmail_letter,
    chasing_delivery,
    chasing_step_mixin,
    chasing_tone_line,
)
