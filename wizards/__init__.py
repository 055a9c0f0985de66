from . import chasing_dialog, chasing_many  # isort: skip: what the others have in common
from . import (
    chasing_assign,
    chasing_bulk,
    chasing_contacts,
    chasing_edit,
    chasing_letter_print,
    chasing_pause,
    chasing_people,
    chasing_reschedule,
    chasing_resume,
    chasing_send,
    chasing_start,
    chasing_steps,
    chasing_text,
    chasing_write_off,
)
