from markupsafe import escape

from odoo import api, fields, models

from ..common import client_actions, clock, formats
from ..common.access import check_collector
from ..common.errors import ChannelRefused
from ..common.safe_html import SafeHtml
from ..common.wording import reason_text, selection_labels
from ..dispatch.chasing_channel import Preview
from ..engine.states import HANDED_OVER, UNSENT
from . import step_acts
from .cure import open_cure
from .step_explanation import Explanation, recipient_texts

PREVIEW_FIELDS = (
    "preview_outcome",
    "preview_leaves",
    "preview_to",
    "preview_lang",
    "preview_subject",
    "preview_body",
    "preview_letter",
    "preview_sms",
    "preview_others",
)


class ChasingStep(models.Model):
    """Show people a step: when, to whom, which message, why, and how it would look (R66, R75, R90, R104)."""

    _inherit = "chasing.step"

    when_text = fields.Char("Scheduled", compute="_compute_when")
    when_exact = fields.Char("Exactly", compute="_compute_when")
    channels_text = fields.Char("Channels", compute="_compute_channels_text")
    message_text = fields.Char("Message", compute="_compute_message_text", compute_sudo=True)
    details_text = fields.Char("Details", compute="_compute_details_text", compute_sudo=True)
    acts = fields.Json(compute="_compute_acts")
    explanation = SafeHtml(compute="_compute_explanation", compute_sudo=True)
    preview_outcome = fields.Char(compute="_compute_preview", compute_sudo=True)
    preview_leaves = fields.Boolean(compute="_compute_preview", compute_sudo=True)
    preview_to = fields.Char("Recipients", compute="_compute_preview", compute_sudo=True)
    preview_lang = fields.Char("Language", compute="_compute_preview", compute_sudo=True)
    preview_subject = fields.Char("Subject Line", compute="_compute_preview", compute_sudo=True)
    preview_body = fields.Html(compute="_compute_preview", compute_sudo=True, sanitize=False)
    preview_letter = fields.Html("Letter Text", compute="_compute_preview", compute_sudo=True, sanitize=False)
    preview_sms = fields.Text("SMS Text Message", compute="_compute_preview", compute_sudo=True)
    preview_others = fields.Html(compute="_compute_preview", compute_sudo=True, sanitize=False)

    @api.depends("scheduled_at", "sent_at", "state", "waits_until", "zone")
    @api.depends_context("lang", "tz")
    def _compute_when(self):
        now, told = clock.now(self.env), self._told_instants()
        for step in self:
            timezone = step._zone()
            at = told[step]
            step.when_exact = formats.exact_instant(self.env, at, timezone)
            step.when_text = at and self.env._(
                "%(when)s, %(distance)s",
                when=formats.instant(self.env, at, timezone, now),
                distance=formats.distance(self.env, at, timezone, now),
            )

    def _told_instants(self):
        """Return {step: when it went or is to go}; a draft's is to go as if the invoice were confirmed now."""
        drafts = self.filtered(lambda step: step.state == "draft")._origin
        expected = drafts.sudo()._goes_at() if drafts else {}
        return {step: step._instant() or expected.get(step._origin.sudo(), False) for step in self}

    @api.depends(lambda self: ("mode", *self.env["chasing.channel"]._boxes().values()))
    @api.depends_context("lang")
    def _compute_channels_text(self):
        for step in self:
            step.channels_text = ", ".join(step._channel_labels())

    def _channel_labels(self):
        """Return ['E-mail', 'SMS']; a task sends nothing."""
        if self.mode == "task":
            return [self.env._("Task")]
        labels = selection_labels(self.env["chasing.delivery"], "channel")
        return [labels[name] for name in sorted(self._channels()) if name in labels]

    def _channels_in_sentence(self):
        """Return 'e-mail, SMS', as they stand within a sentence."""
        return ", ".join(label if label.isupper() else label.lower() for label in self._channel_labels())

    @api.depends(
        lambda self: (
            "state",
            *self._filled_fields(),
            *self._template_fields(),
            "trigger",
            "scheduled_at",
            "schedule_id.first_sent_at",
            "schedule_id.step_ids.state",
            "delivery_ids.mail_message_id",
        )
    )
    @api.depends_context("lang", "tz")
    def _compute_message_text(self):
        expected = self._origin._goes_at()
        for step in self:
            at = expected.get(step._origin) or step._instant() or clock.now(self.env)
            written = step.delivery_ids.mail_message_id.sorted("id")[-1:].subject
            step.message_text = written or self.env["chasing.message"]._title(step, at)

    @api.depends("reason", "to_problem", "message_text", "to_text", "state", "mode")
    @api.depends_context("lang", "tz")
    def _compute_details_text(self):
        for step in self:
            is_task = step.shown_state == "to_do"
            reason = step._task_text() if is_task else step.reason
            step.details_text = reason or step._obstacle() or step._message_and_recipients()

    def _is_to_be_skipped(self):
        """Return whether it is for a role that nobody has, which its cadence takes for no failure (R63)."""
        return self.state in UNSENT and self.mode != "task" and not (self.to_text or self.to_problem)

    def _obstacle(self):
        """Return why one that is to come reaches nobody, or not everybody, False if nothing is in its way."""
        if self.state not in UNSENT or self.mode == "task":
            return False
        if not self._is_to_be_skipped():
            return self.to_problem
        _reached, problems = recipient_texts(self._origin)
        reason = " ".join(dict.fromkeys(problems))
        return reason and self.env._("Will be skipped. %(reason)s", reason=reason)

    def _message_and_recipients(self):
        """Return 'To ann@customer.example: Past Due Invoice'; what was cancelled says nothing."""
        if self.mode == "task" or self.state == "cancelled" or not self.to_text:
            return self.state != "cancelled" and self.message_text
        return self.env._("To %(to)s: %(message)s", to=self.to_text, message=self.message_text)

    @api.depends("allowed")
    @api.depends_context("uid", "lang", "tz")
    def _compute_acts(self):
        for step in self:
            step.acts = step_acts.buttons(step)

    def action_open_message(self):
        """Open the message of this step as it was sent, that of its newest delivery that has one."""
        self.ensure_one()
        return self.delivery_ids.filtered("mail_message_id").sorted("id")[-1:].action_open_message()

    def action_ask_send(self):
        """Show who would get what before a person sends now (R17)."""
        self.ensure_one()
        self.check_access("read")
        self._check_no_task()
        return self.env["chasing.send"]._ask_step(self)

    def action_retry(self):
        """Send again and say what became of it; for one of which something may have left after all, ask first."""
        if len(self) == 1 and self._is_unclear():
            return self.action_ask_send()
        super().action_retry()
        return self._sending_toast(is_retry=True)

    def action_send_now(self):
        """Send these steps now, and say what became of them."""
        super().action_send_now()
        return self._sending_toast()

    def action_skip(self):
        """Leave these steps out, and say so."""
        super().action_skip()
        if all(step.is_by_hand for step in self):
            return self._toast(self.env._("Cancelled: %(steps)s.", steps=self._names()))
        return self._toast(self.env._("Skipped: %(steps)s.", steps=self._names()))

    def action_dismiss(self):
        """Take failures off the list of what needs somebody, and say so."""
        super().action_dismiss()
        return self._toast(self.env._("Dismissed: %(steps)s.", steps=self._names()))

    def action_done(self):
        """Note that a person did what these steps ask for, and say so."""
        super().action_done()
        return self._toast(self.env._("Marked as done: %(steps)s.", steps=self._names()))

    def _names(self):
        """Return 'INV/2026/00042, 5 days after due'."""
        return "; ".join(f"{step.move_id.name}, {step.step_label}" for step in self)

    def _sending_toast(self, is_retry=False):
        """Say of each of these steps, which a person has just sent or sent again, how far it has come."""
        labels = selection_labels(self, "shown_state")
        if is_retry:
            labels |= {"failed": self.env._("Failed again")}
        texts = [f"{step._names()}: {labels[step.shown_state]}. {step.reason or ''}".strip() for step in self.sudo()]
        return self._toast("\n".join(texts), "success" if set(self.mapped("state")) <= {*HANDED_OVER} else "warning")

    def _toast(self, text, kind="success"):
        return client_actions.notification(text, kind)

    def _is_unclear(self):
        return any(delivery._is_outcome_unknown() for delivery in self.delivery_ids)

    def action_ask_retry(self):
        """Send again; where that would fail again, or is not one step's business, say so before it is done (R84)."""
        self.check_access("read")
        check_collector(self.env)
        if len(self) != 1:
            return self.env["chasing.bulk.steps"]._ask("retry", self)
        [foresight] = self.sudo()._prospects(by_person=False, with_texts=True).values()
        is_sure = not self._is_unclear() and any(foresight.reached.values())
        return self.action_retry() if is_sure else self.action_ask_send()

    def action_fix(self):
        """Open where what keeps this step from reaching everybody is put right, a contact or the settings (R85)."""
        self.ensure_one()
        self.check_access("read")
        code, values = self.sudo()._problem()
        return open_cure(self.schedule_id, code, values) or super().action_fix()

    def action_ask_text(self):
        """Open the sheet in which a person edits what this step says, to whom, and by which channels (R74)."""
        self.ensure_one()
        self.check_access("read")
        check_collector(self.env)
        return self.env["chasing.send"]._ask_step(self, is_edit=True)

    def action_ask_reschedule(self):
        """Ask for another date and hour."""
        self.ensure_one()
        self.check_access("read")
        return self.env["chasing.bulk.steps"]._ask("reschedule", self)

    def action_ask_many(self, act):
        """Ask once before doing something with these steps, or with all that a list shows (R52).

        :param act: one of STEP_ACTS, or `message`: write one of one's own about their invoices
        """
        steps = self.env["chasing.dialog"]._all_selected(self)
        steps.check_access("read")
        if act == "message":
            return self.env["chasing.send"]._ask(steps.move_id)
        return self.env["chasing.bulk.steps"]._ask(act, steps)

    def action_explain(self):
        """Open a dialog with this step's date, conditions with their values, recipients, template and reason (R104)."""
        self.ensure_one()
        self.check_access("read")
        title = self.env._("Why? %(step)s", step=self.step_label)
        return client_actions.open_form(self, title, "invoice_chasing.chasing_step_view_form", target="new")

    @api.depends("state", "scheduled_at", "waits_until", "reason_code")
    @api.depends_context("lang", "tz")
    def _compute_explanation(self):
        for step in self:
            step.explanation = Explanation(step._origin).html() if step._origin else ""

    def action_preview(self):
        """Open the message as it would look, in the recipient's language; no PDF is made and nothing leaves (R75)."""
        self.ensure_one()
        self.check_access("read")
        # The link to the portal needs a token, which a person who may only read cannot make.
        self.sudo().move_id._chasing_ensure_tokens()
        title = self.env._("Preview: %(step)s", step=self.step_label)
        return client_actions.open_form(self, title, "invoice_chasing.chasing_step_view_form_preview", target="new")

    @api.depends(lambda self: ("state", *self._filled_fields(), *self._template_fields()))
    def _compute_preview(self):
        for step in self:
            values = step._origin._preview_values() if step._origin else {}
            for name in PREVIEW_FIELDS:
                step[name] = values.get(name)

    def _preview_values(self):
        """Return {field: value} of what each channel of this step says, as of the instant at which it is to go."""
        step = self.with_company(self.company_id)
        [at] = step._shown_at().values()
        resolutions = step._addressed()[step].values()
        recipients = [recipient for resolution in resolutions for recipient in resolution.recipients]
        langs = [recipient.lang for recipient in recipients if recipient.lang]
        lang = step.company_id._chasing_lang(next(iter(langs), False))
        leaves, outcome = step._automatic_outcome() if step.state in UNSENT else step._manual_outcome()
        return {
            "preview_outcome": outcome,
            "preview_leaves": leaves,
            "preview_to": ", ".join(dict.fromkeys(recipient.address for recipient in recipients)),
            "preview_lang": dict(self.env["res.lang"].get_installed()).get(lang, lang),
            **step._preview_texts(lang, at),
        }

    def _preview_texts(self, lang, at):
        """Return {field: what it shows} of what each channel says; where none is shown first, another one is."""
        shown, subject = {}, False
        for code, channel in self.env["chasing.channel"]._all().items():
            if code in self._channels():
                preview, name = self._or_reason(channel._preview(self, lang, at)), channel._preview_field
                text = escape(preview.body) if self._fields[name].type == "html" else preview.body
                shown[name] = shown[name] + text if name in shown else text
                subject = subject or preview.subject
        if "preview_body" not in shown:
            shown["preview_body"] = shown.pop("preview_letter", False) or shown.pop("preview_others", False)
        return {**shown, "preview_subject": subject or False}

    def _or_reason(self, preview):
        """Return what a channel will say, or why it cannot."""
        if isinstance(preview, ChannelRefused):
            return Preview(reason_text(self.env, preview.code, {"detail": preview.detail}))
        return preview

    def action_send_test(self):
        """Send this message to the user who asks, by each of its channels, and to nobody else (R75)."""
        self.ensure_one()
        self.check_access("read")
        check_collector(self.env)
        return self.env["chasing.send"].create({"step_id": self.id, "is_edit": True}).action_test()
