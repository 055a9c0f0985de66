import json
import re
import subprocess
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from odoo import api, models
from odoo.addons.base.models import ir_actions_report
from odoo.exceptions import UserError

from ..engine import markup, print_digest
from . import printing

# A report of Odoo's own may fetch these from the server that prints it: assets and pictures, nothing that acts.
OWN_PATHS = re.compile(r"/(?:web/(?:assets|binary|content|image|static)|report/barcode|logo|\w+/static)\b\S*")
# What Odoo waits for after each page, in milliseconds, so that its scripts can finish; and the least there is.
DELAY, NO_DELAY = "--javascript-delay", "1"
SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
# Nobody listens there.
NOWHERE = "http://127.0.0.1:9"
# What Odoo takes for a failure of the program.
NO_PDF = 2


class Limits(NamedTuple):
    """Hold how a document is printed: in so many seconds, and with or without a network."""

    seconds: float
    is_offline: bool


class Printed(bytes):
    """Stand for the HTML of a document that is printed already: these bytes are its PDF."""

    def __new__(cls, pdf, record_id):
        printed = super().__new__(cls, pdf)
        printed.record_id = record_id
        return printed


class NotInTime(UserError):
    """Say that a document was not printed, since time ended for those that it was printed with."""


class Together:
    """Hold documents of one report that are printed together, once the first of them is asked for.

    :param report: the `ir.actions.report`
    :param ids: the ids of its records
    :param kept: {id: (digest, PDF)} of what was printed before; what is printed now without a fault is added to it
    :param processes: how many processes may print at a time
    """

    def __init__(self, report, ids, kept, processes):
        self.report, self.ids, self.kept, self.processes = report, ids, kept, processes
        # {id: Printed}, and {id: what the program said} of those that break it
        self.printed, self.broken = {}, {}
        self.is_done = False
        # {name: the report that Odoo found by it}
        self.found = {}


# They are set for the duration of one document of ours, or some; a client's context cannot reach them.
_limits = ContextVar("chasing_limits", default=None)
_together = ContextVar("chasing_together", default=None)
_press = ContextVar("chasing_press", default=None)
_is_still = ContextVar("chasing_is_still", default=False)


@contextmanager
def limited(seconds, is_offline=False):
    """Let nothing remote reach the printing browser, and let no document take longer than that (R72, R89)."""
    with _setting(_limits, Limits(seconds, is_offline)):
        yield


@contextmanager
def together(report, ids, kept, processes=printing.MAX_PROCESSES):
    """Print the records of a report in few processes, within one time for all, though each is asked for alone.

    It is to be used where `limited` is. Who asks for one gets what was printed, as if it had been printed then. What
    was printed before and would come out the same is not printed again.
    """
    with _setting(_together, Together(report, ids, kept, processes)) as documents:
        yield documents


@contextmanager
def pressed(press):
    """Print HTML documents into PDFs of their own, which the `printing.Press` then has.

    It is to be used where `limited` is.
    """
    with _setting(_press, press):
        yield press


@contextmanager
def _setting(variable, value):
    token = variable.set(value)
    try:
        yield value
    finally:
        variable.reset(token)


