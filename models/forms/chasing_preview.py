from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError

from ..common import clock, formats
from ..common.chasing_readable import check_named
from ..common.errors import ChannelRefused
from ..common.wording import reason_text, selection_labels
from ..engine import markup
from ..engine.facts import ON_ISSUE
from ..engine.levels import LEVELS

TOLD = ("trigger", "days", "hour", "repeat_count")


class ChasingPreview(models.AbstractModel):
    """Show what a step would say that nobody has saved yet (R75, R24): nothing is written, and nothing leaves."""

    _name = "chasing.preview"
    _description = "Preview of Messages"

    @api.model
    def get_preview(self, line, company_id=False, move_id=False, lang=False):
        """Return what a step, as its form stands, says about an invoice in each of its channels.

        :param line: values of a step as the form has them
        :param company_id: the company whose newest open invoice is the sample where no invoice is chosen
        :param move_id: the invoice it is shown on
        :param lang: the code of the language it is shown in; False: the customer's
        :return: {"lang", "langs": [[code, name]], "note": on which invoice, "parts": one for each channel}
        """
        self.env["chasing.cadence"].check_access("read")
        try:
            values, move = self._values(line), self._invoice(company_id, move_id)
            shown = self._shown(values, move, lang) if move else {"parts": [], "note": self._without_invoice()}
        except (TypeError, ValueError, AttributeError) as error:
            raise UserError(self.env._("This step cannot be shown. Check its days, hour and channels.")) from error
        return {"lang": lang, **shown, "langs": [list(pair) for pair in self.env["res.lang"].get_installed()]}

    def _values(self, line):
        """Return of a form's values those that say what a step is, read by the rights of whoever named them."""
        step = self.env["chasing.cadence.step"]
        templates = step._template_fields()
        names = {*TOLD, *step._filled_fields(), *step._channel_boxes(), *templates}
        values = {name: value for name, value in line.items() if name in names}
        # A template is named: whoever hands in one of their own would have anything run.
        if any(type(values.get(name) or 0) is not int for name in templates):
            raise ValueError(values)
        check_named(step, [values])
        values["body"] = Markup(markup.clean(str(values.get("body") or "")))
        kind = line.get("message_kind")
        usual = "new" if values.get("trigger") == ON_ISSUE else "before_due"
        return {**values, "kind": kind if kind in LEVELS else usual, "tone": self._tone(line)}

    def _tone(self, line):
        """Return the tone of the cadence as its form stands, read by the rights of whoever named it."""
        tone_id = line.get("tone_id") or 0
        if type(tone_id) is not int:
            raise ValueError(line)
        tone = self.env["chasing.tone"].browse(filter(None, [tone_id]))
        tone.check_access("read")
        return tone

    def _invoice(self, company_id, move_id):
        """Return the invoice that is shown: the one that was chosen, else the newest open one, or any posted one."""
        moves = self.env["account.move"]
        invoices = [("move_type", "=", "out_invoice"), ("company_id", "child_of", int(company_id or self.env.company))]
        if move_id:
            chosen = moves.browse(int(move_id))
            chosen.check_access("read")
            return chosen.filtered_domain(invoices[:1])
        posted = [*invoices, ("state", "=", "posted")]
        still_open = [*posted, ("payment_state", "in", ("not_paid", "partial"))]
        order = "invoice_date desc, id desc"
        return moves.search(still_open, order=order, limit=1) or moves.search(posted, order=order, limit=1)

    def _without_invoice(self):
        return self.env._("There is no invoice to show the message on yet. Create and confirm one.")

    def _shown(self, values, move, lang):
        """Return what the step says of this invoice, at the instant at which it goes if chased from its issue."""
        said, move = (values.pop("tone"), values.pop("kind")), move.sudo()
        move._chasing_ensure_tokens()
        company = move.company_id
        step = self._step(values, move)
        langs = dict(self.env["res.lang"].get_installed())
        lang = lang if lang in langs else move.partner_id.lang or self.env.lang
        written = company._chasing_lang(lang)
        at = self._instant(step, company) or clock.now(self.env)
        labels = selection_labels(self.env["chasing.delivery"], "channel")
        channels = [
            (labels[code], channel)
            for code, channel in self.env["chasing.channel"]._all().items()
            if code in step._channels()
        ]
        note = self.env._(
            "As %(customer)s would get it for %(invoice)s on %(day)s.",
            customer=move.commercial_partner_id.name,
            invoice=move.display_name,
            day=formats.instant(self.env, at, clock.zone(company), clock.now(self.env)),
        )
        parts = [self._part(step, label, channel.sudo(), said, written, at) for label, channel in channels]
        return {"lang": lang, "note": note, "parts": parts}

    def _step(self, values, move):
        """Return a step of the invoice's schedule, or of one that nobody has saved."""
        schedule = move.chasing_schedule_ids or self.env["chasing.schedule"].sudo().new({
            "move_id": move.id,
            "company_id": move.company_id.id,
        })
        return self.env["chasing.step"].sudo().with_company(move.company_id).new({**values, "schedule_id": schedule})

    def _instant(self, step, company):
        """Return the UTC instant at which the step goes, None for one that makes no sense yet."""
        cadence = self.env["chasing.cadence"].sudo().new({"company_id": company.id, "step_ids": []})
        simulated = self.env["chasing.simulation"]._since_issue(cadence, step.move_id, step)
        return min((one.at for one in simulated if one.at), default=None)

    def _part(self, step, label, channel, said, lang, at):
        """Return what one channel of a step says, or why it says nothing.

        :param said: (the tone of its cadence, the level at which it speaks)
        """
        template = self._template(step, channel, *said)
        part = {"channel": channel._code, "label": label, "template": template and self._described(template)}
        if not template and channel._template_field and not channel._has_own_words(step):
            return {**part, "problem": reason_text(self.env, "no_template")}
        if problem := self.env["chasing.placeholder"]._unknown_text(step, *channel._own_text_fields()):
            return {**part, "problem": problem}
        preview = channel._preview(step, lang, at)
        if isinstance(preview, ChannelRefused):
            return {**part, "problem": reason_text(self.env, preview.code, {"detail": preview.detail})}
        is_html = isinstance(preview.body, Markup)
        note = channel._length_text(step, preview.body)
        return {**part, "subject": preview.subject, "html" if is_html else "text": preview.body, "note": note}

    def _template(self, step, channel, tone, level):
        """Return the template by which a channel writes the step, and let the step name it."""
        name = channel._template_field
        if not name:
            return None
        template = step[name] or channel._toned(step, level, tone)
        step[name] = template
        return template

    def _described(self, template):
        """Return what people see of a template: its name, what else it writes, and whether they may change it."""
        own = template.with_user(self.env.user).sudo(False)
        return {
            "model": own._name,
            "id": own.id,
            "name": template.name,
            "uses": "; ".join(own._chasing_uses()),
            "is_editable": own.has_access("write"),
        }
