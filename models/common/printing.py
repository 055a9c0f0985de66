"""Run wkhtmltopdf: within a time, and for many documents in few processes. No database is touched here."""

import io
import logging
import os
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
from lxml import etree

from odoo.tools.pdf import PdfReader, PdfReadError, PdfWriter

_logger = logging.getLogger(__name__)
# Printing may use so many processors; others serve people meanwhile.
MAX_PROCESSES = 2
# More documents than that in one process take more memory than others can spare (80 take 750 MB), and none of them is
# there before all are.
MAX_TOGETHER = 20
# The program ends with 1 where it could not fetch something, and with more, or by a signal, where it broke.
PRINTED = (0, 1)
# It says so of what the server does not have: a font of the style sheet, which will not be there next time either.
ABSENT = "ContentNotFoundError"
NOT_WHOLE = "It wrote no whole PDF."
# What it wrote may be no PDF, or nothing at all.
UNREADABLE = (OSError, PdfReadError, etree.XMLSyntaxError, KeyError, TypeError, ValueError)


def run(command, seconds, running=None):
    """Run a program and return its CompletedProcess; end it when its time is up.

    :param seconds: the time it may take; then it raises subprocess.TimeoutExpired
    :param running: a set that holds the process while it runs, so that somebody else can end it
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as process:
        running = set() if running is None else running
        try:
            running.add(process)
            out, err = process.communicate(timeout=seconds)
        except BaseException:
            kill(process)
            raise
        finally:
            running.discard(process)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def kill(process):
    """End a process and what it started: the program may be a script around the real one."""
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
    process.kill()


class Press:
    """Print many documents, each into a PDF of its own, in as many processes as there are processors, two at most.

    A program with patched Qt takes many documents at once and waits once for all of them, an unpatched one takes one.
    What breaks a process is found by halves. `is_late` says that time ended before everything was printed.

    :param count: how many documents there are
    :param takes_many: the program takes many documents at once
    :param seconds: the time for all of them
    :param processes: how many processes may print at a time
    """

    def __init__(self, count, takes_many, seconds, processes=MAX_PROCESSES):
        self.count, self.takes_many = count, takes_many
        self._width = min(processes, os.cpu_count() or 1)
        # {place: PDF} of those that were printed, and {place: what the program said} of those that break it
        self.printed, self.broken, self.is_late = {}, {}, False
        # The places of those that were printed while something could not be fetched, perhaps for them.
        self.flawed = set()
        self._end = time.monotonic() + seconds
        self._running = set()

    def print(self, command, documents):
        """Print the documents into `printed`, but those that are there already.

        :param command: the program and its options
        :param documents: the paths of the HTML files
        """
        self._command = command
        width = self._width
        missing = [(place, path) for place, path in enumerate(documents) if place not in self.printed]
        shares = [share for n in range(width) if (share := missing[n::width])]
        with ThreadPoolExecutor(width) as pool:
            try:
                for _share in pool.map(self._print_share, shares):
                    pass
            except BaseException:
                self._stop()
                raise

    def _stop(self):
        """End what still runs, and let nothing begin: who waits for it is not there any more."""
        self._end = time.monotonic()
        for process in list(self._running):
            kill(process)

    def _print_share(self, share):
        """Print documents in one process after the other."""
        size = MAX_TOGETHER if self.takes_many else 1
        for first in range(0, len(share), size):
            self._print_part(share[first : first + size])

    def _print_part(self, part):
        """Print documents at once or, if one of them breaks that, each half."""
        try:
            pdfs, said = self._print_once([path for _place, path in part])
        except subprocess.TimeoutExpired:
            self.is_late = True
            return
        half = len(part) // 2
        if pdfs:
            self.printed.update({place: pdf for (place, _path), pdf in zip(part, pdfs, strict=True)})
            self.flawed.update(place for place, _path in part if said and ABSENT not in said)
        elif half:
            self._print_part(part[:half])
            self._print_part(part[half:])
        else:
            self.broken[part[0][0]] = said

    def _print_once(self, paths):
        """Return the PDFs of documents that one process prints, None if that is in vain; and what went wrong."""
        with tempfile.TemporaryDirectory(prefix="report.press.tmp.") as folder:
            output, contents = Path(folder, "output.pdf"), Path(folder, "contents.xml")
            listing = ["--dump-outline", str(contents)] if len(paths) > 1 else []
            command = [self._command[0], *listing, *self._command[1:], *paths, str(output)]
            done = run(command, max(self._end - time.monotonic(), 0), self._running)
            said = done.returncode and f"{done.returncode}: {done.stderr[-1000:].strip()}"
            if said:
                _logger.warning("wkhtmltopdf ended with %s", said)
            if done.returncode not in PRINTED or not is_whole(output):
                return None, said or NOT_WHOLE
            try:
                pdf = output.read_bytes()
                return (split(pdf, first_pages(contents.read_bytes()), len(paths)) if listing else [pdf]), said
            except UNREADABLE as error:
                return None, str(error)


def is_whole(path):
    """Return whether a file is a PDF to its end: a full disk leaves less of it, and the program may not mind."""
    try:
        content = Path(path).read_bytes()
    except OSError:
        return False
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]


def first_pages(contents):
    """Return the pages, from 0, that documents begin on, by the table of contents that wkhtmltopdf writes of a PDF.

    Its outer entries are the documents, whatever headings they have: no text of a document can add one.

    >>> outline = '<outline xmlns="http://wkhtmltopdf.org/outline">%s</outline>'
    >>> first_pages((outline % '<item page="0"><item page="1"/></item><item page="2"/>').encode())
    [0, 2]
    """
    return [int(item.get("page")) for item in etree.fromstring(contents)]


def split(pdf, starts, count):
    """Return the PDFs of the documents in one, None where it is not certain which page is whose.

    :param starts: the pages, from 0, that documents begin on
    :param count: how many documents there are
    """
    reader = PdfReader(io.BytesIO(pdf), strict=False)
    ends = [*starts[1:], len(reader.pages)]
    if len(starts) != count or starts[0] or any(start >= end for start, end in zip(starts, ends, strict=True)):
        return None
    return [_pages(reader, start, end) for start, end in zip(starts, ends, strict=True)]


def _pages(reader, start, end):
    """Return the PDF of some pages of another."""
    writer = PdfWriter()
    for number in range(start, end):
        writer.add_page(reader.pages[number])
    with io.BytesIO() as buffer:
        writer.write(buffer)
        return buffer.getvalue()
