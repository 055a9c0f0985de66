"""A copy of a PDF that says so, made without a loss; where that cannot be, none is made (R79)."""

import io

from odoo.tools.pdf import OdooPdfFileReader

from ..common import paper, stamps


def copy_of(pdf, word):
    """Return a PDF with a word on each page, None where it would lose something by it.

    A signature would not hold any more; what is embedded, an e-invoice above all, must come out as it went in.

    :param word: in the reader's language; one that the font cannot write is written in English
    """
    text = word if stamps.can_write(word) else "Copy"
    try:
        reader = OdooPdfFileReader(io.BytesIO(pdf), strict=False)
        root = reader.trailer["/Root"]
        if reader.is_encrypted or _is_locked(root):
            return None
        # What is made to last, as e-invoices are, brings its fonts along.
        embeds = any(name in root for name in ("/AF", "/Metadata", "/OutputIntents"))
        stamped = paper.drawn_over(pdf, lambda canvas, *size: stamps.draw_mark(canvas, *size[:2], text, embeds))
        return stamped if _embedded(stamped) == _embedded(pdf) else None
    except (paper.PaperError, *paper.UNREADABLE):
        return None


def _is_locked(root):
    """Return whether a document is signed, or has fields to be signed."""
    form = root.get("/AcroForm")
    return bool(form and form.get_object().get("/SigFlags"))


def _embedded(pdf):
    """Return the (name, content) of the files that are embedded in a PDF."""
    return list(OdooPdfFileReader(io.BytesIO(pdf), strict=False).getAttachments())
