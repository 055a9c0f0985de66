"""What the send sheet shows of a message before it leaves: whom it reaches, what it says, what to know first.

It asks those who will send it, and writes nothing.
"""

import logging

from markupsafe import Markup

from odoo.exceptions import UserError
from odoo.tools import format_list

from ..models.common import clock, formats
from ..models.common.errors import ChannelRefused
from ..models.common.wording import reason_text, selection_labels
from ..models.engine import address_list, customer_zone, markup, template_words
from ..models.engine.cures import IN_PLACE
from ..models.engine.facts import LEFT_OPEN
from ..models.engine.holds import in_order
from ..models.engine.placeholder_names import PATHS
from ..models.forecast.chasing_hand import SEVERAL
from .send_texts import hold_text

_logger = logging.getLogger(__name__)

# What holds an invoice -> where a person ends it.
CURES = {"paused": "resume", "customer_paused": "customer", "customer_excluded": "customer"}


class Sheet:
    """Look at the message of one dialog as it stands, or with other words."""

    def __init__(self, dialog, words):
        self.env, self.dialog, self.words = dialog.env, dialog, words
        self.move = dialog.move_id.sudo().with_company(dialog.move_id.company_id)
        self.company = self.move.company_id
        self.at = dialog._instant()
        self.step = self._draft()

    def _draft(self):
        """Return the step as it would be with these words, saved nowhere."""
        saved = self.dialog.step_id._origin.sudo()
        if not saved:
            [draft] = self.env["chasing.hand"]._drafts(self.move, self.words).values()
            return draft
        step = self.env["chasing.step"].sudo().with_company(self.company)
        draft = step.new({name: value for name, value in self.words.items() if name not in SEVERAL}, origin=saved)
        for name in SEVERAL:
            if name in self.words:
                # Who reads a new record's records gets new ones, which no address book knows.
                draft._fields[name]._update_cache(draft, tuple(self.words[name]))
        return draft

    def resolutions(self):
        """Return {channel: engine Resolution} as the sending would find it."""
        by_person = self.dialog.when == "now"
        return self.step._addressed({self.step: self.at}, None, by_person)[self.step]

    def recipients(self, resolutions):
        """Return the recipients whom these resolutions reach, none of our own people."""
        return [
            recipient
            for resolution in resolutions.values()
            for recipient in resolution.recipients
            if not recipient.internal
        ]

    # ------------------------------------------------------------------ what it says

    def parts(self, resolutions):
        """Return what each channel says in each language of its recipients, as the client shows it."""
        self.move._chasing_ensure_tokens()
        names = dict(self.env["res.lang"].get_installed())
        labels = selection_labels(self.env["chasing.delivery"], "channel")
        parts = []
        for code, channel in self.env["chasing.channel"]._all().items():
            if code not in resolutions:
                continue
            recipients = self.step._as_seen(resolutions[code].recipients)
            by_lang = {lang: [one for one in recipients if self._lang(one) == lang] for lang in self._langs(recipients)}
            for lang, group in by_lang.items():
                label = f"{labels[code]} · {names.get(lang, lang)}" if len(by_lang) > 1 else labels[code]
                parts.append({
                    "key": f"{code}-{lang}",
                    "label": label,
                    "to": ", ".join(dict.fromkeys(one.address for one in group)),
                    "cc": channel._takes_copies and ", ".join(address for _name, address in self.step._copies()),
                    **self._said(channel.with_company(self.company).sudo(), lang),
                })
        return parts

    def _lang(self, recipient):
        return self.company._chasing_lang(recipient.lang)

    def _langs(self, recipients):
        """Return the codes of the languages in which it is written, at least one."""
        return list(dict.fromkeys(self._lang(one) for one in recipients)) or [self.step._usual_lang()]

    def _said(self, channel, lang):
        """Return what a channel says in a language, or why it says nothing."""
        if problem := self._placeholder_text(channel._own_text_fields()):
            return {"problem": problem}
        preview = channel._preview(self.step, lang, self.at)
        if isinstance(preview, ChannelRefused):
            return {"problem": reason_text(self.env, preview.code, {"detail": preview.detail})}
        if isinstance(preview.body, Markup):
            note = self._draft_text()
            return {"subject": preview.subject, "html": preview.body, "files": self.files(channel, lang), "note": note}
        return {"text": preview.body, "note": self._plain_note(channel._length_text(self.step, preview.body))}

    def _draft_text(self):
        """Say of a draft what its message does not have yet; nothing of what is confirmed."""
        if self.move.state != "draft":
            return ""
        return self.env._("The number and the date of the invoice are filled in when it is confirmed.")

    def _placeholder_text(self, names):
        """Return which placeholder of a person's own words nobody knows, in a sentence (R77).

        :param names: the fields in which they stand
        """
        return self.env["chasing.placeholder"]._unknown_text(self.step, *names) or ""

    def _plain_note(self, length):
        """Return what a plain text costs, and that it takes no files along."""
        files = self.step.attachment_ids and self.env._("No files are attached.")
        return " ".join(filter(None, [length and f"{length}.".replace("..", "."), files]))

    def values(self):
        """Return {field: what it stands for in a text of this message}, in its usual language (R75).

        The address of the invoice is as long as the one that leaves (R92c).
        """
        values = self.env["chasing.placeholder"]._values(self.move, self.step._usual_lang(), self.at)
        link = self.env["chasing.message"]._sample_links(values["object.chasing_link"], self.move)
        return values | {"object.chasing_link": link}

    def texts(self):
        """Return {field: what the template says} of a person's own words, its fields as placeholders (R77).

        Where no channel says such words, nothing is told of them.
        """
        said = dict.fromkeys(self.step._own_word_fields(), "")
        for channel in reversed(self._channels()):
            is_told = channel._text_field != "body" and self.step.is_copy and not self.step[channel._template_field]
            if template := not is_told and channel._template(self.step, self.at).filtered(_is_of_invoices):
                lang = self.step._usual_lang()
                template = clock.at(template.sudo().with_context(lang=lang), self.at)
                said |= self._texts(channel, template)
        return said

    def _texts(self, channel, template):
        name = channel._text_field
        if name != "body":
            return {name: self._plain(template, template.body)}
        return {"subject": self._plain(template, template.subject), name: self._text(template)}

    def _plain(self, template, source):
        """Return a plain text of a template, decided for this invoice if more than known fields stand in it."""
        return template_words.as_subject(source or "", PATHS) or self._rendered(template, source, "inline_template")

    def _text(self, template):
        """Return the text of a template, its conditions decided for this invoice at the time of sending."""
        source = template_words.with_placeholders(str(template.body_html or ""), PATHS)
        return markup.clean(str(self._rendered(template, source, "qweb")))

    def _rendered(self, template, source, engine):
        """Return what a source says of the invoice, nothing where it cannot be filled in: the preview says why."""
        try:
            with self.env.cr.savepoint():
                return template._render_template(source, "account.move", self.move.ids, engine)[self.move.id]
        except UserError:
            _logger.info("Template %s cannot be edited on invoice %s", template.id, self.move.id, exc_info=True)
            return ""

    def _channels(self):
        """Return the channels of the step."""
        own = self.step._channels()
        channels = self.env["chasing.channel"]._all().items()
        return [channel.with_company(self.company).sudo() for code, channel in channels if code in own]

    def files(self, channel, lang):
        """Return what goes along in a channel, [{"name", "url"}]: a formal reminder, which is not made yet, first."""
        move = self.move
        pdf = move._chasing_pdfs().get(move.id) if move.state == "posted" else None
        url = f"/web/content/{pdf}" if pdf else f"/report/pdf/account.report_invoice_with_payments/{move.id}"
        formal, invoice = self.env["chasing.message.files"]._foreseen(self.step, lang, self.at)
        files = [{"name": name, "url": at} for name, at in ((formal, False), (invoice, url)) if name]
        template = channel._template(self.step, self.at)
        attached = (template.sudo().attachment_ids if template else self.step.attachment_ids.browse()).sudo()
        for attachment in attached | self.step.attachment_ids.sudo():
            files.append({"name": attachment.name, "url": f"/web/content/{attachment.id}"})
        return files

    def tests(self):
        """Return what came of sending each channel's message to the user alone, a list of Test (R75)."""
        self.move._chasing_ensure_tokens()
        tests, channels = [], self.env["chasing.channel"]._all()
        for code in self.step._channels():
            channel = channels[code].with_company(self.company).sudo()
            lang = self.step._usual_lang()
            preview = channel._preview(self.step, lang, self.at)
            if isinstance(preview, ChannelRefused):
                raise UserError(reason_text(self.env, preview.code, {"detail": preview.detail}))
            tests.append(channel._send_test(self.step, preview, lang, self.at))
        return tests

    # ------------------------------------------------------------------ what to know first

    def reach(self, resolutions):
        """Return a line for each recipient, and one for each channel by which nobody gets it (R66)."""
        found = [recipient for resolution in resolutions.values() for recipient in resolution.recipients]
        lines = [self.step._why_text(recipient) for recipient in self.step._as_seen(found)]
        copies = self.step._copy_texts() if self.recipients(resolutions) else []
        return list(dict.fromkeys([*lines, *copies, *self.problems(resolutions)]))

    def problems(self, resolutions):
        """Return why nobody gets it by a channel, in words."""
        labels = selection_labels(self.env["chasing.delivery"], "channel")
        role = self.step.role_id.name
        return [
            self.env._(
                "%(channel)s: %(reason)s",
                channel=labels[code],
                reason=reason_text(self.env, resolution.problem, {"channel": code, "role": role}),
            )
            for code, resolution in resolutions.items()
            if resolution.problem
        ]

    def warnings(self):
        """Return what a person should know before it leaves, one sentence each."""
        return [one for one in (self._outsiders_text(), self._hold_text(), self._today_text()) if one]

    def entered_text(self):
        """Return what is wrong with what a person typed, in sentences; it keeps the message from leaving (R74)."""
        wrong = [self.step._entered_problem(name) for name in ("to_emails", "cc")]
        return " ".join(filter(None, [*wrong, self._placeholder_text(self.step._filled_fields())]))

    def _outsiders_text(self):
        """Warn of contacts who are none of the customer's (R64)."""
        customer = self.move.commercial_partner_id
        named = self.env["res.partner"].browse(self.words.get("to_ids", ()))
        others = named._filtered_access("read").sudo()
        others = others.filtered(lambda contact: contact.commercial_partner_id != customer)
        typed = [
            address
            for name in ("to_emails", "cc")
            for _name, address in address_list.parse_address_list(self.words.get(name) or "")
            if address_list.is_email(address) and address not in self._customers_addresses(customer)
        ]
        names = [*others.mapped("display_name"), *typed]
        if not names:
            return ""
        one = self.env._("%(names)s is not one of the contacts of %(customer)s, who gets this invoice.")
        many = self.env._("%(names)s are not among the contacts of %(customer)s, who gets this invoice.")
        return (one if len(names) == 1 else many) % {
            "names": format_list(self.env, names),
            "customer": customer.display_name,
        }

    def _customers_addresses(self, customer):
        """Return the addresses of those of a customer's contacts whom the user may read."""
        contacts = self.env["res.partner"].search([("commercial_partner_id", "=", customer.id)])
        return {
            address for contact in contacts for _name, address in address_list.parse_address_list(contact.email or "")
        }

    def _hold_text(self):
        """Say what holds the invoice and what that means for the message, unless it stands there as obstacle (R35b)."""
        return "" if self.dialog.obstacle else hold_text(self._holds(), self.step, self.at)

    def _holds(self):
        """Return the Holds of the invoice in the order in which they are told, its own pause and money among them."""
        told = [*self.move._chasing_holds().get(self.move.id, ())]
        told += self.env["chasing.hold"].sudo()._own(self.move.chasing_schedule_ids)
        if self.dialog._is_settled():
            # Too little to chase is every invoice of which nothing is due.
            told = [hold for hold in told if hold.code not in LEFT_OPEN]
        return in_order(told)

    def cure(self, resolutions):
        """Return where a person puts right what keeps the message from leaving: `resume`, `customer` or `address`."""
        if found := self._holds():
            return CURES.get(found[0].code, False)
        problems = [one.problem for one in resolutions.values()]
        return "address" if not self.recipients(resolutions) and set(problems) & {*IN_PLACE} else False

    def _today_text(self):
        """Warn of a customer who was contacted today already about this invoice (R17)."""
        schedule = self.step.schedule_id._origin
        history = schedule and schedule._contact_histories(clock.now(self.env)).get(schedule.id)
        role = self.step.role_id.id or None
        if not history or not any((role, channel) in history.used_today for channel in self.step._channels()):
            return ""
        return self.env._("The customer was already contacted about this invoice today. Send again only if intended.")

    def place_text(self):
        """Return when it goes, in its own zone: 'Tue 24 Nov 09:00, Europe/Brussels'."""
        timezone = self.dialog._timezone()
        text = formats.exact_instant(self.env, self.at, timezone)
        return f"{text}. {self._zone_text()}" if self.dialog.zone == "customer" else text

    def _zone_text(self):
        """Say which zone is taken for the customer's, and why (R102)."""
        timezone, told_by = self.dialog._customers_zone()
        texts = {
            customer_zone.USER: self.env._("%(zone)s is set on the customer's user.", zone=timezone),
            customer_zone.COUNTRY: self.env._("%(zone)s is the time zone of the customer's country.", zone=timezone),
            customer_zone.COMPANY: self.env._(
                "The customer's time zone is not known. %(zone)s is the company's.", zone=timezone
            ),
        }
        return texts[told_by]


def length_of(parts):
    """Return how long the plain text among the parts of a message is, in words; False without one."""
    return next((part["note"] for part in parts if "text" in part), False)


def _is_of_invoices(template):
    return template.sudo().model == "account.move"
