# ruff: noqa: I001 - a line each, so that several people can add theirs
from . import test_account_move
from . import test_story_reminded_and_paid
