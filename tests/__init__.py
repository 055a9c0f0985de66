# ruff: noqa: I001 - a line each, so that several people can add theirs
from . import test_access
from . import test_account_move
from . import test_channel_email
from . import test_chasing_cadence
from . import test_chasing_delivery
from . import test_chasing_dispatcher
from . import test_chasing_schedule
from . import test_chasing_step
from . import test_install
from . import test_story_reminded_and_paid
from . import test_wizards
from . import test_tours
