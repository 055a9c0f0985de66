"""Odoo's own command line in the project's environment."""

import os

from project import main, odoo
from setup import set_up


def command(words):
    set_up(template=False)
    line = odoo(*words)
    os.execv(line[0], line)


main(command)