def takes_many():
    """Return whether the wkhtmltopdf of this server prints many documents in one process (patched Qt)."""
    return ir_actions_report._wkhtml().is_patched_qt


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _get_report(self, report_ref):
        """Look each report up once for documents that are printed together; Odoo does so several times for each."""
        documents = _together.get()
        if not documents or not isinstance(report_ref, str):
            return super()._get_report(report_ref)
        if report_ref not in documents.found:
            documents.found[report_ref] = super()._get_report(report_ref)
        return documents.found[report_ref].with_env(self.env).sudo()

    @api.model
    def _render_qweb_html(self, report_ref, docids, data=None):
        """Print all that are printed together as soon as one of them is asked for, as that one is."""
        documents = _together.get()
        # Odoo's mark of what is going to be printed.
        if not (documents and self.env.context.get("webp_as_jpg")):
            return super()._render_qweb_html(report_ref, docids, data)
        is_one = len(docids) == 1 and docids[0] in documents.ids
        if not is_one or self._get_report(report_ref) != documents.report:
            return super()._render_qweb_html(report_ref, docids, data)
        if not documents.is_done:
            html = super()._render_qweb_html(report_ref, documents.ids, dict(data or {}))[0]
            self._chasing_print_together(report_ref, documents, html)
            documents.is_done = True
        return self._chasing_taken(documents, docids[0]), "html"

    def _chasing_taken(self, documents, record_id):
        """Return what was printed of a record together with others; raise UserError where that was in vain."""
        if record_id in documents.printed:
            return documents.printed[record_id]
        if record_id in documents.broken:
            said = documents.broken[record_id]
            raise UserError(self.env._("The document could not be printed (wkhtmltopdf: %(said)s).", said=said))
        raise NotInTime(self.env._("The document took too long to print."))

    def _chasing_print_together(self, report_ref, documents, html):
        """Print documents that are one HTML, but those that would come out as before, and note what came of each."""
        report = documents.report.with_env(self.env).sudo()
        bodies, ids, header, footer, paper = report._prepare_html(html, report_model=report.model)
        are_own = len(ids) == 1 or all(print_digest.is_one_each(str(part), len(ids)) for part in (header, footer))
        if ids != documents.ids or not are_own:
            # A text may look like a document of its own, or like the header of one: whose it is could not be told.
            raise UserError(self.env._("It cannot be told which page belongs to which document."))
        options = {
            "landscape": self.env.context.get("landscape"),
            "specific_paperformat_args": paper,
            "set_viewport_size": self.env.context.get("set_viewport_size"),
        }
        digests = self._chasing_digests(report, bodies, header, footer, options)
        press = printing.Press(len(ids), takes_many(), _limits.get().seconds, documents.processes)
        before = enumerate(zip(digests, map(documents.kept.get, ids), strict=True))
        press.printed = {place: kept[1] for place, (digest, kept) in before if digest and kept and kept[0] == digest}
        if len(press.printed) < len(ids):
            with pressed(press):
                self._run_wkhtmltopdf(bodies, report_ref=report_ref, header=header, footer=footer, **options)
        documents.broken = {ids[place]: said for place, said in press.broken.items()}
        documents.printed = {ids[place]: Printed(pdf, ids[place]) for place, pdf in press.printed.items()}
        documents.kept.update({
            ids[place]: (digests[place], pdf) for place, pdf in press.printed.items() if place not in press.flawed
        })

    def _chasing_digests(self, report, bodies, header, footer, options):
        """Return for each document a digest of all from which it is printed, None where that may change unseen."""
        arguments = self._build_wkhtmltopdf_args(
            report.get_paperformat(),
            options["landscape"],
            options["specific_paperformat_args"],
            options["set_viewport_size"],
        )
        program = json.dumps([ir_actions_report._wkhtml().version, *arguments])
        texts = list(map(str, bodies))
        return print_digest.digests(texts, str(header), str(footer), self._get_report_url(), program)

    def _prepare_html(self, html, report_model=False):
        """Cut nothing up that is printed already."""
        if isinstance(html, Printed):
            return [html], [html.record_id], None, None, {}
        return super()._prepare_html(html, report_model)

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
        if isinstance(bodies[0], Printed):
            return bytes(bodies[0])
        limits = _limits.get()
        if limits:
            bodies = [self._chasing_cut_off(body) for body in bodies]
            header, footer = (part and self._chasing_cut_off(part) for part in (header, footer))
        try:
            with _setting(_is_still, bool(limits) and _has_no_scripts(bodies, header, footer)):
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


def _has_no_scripts(bodies, header, footer):
    """Return whether nothing on these pages has to be waited for.

    Odoo's own script, which numbers the pages, is done as soon as a page is there.
    """
    return not any(map(SCRIPT.search, bodies)) and all(
        len(SCRIPT.findall(page)) < 2 for page in (header, footer) if page
    )


_run_without_limit = ir_actions_report._run_wkhtmltopdf


def _run(args):
    """Run the program as Odoo does, but end it when its time is up: Odoo waits for it without limit.

    Odoo also waits a second each for header, body and footer; of pages without scripts all is there before (R80).
    """
    limits, press = _limits.get(), _press.get()
    if not limits:
        return _run_without_limit(args)
    if _is_still.get() and DELAY in args:
        args = [NO_DELAY if before == DELAY else arg for before, arg in zip(["", *args], args, strict=False)]
    program = [ir_actions_report._wkhtml().bin, *(["--proxy", NOWHERE] if limits.is_offline else [])]
    if not press:
        done = printing.run([*program, *args], limits.seconds)
        if done.returncode in printing.PRINTED and not printing.is_whole(args[-1]):
            # Odoo would take for a document whatever is there.
            return subprocess.CompletedProcess(args, NO_PDF, "", f"{printing.NOT_WHOLE} {done.stderr}")
        return done
    # Odoo puts the documents last, and behind them where their one PDF would go.
    first = len(args) - 1 - press.count
    press.print([*program, *args[:first]], args[first:-1])
    return subprocess.CompletedProcess(args, 0, "", "")


ir_actions_report._run_wkhtmltopdf = _run
