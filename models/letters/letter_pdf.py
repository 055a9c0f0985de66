"""The PDF of a letter: its first pages from the text it carries, the invoice's official PDF behind them (R72).

Nothing here writes or locks a record, except that a letter gets its links when it is first printed.
"""

from functools import partial

from markupsafe import Markup

from odoo.tools import consteq
from odoo.tools.image import image_data_uri

from ..common import clock, formats, paper
from ..dispatch import document_stamp, formal_reminder, message_files, paper_parts
from ..engine import markup, moments
from ..engine.letter_layout import HEADROOM, LAYOUTS, LINE_HEIGHT, Box, fit

PICTURE_TYPES = ("image/gif", "image/jpeg", "image/png", "image/webp")


def build(letter):
    """Return the PDF of a chasing.letter and its number of pages; raise `paper.PaperError` if it cannot be made.

    Its own text comes first, then the formal reminder, the invoice and what else it encloses (R72, R79).
    """
    official = letter.move_id._chasing_pdfs().get(letter.move_id.id)
    if not official:
        raise paper.PaperError(letter.env._("The invoice has no PDF."))
    step, at = letter.delivery_id.step_id.sudo().with_company(letter.company_id), _instant(letter)
    wanted, pdfs = message_files.wanted(step, at), [print_text(letter)]
    if wanted.formal:
        pdfs.append(_print_formal(letter, step, at))
    if wanted.invoice:
        pdf = letter.env["ir.attachment"].sudo().browse(official).raw
        word = letter.with_context(lang=_lang(letter)).env._("Copy")
        pdfs.append((wanted.is_copy and document_stamp.copy_of(pdf, word)) or pdf)
    layout = LAYOUTS[letter.provider_id.layout]
    return paper.stack([*pdfs, *letter.sudo().enclosure_ids.mapped("raw")], layout.page)


def print_test(letter, step, at):
    """Return the PDF of what a letter of a step says itself, of its formal reminder too, as it goes at an instant."""
    pdfs = [print_text(letter)]
    if message_files.wanted(step, at).formal:
        pdfs.append(_print_formal(letter, step, at))
    return paper.stack(pdfs, LAYOUTS[letter.provider_id.layout].page)[0]


def _print_formal(letter, step, at):
    return formal_reminder.printed(step, _lang(letter), at, (letter.address or "").splitlines())


def _lang(letter):
    return letter.lang or letter.env.lang


def _instant(letter):
    """Return a UTC instant of the day that a letter bears: now, unless midnight has passed since it was written."""
    now, company = clock.now(letter.env), letter.company_id.sudo()
    if clock.local_day(now, company) == letter.composed_on:
        return now
    return moments.instant(letter.composed_on, 12, company._chasing_timezone())


def print_text(letter):
    """Return the PDF of what a letter itself says, its pages numbered."""
    lang = _lang(letter)
    pdf = _print(letter, "invoice_chasing.letter_document", lang, letter.composed_on, text_values(letter))
    return paper.numbered(letter.env, pdf, lang)


def print_list(letters):
    """Return the PDF of the page on top of printed letters of one company, which lists them."""
    company = letters.company_id.sudo()
    lang, values = company.partner_id.lang or letters.env.lang, {"company": company, "letters": letters}
    return _print(letters, "invoice_chasing.letter_cover", lang, clock.today(company), values)


def _print(letters, template, lang, day, values):
    """Return the PDF of a template, dated a day, on the paper of letters that share a layout, in true millimetres."""
    env, size = letters.env, paper_size(letters.provider_id.layout)
    values = {"date": formats.long_date(env, day, lang), **values}
    return paper.print_html(paper.printer(env, size), paper_parts.html(env, template, size, lang, values))


def paper_size(layout):
    """Return the name of the size of the paper of a layout."""
    return "us" if layout == "us_10" else "a4"


def text_values(letter):
    """Return what the template of a letter's text needs."""
    layout, company = LAYOUTS[letter.provider_id.layout], letter.company_id.sudo()
    return {
        "company": company,
        "logo": image_data_uri(company.logo) if company.logo and not company.uses_default_logo else False,
        "subject": letter.subject,
        "content": Markup(markup.carry_pictures(_leaving(letter), partial(picture, letter.env))),
        "sender_line": letter.sender_line,
        "free_head": letter.provider_id._prints_addresses(),
        "text_top": layout.text_top - layout.margin[1],
        **_head_values(letter, layout),
    }


def _leaving(letter):
    """Return the text of a letter with links of its own, which a test, that is nobody's delivery, has none of."""
    content, delivery = str(letter.content or ""), letter.delivery_id
    return letter.env["chasing.message"]._links({delivery: content})[delivery] if delivery else content


def picture(env, attachment_id, token):
    """Return an uploaded picture as its own data, None if it is not for everybody who knows its address."""
    attachment = env["ir.attachment"].sudo().browse(attachment_id).exists()
    is_open = attachment.public or attachment.res_model == "mail.template"
    is_token_right = bool(token and attachment.access_token) and consteq(token, attachment.access_token)
    if (is_open or is_token_right) and attachment.mimetype in PICTURE_TYPES:
        return image_data_uri(attachment.datas)
    return None


def _head_values(letter, layout):
    """Return where letterhead, sender's line and address stand; nothing if the provider prints them."""
    if letter.provider_id._prints_addresses():
        return {}
    fitted = fit((letter.address or "").splitlines(), layout.address)
    if not fitted:
        raise paper.AddressTooLong(letter.env._("shorten it on the contact"))
    size, lines = fitted
    address_type = f"font-size: {size}pt; line-height: {LINE_HEIGHT}; padding-top: {HEADROOM}em;"
    head = Box(layout.margin[0], layout.margin[1], 110, layout.head_bottom - layout.margin[1])
    return {
        "head_style": _style(layout, head),
        "sender_style": layout.sender and _style(layout, layout.sender) + _sender_type(letter, layout.sender),
        "address_style": _style(layout, layout.address) + address_type,
        "address_lines": lines,
    }


def _sender_type(letter, box):
    """Return the CSS of the sender in one line, as small as it must be."""
    size = next((size for size in (7, 6, 5) if len(letter.sender_line or "") * size * 0.2 < box.width), 4)
    return f"font-size: {size}pt; line-height: {box.height - 0.5}mm; text-decoration: underline;"


def _style(layout, box):
    """Return the CSS of a box on the page, whose positions count from the margins."""
    return (
        f"left: {box.left - layout.margin[0]:.2f}mm; top: {box.top - layout.margin[1]:.2f}mm; "
        f"width: {box.width:.2f}mm; height: {box.height:.2f}mm; "
    )
