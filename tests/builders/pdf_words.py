"""Where words stand on the pages of a PDF, read from the PDF itself: the glyphs' places and widths as it gives them."""

import io
from dataclasses import dataclass

from odoo.tools.pdf import PdfReader, generic

MM = 25.4 / 72
IDENTITY = (1, 0, 0, 1, 0, 0)


@dataclass
class Word:
    """A word and the box around it, in millimetres from the top left corner of its page."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def lies_in(self, box, tolerance=0.3):
        return (
            self.left >= box.left - tolerance
            and self.top >= box.top - tolerance
            and self.right <= box.right + tolerance
            and self.bottom <= box.bottom + tolerance
        )

    def touches(self, box):
        return self.left < box.right and self.right > box.left and self.top < box.bottom and self.bottom > box.top


def words(pdf, number=0):
    """The words of one page, in the order in which they are drawn."""
    page = PdfReader(io.BytesIO(pdf)).pages[number]
    found = []
    for glyph in _glyphs(page):
        last = found[-1] if found else None
        # a gap wider than a fifth of the type size, or another line, begins a new word
        near = last and abs(glyph.left - last.right) < (glyph.bottom - glyph.top) / 6
        if near and abs(glyph.bottom - last.bottom) < 0.1 and glyph.text.strip() and last.text.strip():
            last.text, last.right = last.text + glyph.text, glyph.right
        else:
            found.append(glyph)
    return [word for word in found if word.text.strip()]


def _times(a, b):
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _glyphs(page):
    """What wkhtmltopdf draws: text in composite fonts of two bytes a glyph, each run placed by Tm and Td."""
    height = float(page.mediabox.height)
    fonts = {name: _Font(font.get_object()) for name, font in page["/Resources"]["/Font"].items()}
    font, size = None, 0
    for values, operator, place in _placed(page):
        if operator == b"Tf":
            font, size = fonts[values[0]], float(values[1])
        elif operator == b"TJ":
            raise ValueError("Text that is placed glyph by glyph is not read here")
        elif operator == b"Tj":
            at = 0
            for code in font.codes(values[0]):
                width = font.widths.get(code, font.default) * size / 1000
                yield _word(font.letters.get(code, "?"), at, width, size, place, height)
                at += width


def _placed(page):
    """(values, operator, matrix of text) of each operation on a page."""
    matrix, stack, line = IDENTITY, [], IDENTITY
    for values, operator in generic.ContentStream(page["/Contents"].get_object(), page.pdf).operations:
        if operator == b"q":
            stack.append(matrix)
        elif operator == b"Q":
            matrix = stack.pop()
        elif operator == b"cm":
            matrix = _times([float(value) for value in values], matrix)
        elif operator == b"BT":
            line = IDENTITY
        elif operator == b"Tm":
            line = tuple(float(value) for value in values)
        elif operator == b"Td":
            line = _times((1, 0, 0, 1, float(values[0]), float(values[1])), line)
        yield values, operator, _times(line, matrix)


def _word(text, at, width, size, matrix, height):
    """The box of a glyph: around its base line from the descent to the dots of capitals in ordinary type."""
    left = at * matrix[0] + matrix[4]
    right = (at + width) * matrix[0] + matrix[4]
    base, em = height - matrix[5], abs(matrix[3]) * size
    return Word(text, left * MM, (base - 0.93 * em) * MM, right * MM, (base + 0.22 * em) * MM)


class _Font:
    def __init__(self, font):
        inner = font["/DescendantFonts"][0].get_object()
        self.default = float(inner.get("/DW", 1000))
        self.widths = self._read_widths(inner.get("/W", []))
        self.letters = self._read_letters(font["/ToUnicode"].get_data().decode("latin-1"))

    def _read_widths(self, entries):
        widths, entries = {}, [entry.get_object() for entry in entries]
        while entries:
            first = int(entries.pop(0))
            following = entries.pop(0)
            if isinstance(following, list):
                widths |= {first + place: float(width) for place, width in enumerate(following)}
            else:
                widths |= dict.fromkeys(range(first, int(following) + 1), float(entries.pop(0)))
        return widths

    def _read_letters(self, table):
        letters = {}
        for part in table.split("beginbfrange")[1:]:
            for row in part.split("endbfrange")[0].strip().splitlines():
                first, last, *targets = row.replace("[", " ").replace("]", " ").replace("><", "> <").split()
                first, last = int(first.strip("<>"), 16), int(last.strip("<>"), 16)
                targets = [int(target.strip("<>"), 16) for target in targets]
                for place, code in enumerate(range(first, last + 1)):
                    value = targets[place] if len(targets) > 1 else targets[0] + place
                    letters[code] = chr(value)
        return letters

    def codes(self, text):
        raw = text.original_bytes if hasattr(text, "original_bytes") else bytes(text)
        return [int.from_bytes(raw[place : place + 2], "big") for place in range(0, len(raw), 2)]
