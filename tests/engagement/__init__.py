from . import test_chasing_link, test_links_followed
