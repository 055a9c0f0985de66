"""An e-mail as a file, as mail programs open it: what a delivery carried."""

import json
import zlib
from email.message import EmailMessage
from email.utils import format_datetime

from ..common.mail_header import format_address, format_addresses
from ..engine import plain_text


def packed(html, plain):
    """Return what leaves of an e-mail as few bytes.

    >>> unpacked(packed("<p>Hello</p>", "Hello"))
    ('<p>Hello</p>', 'Hello')
    """
    return zlib.compress(json.dumps([html, plain], ensure_ascii=False).encode())


def unpacked(kept):
    """Return (HTML, plain text) of what was packed."""
    html, plain = json.loads(zlib.decompress(kept))
    return html, plain


def parts(delivery, message):
    """Return (HTML, plain text) as they left with a delivery, which carried this mail.message (R91).

    One that left before that was kept is told as the conversation shows it.
    """
    # A form asks for the sizes of what is binary, and this is not for itself.
    if not (kept := delivery.sudo().with_context(bin_size=False).sent_content):
        html = str(message.body or "")
        return html, plain_text.from_html(html)
    html, plain = unpacked(kept)
    return str(message.env["mail.render.mixin"]._replace_local_links(html)), plain


def written(delivery, message):
    """Return the file of a delivery that carried this mail.message, as bytes."""
    mail = EmailMessage()
    mail["Subject"] = message.subject or ""
    mail["From"] = message.email_from or ""
    mail["To"] = format_address(None, delivery.address)
    if delivery.cc:
        mail["Cc"] = format_addresses(delivery.cc)
    mail["Date"] = format_datetime(delivery.sent_at or message.date)
    mail["Message-ID"] = message.message_id or ""
    html, plain = parts(delivery, message)
    mail.set_content(plain)
    mail.add_alternative(html, subtype="html")
    for attachment in message.sudo().attachment_ids:
        kind, _slash, subtype = (attachment.mimetype or "application/octet-stream").partition("/")
        mail.add_attachment(attachment.raw or b"", maintype=kind, subtype=subtype, filename=attachment.name)
    return mail.as_bytes()
