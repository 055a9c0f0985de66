"""The programs of the name wkhtmltopdf on this machine: builds differ in scale and in how they draw."""

import os
from pathlib import Path
from unittest.mock import patch

from odoo.addons.base.models import ir_actions_report

from ...models.common import paper


def folders():
    """Those on the path that hold a program of their own, in its order: Odoo takes that of the first."""
    found = {}
    for folder in os.get_exec_path():
        program = Path(folder, "wkhtmltopdf")
        if os.access(program, os.X_OK):
            found.setdefault(program.resolve(), folder)
    return list(found.values())


class OtherPrinter:
    """Tests that print by the second program on the path, where there is one."""

    def setUp(self):
        super().setUp()
        others = folders()[1:]
        if not others:
            self.skipTest("There is one wkhtmltopdf here.")
        self.usual = ir_actions_report._wkhtml()
        path = os.pathsep.join([others[0], os.environ["PATH"]])
        self.addCleanup(self.forget_printer)
        self.startPatcher(patch.dict(os.environ, PATH=path))
        self.forget_printer()

    def forget_printer(self):
        ir_actions_report._wkhtml.cache_clear()
        paper._zooms.clear()
