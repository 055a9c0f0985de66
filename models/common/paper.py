"""Paper: HTML printed in true millimetres, PDFs put together page by page, and what is drawn over their pages."""

import io

from odoo.tools.pdf import DependencyError, PdfReader, PdfReadError, PdfWriter, generic

from ..engine.letter_layout import POINT
from . import printing, stamps
from .ir_actions_report import limited, pressed, takes_many

# A page of text may take so long; a second is usual.
TIMEOUT = 20
# What reading a PDF raises that is none.
UNREADABLE = (PdfReadError, DependencyError, AttributeError, IndexError, ValueError, KeyError, TypeError)
# Width and height of the box that is measured, in mm.
_RULER = (100, 50)
_RULER_HTML = f"""<!DOCTYPE html><html><head><style>html, body {{ margin: 0; }}
div {{ position: absolute; left: 0; top: 0; width: {_RULER[0]}mm; height: {_RULER[1]}mm; background: black; }}
</style></head><body><div></div></body></html>"""
_zooms = {}


class PaperError(Exception):
    """Say that paper cannot be made, and why; `code` is the reason code of its letter."""

    code = "pdf_failed"


class AddressTooLong(PaperError):
    """Say that the address does not fit the window of the envelope."""

    code = "address_too_long"


def printer(env, size):
    """Return the `ir.actions.report` that prints on paper of a size.

    :param size: `a4` or `us`
    """
    paper_format = env.ref(f"invoice_chasing.paperformat_letter_{size}")
    return env["ir.actions.report"].sudo().new({"paperformat_id": paper_format.id})


def zoom(reports, size):
    """Return by how much CSS lengths must grow to come out true.

    It differs between builds of wkhtmltopdf, so that a box of known size is printed once per process and paper size,
    and measured.

    :param reports: the `ir.actions.report` that prints on this paper
    :param size: name of the paper size
    """
    if size not in _zooms:
        _zooms[size] = _RULER[0] / (_ruler_width(print_html(reports, _RULER_HTML)) * POINT)
    return _zooms[size]


def print_html(reports, html):
    """Return the PDF of one HTML document, which fetches nothing and takes no longer than it may."""
    try:
        with limited(TIMEOUT, is_offline=True):
            return reports._run_wkhtmltopdf([html])
    # Odoo says in a UserError what the program said.
    except Exception as error:
        raise PaperError(str(error)) from error


def print_many(reports, documents):
    """Return ({place: PDF}, {place: what the program said}) of HTML documents, each of which becomes a PDF of its own.

    One that is in neither was not reached in time.
    """
    press = printing.Press(len(documents), takes_many(), TIMEOUT + len(documents))
    try:
        with limited(TIMEOUT + len(documents), is_offline=True), pressed(press):
            reports._run_wkhtmltopdf(documents)
    except Exception as error:
        raise PaperError(str(error)) from error
    return press.printed, press.broken


def numbered(env, pdf, lang):
    """Return a PDF whose pages say which of how many they are, at the bottom (R79)."""
    env = env(context={**env.context, "lang": lang})

    def text(page, pages):
        return env._("Page %(page)s of %(pages)s", page=page, pages=pages)

    return drawn_over(pdf, lambda *page: stamps.draw_number(*page, text))


def drawn_over(pdf, draw):
    """Return a PDF over each of whose pages something is drawn; raise `PaperError` if it cannot be read.

    :param draw: see `stamps.drawn_over`
    """
    try:
        return stamps.drawn_over(pdf, draw)
    except UNREADABLE as error:
        raise PaperError(str(error)) from error


def _ruler_width(pdf):
    """Return the width, in points, of the box that is twice as wide as high."""
    page = PdfReader(io.BytesIO(pdf)).pages[0]
    boxes = [(width, height) for width, height in _boxes(page) if height and abs(width / height - 2) < 0.05]
    if not boxes:
        raise PaperError("wkhtmltopdf prints in a way that cannot be measured: use version 0.12.6.")
    return boxes[-1][0]


def _boxes(page):
    """Yield (width, height), in points, of the rectangles drawn on an unrotated page."""
    scale, stack = (1, 1), []
    for arguments, operator in generic.ContentStream(page["/Contents"].get_object(), page.pdf).operations:
        if operator == b"q":
            stack.append(scale)
        elif operator == b"Q":
            scale = stack.pop()
        elif operator == b"cm":
            scale = (scale[0] * float(arguments[0]), scale[1] * float(arguments[3]))
        elif operator == b"re":
            yield abs(scale[0] * float(arguments[2])), abs(scale[1] * float(arguments[3]))


def stack(pdfs, size, duplex=False):
    """Put several PDFs into one, every page on paper of one size: what has another size is made to fit.

    :param pdfs: the PDFs as bytes, in their order
    :param size: (width, height) in mm
    :param duplex: each PDF begins on a new sheet
    :return: (PDF as bytes, number of pages)
    """
    writer = PdfWriter()
    try:
        for pdf in pdfs:
            if duplex and len(writer.pages) % 2:
                writer.add_blank_page(size[0] / POINT, size[1] / POINT)
            for page in PdfReader(io.BytesIO(pdf), strict=False).pages:
                _add_fitted(writer, page, size)
        with io.BytesIO() as buffer:
            writer.write(buffer)
            return buffer.getvalue(), len(writer.pages)
    except UNREADABLE as error:
        raise PaperError(str(error)) from error


def _add_fitted(writer, page, size):
    width, height = size[0] / POINT, size[1] / POINT
    if page.rotation:
        page.transfer_rotation_to_content()
    box = page.mediabox
    if abs(float(box.width) - width) < 3 and abs(float(box.height) - height) < 3:
        writer.add_page(page)
        return
    scale = min(width / float(box.width), height / float(box.height))
    right = (width - float(box.width) * scale) / 2 - float(box.left) * scale
    up = (height - float(box.height) * scale) / 2 - float(box.bottom) * scale
    sheet = writer.add_blank_page(width, height)
    page.add_transformation((scale, 0, 0, scale, right, up))
    page.mediabox = page.cropbox = page.trimbox = sheet.mediabox
    sheet.merge_page(page)
