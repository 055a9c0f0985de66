"""An e-mail as a file, as mail programs open it: what a delivery carried."""

from email.message import EmailMessage
from email.utils import format_datetime

from ..common.mail_header import format_address, format_addresses
from ..engine import plain_text


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
    mail.set_content(plain_text.from_html(str(message.body or "")))
    mail.add_alternative(message.body or "", subtype="html")
    for attachment in message.sudo().attachment_ids:
        kind, _slash, subtype = (attachment.mimetype or "application/octet-stream").partition("/")
        mail.add_attachment(attachment.raw or b"", maintype=kind, subtype=subtype, filename=attachment.name)
    return mail.as_bytes()
