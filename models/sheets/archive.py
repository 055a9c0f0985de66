"""The zip archives of XML that xlsx and ods files are, opened only if unpacking them can do no harm."""

from __future__ import annotations

import io
import zlib
from contextlib import contextmanager
from functools import lru_cache
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from .cells import MAX_UNPACKED, MEGABYTE, Unreadable

MAX_PARTS = 2000
# Bytes of one mark with all of its attributes, marks inside of each other, and names of marks and attributes: what an
# office program writes is far below, and beyond the parser takes time and memory without bound.
MAX_MARK, MAX_LEVELS, MAX_NAMES = 2**18, 200, 2000
_PIECE = 65536
_BROKEN = (BadZipFile, zlib.error, expat.ExpatError, EOFError, NotImplementedError, OSError, LookupError, ValueError)


@contextmanager
def damage_refused():
    """Turn whatever a broken archive or its XML raises into a refusal."""
    try:
        yield
    except _BROKEN as error:
        raise Unreadable("damaged") from error


def open_archive(content: bytes) -> ZipFile:
    """Return the archive, its parts neither too many nor too large.

    A part never gives more than the directory declares: Python reads no further and finds the check sum wrong. That
    holds for these two ways of packing only; the others unpack without a bound.
    """
    if content.count(b"PK\x01\x02") > MAX_PARTS:
        raise Unreadable("too_large_unpacked", limit=MAX_UNPACKED // MEGABYTE)
    with damage_refused():
        archive = ZipFile(io.BytesIO(content))
    parts = archive.infolist()
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Unreadable("too_large_unpacked", limit=MAX_UNPACKED // MEGABYTE)
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("password")
    if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        raise Unreadable("damaged")
    return archive


class Listener:
    """Hears the XML of one part.

    For an element that begins or ends it calls the method `start_<tag>` or `end_<tag>`, if there is one, whatever its
    namespace. No tree is built, so nothing is kept but what the listener keeps.
    """

    def __init__(self):
        self.heard, self.level, self.names = None, 0, set()

    def start(self, name, attributes):
        self.level += 1
        self.names.add(name)
        self.names.update(attributes)
        if self.level > MAX_LEVELS or len(self.names) > MAX_NAMES:
            raise Unreadable("damaged")
        method = getattr(self, f"start_{_local(name)}", None)
        if method:
            method({_local(key): value for key, value in attributes.items()})

    def end(self, name):
        self.level -= 1
        method = getattr(self, f"end_{_local(name)}", None)
        if method:
            method()

    def text(self, text):
        if self.heard is not None:
            self.heard.append(text)

    def listen(self, _attributes=None):
        """Keep the text from here on."""
        self.heard = []

    def taken(self):
        """Return the text since `listen`."""
        heard, self.heard = "".join(self.heard or ()), None
        return heard


@lru_cache(1000)
def _local(name):
    return name.rpartition(" ")[2].replace("-", "_")


def hear(archive, part, listener):
    """Let a listener hear a part of the archive; yields after every piece of it."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = listener.start, listener.end
    parser.CharacterDataHandler = listener.text
    # A document type is where entities that multiply are declared; office files have none.
    parser.StartDoctypeDeclHandler = _refuse_document_type
    with damage_refused(), archive.open(part) as stream:
        read = 0
        while piece := stream.read(_PIECE):
            parser.Parse(piece)
            read += len(piece)
            # A mark that does not end is searched from its start with every piece.
            if read - parser.CurrentByteIndex > MAX_MARK:
                raise Unreadable("damaged")
            yield
        parser.Parse(b"", True)
        yield


def hear_all(archive, part, listener):
    """Return the listener after it has heard a whole part; one that the archive lacks is silent."""
    if part in archive.namelist():
        for _piece in hear(archive, part, listener):
            pass
    return listener


def _refuse_document_type(*_declaration):
    raise Unreadable("damaged")
