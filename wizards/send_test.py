"""A message sent to whoever writes it, and to nobody else (R75): marked as a test, on no ledger, of no delivery."""

from odoo.exceptions import UserError

from ..models.common import clock, no_user_defaults
from ..models.common.errors import ChannelRefused
from ..models.common.mail_header import format_sender
from ..models.common.wording import reason_text
from ..models.letters import letter_pdf
from ..models.letters.postal_address import address_lines


def send(sheet, code):
    """Send one channel's message of a sheet to the user, and return what is said of it."""
    channel = sheet.env["chasing.channel"]._all()[code].with_company(sheet.company).sudo()
    preview = channel._preview(sheet.step, sheet.step._usual_lang() or sheet.env.lang, sheet.at)
    if isinstance(preview, ChannelRefused):
        raise UserError(reason_text(sheet.env, preview.code, {"detail": preview.detail}))
    return {"email": _by_email, "sms": _by_sms}[code](sheet, preview)


def _by_email(sheet, preview):
    env = sheet.env
    address = format_sender(env.user.name, env.user.email)
    if not address:
        raise UserError(env._("You have no e-mail address. Enter one in your preferences."))
    sent_by = sheet.step.schedule_id._sender()[1]
    if not sent_by:
        raise UserError(reason_text(env, "no_sender"))
    no_user_defaults.create(
        env["mail.mail"].sudo(),
        {
            "subject": env._("[Test] %(subject)s", subject=preview.subject),
            "body_html": preview.body,
            "email_from": sent_by,
            "email_to": address,
            "auto_delete": True,
        },
    )
    env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
    return env._("A test is on its way to %(address)s.", address=env.user.email)


def _by_sms(sheet, preview):
    env = sheet.env
    number = env.user.partner_id._phone_format(fname="phone")
    if not number:
        raise UserError(env._("You have no valid phone number. Enter one in your preferences."))
    body = env._("[Test] %(text)s", text=preview.body)
    no_user_defaults.create(env["sms.sms"].sudo(), {"number": number, "body": body})
    env.ref("sms.ir_cron_sms_scheduler_action").sudo()._trigger()
    return env._("A test is on its way to %(address)s.", address=number)


def letter(sheet):
    """Return (name, PDF) of the letter as it would be printed for its first recipient."""
    env, company = sheet.env, sheet.company
    channel = env["chasing.channel"]._all()["letter"].with_company(company).sudo()
    provider = env["chasing.postal.provider"].sudo()._for_company(company)
    recipients = sheet.resolutions()["letter"].recipients
    partner = env["res.partner"].sudo().browse(recipients[0].contact_key if recipients else sheet.move.partner_id.id)
    lang = partner.lang or sheet.step._usual_lang() or env.lang
    preview = channel._preview(sheet.step, lang, sheet.at)
    if isinstance(preview, ChannelRefused):
        raise UserError(reason_text(env, preview.code, {"detail": preview.detail}))
    printed = (
        env["chasing.letter"]
        .sudo()
        .new({
            "company_id": company.id,
            "provider_id": provider.id,
            "lang": lang,
            "subject": env._("[Test] %(subject)s", subject=preview.subject),
            "content": preview.body,
            "address": "\n".join(address_lines(partner, company)),
            "sender_line": " · ".join(address_lines(company.partner_id, company)),
            "composed_on": clock.local_day(sheet.at, company),
        })
    )
    name = env._("Test letter %(invoice)s.pdf", invoice=sheet.move.name or env._("draft")).replace("/", "_")
    return name, letter_pdf.print_text(printed)
