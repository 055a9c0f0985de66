from . import test_story_reminded_and_paid
