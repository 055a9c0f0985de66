from . import test_folder_post
