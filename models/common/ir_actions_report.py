import re
import subprocess
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import NamedTuple

import psutil

from odoo import models
from odoo.addons.base.models import ir_actions_report
from odoo.exceptions import UserError

from ..engine import markup

# A report of Odoo's own may fetch these from the server that prints it: assets and pictures, nothing that acts.
OWN_PATHS = re.compile(r"/(?:web/(?:assets|binary|content|image|static)|report/barcode|logo|\w+/static)\b\S*")
# Nobody listens there.
NOWHERE = "http://127.0.0.1:9"


class Limits(NamedTuple):
    """Hold how a document is printed: in so many seconds, and with or without a network."""

    seconds: float
    is_offline: bool


# It is set for the duration of one document of ours; a client's context cannot reach it.
_limits = ContextVar("chasing_limits", default=None)


@contextmanager
def limited(seconds, is_offline=False):
    """Let nothing remote reach the printing browser, and let no document take longer than that (R72, R89)."""
    token = _limits.set(Limits(seconds, is_offline))
    try:
        yield
    finally:
        _limits.reset(token)


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _run_wkhtmltopdf(
        self,
        bodies,
        report_ref=False,
        header=None,
        footer=None,
        landscape=False,
        specific_paperformat_args=None,
        set_viewport_size=False,
    ):
        """Print within the limits that a document of ours has.

        A remote picture would be waited for without end, and be asked for with the session of whoever prints.
        """
        limits = _limits.get()
        if limits:
            bodies = [self._chasing_cut_off(body) for body in bodies]
            header, footer = (part and self._chasing_cut_off(part) for part in (header, footer))
        try:
            return super()._run_wkhtmltopdf(
                bodies, report_ref, header, footer, landscape, specific_paperformat_args, set_viewport_size
            )
        except subprocess.TimeoutExpired as late:
            raise UserError(
                self.env._("The document took more than %(seconds)s seconds to print.", seconds=limits.seconds)
            ) from late

    def _chasing_cut_off(self, document):
        if _limits.get().is_offline:
            return markup.cut_off(str(document))
        base = self._get_report_url().rstrip("/")
        return markup.cut_off(str(document), lambda address: _is_own(address, base))


def _is_own(address, base):
    path = address.removeprefix(base)
    is_base = address != path and path in ("", "/")
    return is_base or (bool(OWN_PATHS.fullmatch(path)) and ".." not in path)


_run_without_limit = ir_actions_report._run_wkhtmltopdf


def _run(args):
    """Run the program as Odoo does, but end it when its time is up: Odoo waits for it without limit."""
    limits = _limits.get()
    if not limits:
        return _run_without_limit(args)
    options = ["--proxy", NOWHERE] if limits.is_offline else []
    command = [ir_actions_report._wkhtml().bin, *options, *args]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as process:
        try:
            out, err = process.communicate(timeout=limits.seconds)
        except BaseException:
            _kill(process)
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _kill(process):
    """End a process and what it started: the program may be a script around the real one."""
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
    process.kill()


ir_actions_report._run_wkhtmltopdf = _run
