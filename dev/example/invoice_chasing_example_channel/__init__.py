from . import chasing_channel_folder
