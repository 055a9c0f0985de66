from . import test_example_channel
