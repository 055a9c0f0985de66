import logging
from collections import defaultdict
from typing import NamedTuple

import psycopg2

from odoo import api, models
from odoo.tools.mail import is_html_empty

from ..common import clock, trusted_context
from ..common.errors import ChannelRefused
from ..engine import address_in_text, levels
from ..engine.addresses import one_line
from . import message_facts, render_failures, step_files

_logger = logging.getLogger(__name__)


class Text(NamedTuple):
    """Hold what a step says by a template.

    `content` is for the conversation, `leaving` is what leaves, `plain` the same without markup where the channel has
    it, `attachments` go along with it, and `reply_to` is filled in where the channel asks for it.
    """

    subject: str
    content: str
    leaving: str
    plain: str
    attachments: models.Model
    reply_to: str


class Said(NamedTuple):
    """Hold what a step says before its channel gives it a form: its words, as HTML, and the Facts of its invoice."""

    subject: str
    text: str
    facts: message_facts.Facts


class Framed(NamedTuple):
    """Hold what a step says in the form of its channel: `content`, `leaving` and `plain` are as a `Text` has them."""

    content: str
    leaving: str
    plain: str = ""


class ChasingMessage(models.AbstractModel):
    """Say what a step says: its template's words or its own, and below the invoice's facts as they are now (R70-R72).

    It is written in the recipient's language (R65).
    """

    _name = "chasing.message"
    _description = "Chasing Message"

    @api.model
    def _kind(self, step, now):
        """Return the level at which its tone says what a step says (R70): one of the engine's LEVELS.

        It counts the days until, or since, the first open amount is due, by the company's local day (R7, R71).

        :param now: the UTC instant at which the step goes; of one that is to come, others may have gone by then (R75)
        """
        if step.is_thanks:
            return "thank_you"
        schedule = step.schedule_id
        was_sent = schedule._was_sent() or self._follows_another(step, now) or step._is_to_follow(now)
        if step.trigger == "on_issue" or step.is_copy or not was_sent:
            # A copy of what is paid asks for nothing (R102).
            return "new"
        return self._level(schedule.asked_date, clock.local_day(now, step.company_id), step.is_final)

    def _level(self, asked_date, day, is_final):
        """Return the level on a local day; nothing late where nothing is asked for."""
        return levels.of_days((asked_date - day).days, is_final) if asked_date else "before_due"

    @api.model
    def _title(self, step, now):
        """Return how people call what a step says: its own subject, its template, else the company's that fits (R70).

        One whose text is its own says so.

        :param now: the UTC instant at which the step goes
        """
        if step.subject:
            return step.subject
        own = self._own_template(step)
        title = own.name if own else self._tone(step).sudo()._title(self._kind(step, now))
        return self.env._("%(title)s (edited)", title=title) if self._is_edited(step) else title

    @api.model
    def _is_edited(self, step):
        """Return whether a person wrote a text for one of a step's channels."""
        channels, chosen = self.env["chasing.channel"]._all().values(), step._channels()
        return any(channel._has_own_words(step) for channel in channels if channel._code in chosen)

    @api.model
    def _tone(self, step):
        """Return the tone in which a step without a template of its own speaks: its cadence's, else the company's."""
        return step.schedule_id.cadence_id.sudo().tone_id or step.company_id.sudo().chasing_tone_id

    @api.model
    def _title_of_late(self, line, move, was_sent):
        """Return how people call what a line of a cadence says of an invoice now, before it is a step (R70)."""
        own = self._own_template(line)
        if line.subject or own:
            return line.subject or own.name
        is_first = line.trigger == "on_issue" or not was_sent
        level = "new" if is_first else self._level(move.chasing_asked_date, clock.today(move.company_id), line.is_final)
        return (line.cadence_id.sudo().tone_id or move.company_id.sudo().chasing_tone_id)._title(level)

    @api.model
    def _own_template(self, step):
        """Return the template that a step names for the first of its channels for which it names one, else None."""
        channels, chosen = self.env["chasing.channel"]._all().values(), step._channels()
        names = [channel._template_field for channel in channels if channel._code in chosen]
        return next((step[name] for name in names if name and step[name]), None)

    def _follows_another(self, step, now):
        """Return whether another step's message about the invoice, handed over earlier, is still under way (R83)."""
        queued = step.schedule_id.delivery_ids.filtered(
            lambda delivery: delivery.state == "queued" and not (delivery.taken_back_at or delivery.is_internal)
        )
        since = min(queued.filtered(lambda delivery: delivery.step_id == step).mapped("queued_at"), default=now)
        return any(delivery.step_id != step and delivery.queued_at < since for delivery in queued)

    @api.model
    def _compose(self, channel, steps, lang, now):
        """Return {step: its Text, or the ChannelRefused that says why it has none} of steps of one company.

        :param channel: a channel whose messages have a subject and a text in HTML
        :param lang: the language code everything is written in
        :param now: the UTC instant the facts are told for
        """
        pdfs = steps.sudo().filtered("attachment_ids").move_id._chasing_pdfs()
        steps.move_id._chasing_ensure_tokens()
        written, said, others = {}, {}, {}
        for template, group in self._by_template(channel, steps, now):
            asking = group.move_id if channel._takes_replies else group.move_id.browse()
            replies = self._render(template, "reply_to", asking, lang, now)
            for step, text in self._texts(template, group, lang, now).items():
                reply_to = replies.get(step.move_id.id, "")
                attachments = template.sudo().attachment_ids | step.sudo().attachment_ids._origin
                if refusal := _refusal(text, reply_to) or self._too_large(step, attachments, pdfs):
                    written[step] = refusal
                else:
                    said[step], others[step] = text, (attachments, " ".join(reply_to.split()))
        told = message_facts.facts_of(steps.filtered(said.__contains__), lang, now)
        framed = channel._frames({step: Said(*text, told[step]) for step, text in said.items()}, lang)
        texts = {step: Text(said[step][0], *framed[step], *others[step]) for step in said}
        return {**written, **texts}

    @api.model
    def _lost_file(self, step):
        """Return the ChannelRefused that names a file of a step that the server has lost, None without one (R74)."""
        lost = step.sudo().attachment_ids.filtered(lambda file: file.file_size and not file.raw)
        return ChannelRefused("file_missing", lost[0].name) if lost else None

    @api.model
    def _too_large(self, step, attachments, pdfs):
        """Return the ChannelRefused that says how much too much a step with files of its own brings, None (R74).

        Where no person added any, Odoo lets what is too much for a mail server be fetched.

        :param attachments: what it brings besides the invoice's PDF
        :param pdfs: {move id: attachment id} of the official PDF
        """
        if not step.sudo().attachment_ids:
            return None
        official = attachments.browse(filter(None, [pdfs.get(step.move_id.id)]))
        return step_files.refusal(attachments | official)

    @api.model
    def _button(self, step, told):
        """Return (what the button of a step's message says, the address it leads to), both empty without one (R74).

        It leads to where the invoice is paid, if that is possible and the step says nothing else; a person's words for
        that page are not said of another. It speaks the language of the environment.

        :param told: the Facts of the invoice
        """
        target, own = step.button_target, one_line(step.button_text or "")
        if target == "none":
            return "", ""
        if told.payment_page and target != "portal":
            return own or self.env._("Pay %(amount)s", amount=told.amount), told.payment_page
        return (target != "pay" and own) or self.env._("View invoice"), told.page

    @api.model
    def _claims(self, step):
        """Return what a step claims besides the invoice, as Facts: templates, letter and formal reminder print it.

        Hook: here nothing; what interest, fees and fixed sums are claimed comes from the room that knows them (R115).
        """
        return []

    @api.model
    def _links(self, texts):
        """Return {delivery: its text with links of its own in place of the invoice's page}, of the texts that leave.

        Hook: here each as it is, extended by engagement (R92c).

        :param texts: {delivery: the text, whether HTML or plain}
        """
        return texts

    @api.model
    def _sample_links(self, text, move):
        """Return the text as long as it will be when it leaves (R92c): a preview has no delivery yet.

        Hook: here as it is, extended by engagement.
        """
        return text

    @api.model
    def _is_private(self, delivery):
        """Return whether whoever opens the invoice's page in the portal must not see a message (R109).

        So it is with what is for a role or our own people, and where a person chose who gets it: who else opens the
        page was not among them.
        """
        step = delivery.step_id
        return bool(delivery.is_internal or step.role_id or step.cc or step.to_emails or step.to_ids)

    @api.model
    def _by_template(self, channel, steps, now):
        """Return (template, steps) for each template by which a channel writes them; an empty one for those without."""
        by_template = defaultdict(steps.browse)
        for step in steps:
            by_template[channel._template(step, now)] |= step
        return by_template.items()

    @api.model
    def _all_texts(self, channel, steps, lang, now):
        """Return the `_texts` of steps that a channel may write by several templates."""
        texts = {}
        for template, group in self._by_template(channel, steps, now):
            texts |= self._texts(template, group, lang, now)
        return texts

    @api.model
    def _texts(self, template, steps, lang, now):
        """Return {step: (subject, body), or the ChannelRefused why not}, its own words before the template's."""
        without_subject = steps.filtered(lambda step: not step.subject)
        without_body = steps.filtered(lambda step: is_html_empty(step.body))
        subjects = self._render(template, "subject", without_subject.move_id, lang, now)
        bodies = self._render(template, "body_html", without_body.move_id, lang, now)
        fill, texts = self.env["chasing.placeholder"]._fill, {}
        for step in steps:
            move = step.move_id
            subject = fill(step.subject, move, lang, now) if step.subject else subjects.get(move.id, "")
            own = step not in without_body
            body = fill(step.body, move, lang, now, is_html=True) if own else bodies.get(move.id, "")
            refusal = _refusal(subject, body, self._unsaid(step, lang))
            texts[step] = refusal or (_without_token(move, one_line(subject)) or move.display_name, body)
        return texts

    def _unsaid(self, step, lang):
        """Return the ChannelRefused of what is said below the text and cannot be filled in, None without one (R77).

        Where nothing is asked it is not said.
        """
        cadence = step.schedule_id.cadence_id.sudo().with_context(lang=lang)
        refusal = self.env["chasing.placeholder"]._refusal
        found = refusal(step, "consequence") or refusal(cadence, "benefit")
        return found if found and step.move_id.chasing_asked_amount else None

    @api.model
    def _render(self, template, name, moves, lang, now):
        """Return {move id: what a field of a template says of each invoice, or the ChannelRefused where it cannot}.

        Everything is rendered here: a template written for another model would read records of that model by the ids of
        invoices, with every right. What breaks on some invoices is halved until they are alone (R82).
        """
        if not template or not moves:
            return {}
        if template.model != "account.move":
            return dict.fromkeys(moves.ids, ChannelRefused("no_template"))
        # The body is compiled once for all of them.
        template = trusted_context.put(clock.at(template.sudo().with_context(lang=lang), now), chasing_compiled={})
        try:
            with self.env.cr.savepoint():
                return template._render_field(name, moves.ids, set_lang=lang)
        except Exception as error:
            *_others, cause = render_failures.causes(error)
            if isinstance(cause, psycopg2.OperationalError):
                # A lock or a serialization failure is the transaction's: whoever owns it retries.
                raise cause from error
            if len(moves) == 1:
                _logger.info("Template %s failed on invoice %s", template.id, moves.id, exc_info=True)
                said = render_failures.told(self.env, error, template, name, moves)
                return {moves.id: ChannelRefused("template_failed", said)}
        half = len(moves) // 2
        return {
            **self._render(template, name, moves[:half], lang, now),
            **self._render(template, name, moves[half:], lang, now),
        }

    @api.model
    def _conversation_values(self, delivery, subtype, sender, **values):
        """Return the values of the mail.message that shows a delivery in its invoice's conversation.

        :param subtype: a mail.message.subtype
        :param sender: (author, address) of whoever writes, see `chasing.schedule._sender`
        :param values: what else the channel says of it
        """
        move, (author, address) = delivery.move_id, sender
        return {
            "model": "account.move",
            "res_id": move.id,
            "record_name": move.name,
            "message_type": "comment",
            "subtype_id": subtype.id,
            "author_id": author.id,
            "email_from": address,
            "record_company_id": delivery.company_id.id,
            **values,
        }


def _refusal(*texts):
    """Return the first of these that is a refusal, None without one."""
    return next((text for text in texts if isinstance(text, ChannelRefused)), None)


def _without_token(move, subject):
    """Return a subject that opens the invoice's page to nobody: nobody follows a link in a subject (R92c)."""
    move = move.sudo()
    if not move.access_token or move.access_token not in subject:
        return subject
    page = f"{move.get_base_url()}{move.access_url}"
    addresses = dict.fromkeys(move._chasing_addresses().values(), page)
    return address_in_text.replaced(subject, move.access_token, addresses)
