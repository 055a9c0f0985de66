"""What is drawn over the pages of a PDF that is made already; their content stays. No database is touched here.

Fonts are embedded where printers of letters, or the archivable PDF of an e-invoice, want it.
"""

import io

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from odoo.tools.pdf import OdooPdfFileWriter, PdfReader, generic

from ..engine.letter_layout import POINT

FONT, OTHER_FONT = "ChasingSans", "Helvetica"
# Where the number of a page stands, in mm from the right and the bottom edge, and the size of its type in points.
NUMBER_RIGHT, NUMBER_BOTTOM, NUMBER_SIZE = 20, 11, 8
# Where a mark stands, in mm from the right and the top edge: printers leave less than that white.
MARK_RIGHT, MARK_TOP, MARK_SIZE = 6, 4, 9
# {degrees by which a page is shown turned clockwise: what turns upright drawing with it, for a width and a height}
TURNED = {
    0: lambda width, height: (1, 0, 0, 1, 0, 0),
    90: lambda width, height: (0, 1, -1, 0, width, 0),
    180: lambda width, height: (-1, 0, 0, -1, width, height),
    270: lambda width, height: (0, -1, 1, 0, 0, height),
}

try:
    pdfmetrics.registerFont(TTFont(FONT, "Vera.ttf"))
except TTFError:
    # Some distributions leave it out of the library.
    FONT = OTHER_FONT


def can_write(text):
    """Return whether the font of stamps has every letter of a text.

    >>> can_write("Page 1 of 2"), can_write("第 1 頁")
    (True, False)
    """
    if FONT == OTHER_FONT:
        return text.isascii()
    letters = pdfmetrics.getFont(FONT).face.charToGlyph
    return all(ord(letter) in letters for letter in text)


def draw_number(canvas, width, _height, page, pages, text):
    """Draw which of how many pages it is.

    :param text: gives that in words by (page, pages)
    """
    said = text(page, pages)
    canvas.setFont(FONT, NUMBER_SIZE)
    said = said if can_write(said) else f"{page} / {pages}"
    canvas.drawRightString(width - NUMBER_RIGHT / POINT, NUMBER_BOTTOM / POINT, said)


def draw_mark(canvas, width, height, text, embeds):
    """Draw a word in a frame, in the corner at the top right.

    :param embeds: its font must be embedded, which takes 20 kB
    """
    font = FONT if embeds or not text.isascii() else OTHER_FONT
    canvas.setFont(font, MARK_SIZE)
    right, base = width - MARK_RIGHT / POINT, height - MARK_TOP / POINT - MARK_SIZE
    wide = canvas.stringWidth(text, font, MARK_SIZE)
    canvas.setLineWidth(0.6)
    canvas.rect(right - wide - 6, base - 3, wide + 6, MARK_SIZE + 3, stroke=1, fill=0)
    canvas.drawRightString(right - 3, base, text)


def drawn_over(pdf, draw):
    """Return a PDF over each of whose pages something is drawn; all else of it, embedded files too, stays.

    :param draw: draws with a canvas upright on a page as it is shown: (canvas, width, height, number from 1, of how
        many), in points
    """
    reader, writer = PdfReader(io.BytesIO(pdf), strict=False), OdooPdfFileWriter()
    writer.cloneReaderDocumentRoot(reader)
    pages = list(reader.pages)
    shown = [_shown_size(page) for page in pages]
    for page, form in zip(pages, _forms(shown, draw), strict=True):
        _put_over(writer, page, form)
    with io.BytesIO() as buffer:
        writer.write(buffer)
        return buffer.getvalue()


def _shown_size(page):
    """Return (width, height) of a page as it is shown."""
    size = float(page.cropbox.width), float(page.cropbox.height)
    return size[::-1] if _turn(page) in (90, 270) else size


def _turn(page):
    return int(page.get("/Rotate", 0)) % 360


def _forms(sizes, draw):
    """Return the pages of a PDF of nothing but what is drawn."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for number, (width, height) in enumerate(sizes, 1):
        canvas.setPageSize((width, height))
        draw(canvas, width, height, number, len(sizes))
        canvas.showPage()
    canvas.save()
    return PdfReader(buffer).pages


def _put_over(writer, page, form):
    """Draw a page over another, whose own content is left as it is."""
    box = page.cropbox
    matrix = list(TURNED[_turn(page)](float(box.width), float(box.height)))
    matrix[4] += float(box.left)
    matrix[5] += float(box.bottom)
    stamp = generic.DecodedStreamObject()
    stamp.set_data(form.get_contents().get_data())
    stamp.update({
        generic.NameObject("/Type"): generic.NameObject("/XObject"),
        generic.NameObject("/Subtype"): generic.NameObject("/Form"),
        generic.NameObject("/BBox"): generic.ArrayObject(form.mediabox),
        generic.NameObject("/Resources"): form["/Resources"],
    })
    resources = generic.DictionaryObject(page["/Resources"].get_object() if "/Resources" in page else {})
    pictures = generic.DictionaryObject(resources["/XObject"].get_object() if "/XObject" in resources else {})
    name = f"/ChasingStamp{len(pictures)}"
    before = generic.DecodedStreamObject()
    before.set_data(b"q\n")
    after = generic.DecodedStreamObject()
    after.set_data(f"\nQ\nq {' '.join(f'{part:.3f}' for part in matrix)} cm {name} Do Q\n".encode())
    # What the reader shows as a page is a copy of what is written.
    target = page.indirect_reference.get_object()
    contents = target.raw_get("/Contents") if "/Contents" in target else generic.ArrayObject()
    own = contents.get_object()
    parts = list(own) if isinstance(own, generic.ArrayObject) else [contents]
    target[generic.NameObject("/Contents")] = generic.ArrayObject([
        writer._addObject(before),
        *parts,
        writer._addObject(after),
    ])
    pictures[generic.NameObject(name)] = writer._addObject(stamp)
    resources[generic.NameObject("/XObject")] = pictures
    target[generic.NameObject("/Resources")] = resources
