"""Reading 100 kB of Markdown that somebody wrote to make it slow: the worst of several kinds."""

from time import process_time

from figures import figure
from odoo.addons.invoice_chasing.models.engine.markdown import to_html

SIZE = 100_000
KINDS = ("**a**", "_a_\n\n", "[[a]]", "[a](http://a)", "](http://(", "<http://a>", "{{ a }}", "- a\n  - b\n", "1. a\n")


def milliseconds(text):
    start = process_time()
    to_html(text)
    return (process_time() - start) * 1000


# close together, where most is left unread, and spread over the text
texts = [(kind * SIZE)[:SIZE] for kind in (*KINDS, *(kind + "x" * 20 for kind in KINDS))]
slowest = max(min(milliseconds(text) for _time in range(3)) for text in texts)
figure("Reading 100 kB of hostile Markdown", slowest, "ms", "limit", 50)
