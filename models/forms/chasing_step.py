from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..common import clock, formats, no_user_defaults
from ..common.access import check_collector
from ..common.client_actions import notification
from ..common.errors import ChannelRefused
from ..common.mail_header import format_sender
from ..common.safe_html import SafeHtml
from ..common.wording import reason_text
from ..dispatch.chasing_message import TEMPLATE_FIELDS
from ..engine.states import NOT_BY_HAND, UNSENT

PREVIEWED = (
    "preview_outcome",
    "preview_leaves",
    "preview_to",
    "preview_lang",
    "preview_subject",
    "preview_body",
    "preview_letter",
    "preview_sms",
)


class ChasingStep(models.Model):
    """What people see of a step in a table: when, to whom, which message, and what they may do with it (R66, R90)."""

    _inherit = "chasing.step"

    when_text = fields.Char("Goes", compute="_compute_when")
    when_exact = fields.Char("Exactly", compute="_compute_when")
    channels_text = fields.Char("Channels", compute="_compute_channels_text")
    message_text = fields.Char("Message", compute="_compute_message_text", compute_sudo=True)
    explanation = SafeHtml(compute="_compute_explanation", compute_sudo=True)
    preview_outcome = fields.Char(compute="_compute_preview", compute_sudo=True)
    preview_leaves = fields.Boolean(compute="_compute_preview", compute_sudo=True)
    preview_to = fields.Char("Recipients", compute="_compute_preview", compute_sudo=True)
    preview_lang = fields.Char("Language", compute="_compute_preview", compute_sudo=True)
    preview_subject = fields.Char("Subject Line", compute="_compute_preview", compute_sudo=True)
    preview_body = fields.Html(compute="_compute_preview", compute_sudo=True, sanitize=False)
    preview_letter = fields.Html("Letter Text", compute="_compute_preview", compute_sudo=True, sanitize=False)
    preview_sms = fields.Text("SMS Text Message", compute="_compute_preview", compute_sudo=True)

    @api.depends("scheduled_at", "sent_at", "state")
    @api.depends_context("lang")
    def _compute_when(self):
        now = clock.now(self.env)
        for step in self:
            timezone = clock.zone(step.company_id)
            at = step._instant()
            step.when_exact = formats.exact_instant(self.env, at, timezone)
            step.when_text = at and self.env._(
                "%(when)s, %(distance)s",
                when=formats.instant(self.env, at, timezone, now),
                distance=formats.distance(self.env, at, timezone, now),
            )

    @api.depends("channel_email", "channel_sms", "channel_letter")
    @api.depends_context("lang")
    def _compute_channels_text(self):
        labels = dict(self.env["chasing.delivery"]._fields["channel"]._description_selection(self.env))
        for step in self:
            step.channels_text = ", ".join(labels[name] for name in sorted(step._channels()) if name in labels)

    @api.depends(
        "state",
        "subject",
        "email_template_id",
        "trigger",
        "scheduled_at",
        "schedule_id.first_sent_at",
        "schedule_id.step_ids.state",
        "delivery_ids.mail_message_id",
    )
    @api.depends_context("lang")
    def _compute_message_text(self):
        expected = self._origin._goes_at()
        for step in self:
            written = step.delivery_ids.mail_message_id.sorted("id")[-1:].subject
            if written or step.subject:
                step.message_text = written or step.subject
            elif step.email_template_id:
                step.message_text = step.email_template_id.name
            else:
                at = expected.get(step._origin) or step._instant() or clock.now(self.env)
                kind = self.env["chasing.message"]._kind(step, at)
                step.message_text = step.company_id._fields[TEMPLATE_FIELDS[kind]]._description_string(self.env)

    def _open_form(self, view, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref(f"invoice_chasing.{view}").id, "form")],
            "target": "new",
        }

    def action_open_message(self):
        """The message of this step as it was sent, that of its newest delivery that has one."""
        self.ensure_one()
        return self.delivery_ids.filtered("mail_message_id").sorted("id")[-1:].action_open_message()

    def action_ask_send(self):
        """Show who would get what before a person sends now (R17)."""
        self.ensure_one()
        self.check_access("read")
        self._check_no_task()
        return self.env["chasing.send"]._open({"default_step_id": self.id}, self.env._("Send Now"))

    def action_ask_text(self):
        """Ask for a subject and a text of its own."""
        self.ensure_one()
        self.check_access("read")
        check_collector(self.env)
        return self.env["chasing.text"]._open({"default_step_id": self.id}, self.env._("Custom Text"))

    def action_ask_reschedule(self):
        """Ask for another date and hour."""
        self.ensure_one()
        self.check_access("read")
        return self.env["chasing.reschedule"]._open({"default_step_id": self.id}, self.env._("Reschedule"))

    def action_ask_many(self, act):
        """Ask once before doing something with these steps, or with all that a list shows (R52).

        :param act: one of STEP_ACTS
        """
        steps = self.env["chasing.dialog"]._all_selected(self)
        steps.check_access("read")
        return self.env["chasing.steps"]._ask(act, steps)

    def action_explain(self):
        """A dialog with this step's date, conditions with their values, recipients, template and reason (R104)."""
        self.ensure_one()
        self.check_access("read")
        return self._open_form("chasing_step_view_form", self.env._("Why? %(step)s", step=self.step_label))

    @api.depends("state", "scheduled_at", "reason_code")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for step in self:
            sections = step._origin._explained() if step._origin else []
            step.explanation = Markup("").join(
                Markup("<h5>%s</h5><ul>%s</ul>")
                % (title, Markup("").join(Markup("<li>%s</li>") % line for line in lines if line))
                for title, lines in sections
            )

    def _explained(self):
        """[(title, lines of text)]."""
        return [
            (self.env._("What became of it"), self._explain_state()),
            (self.env._("Date"), self._explain_date()),
            (self.env._("Conditions"), self._explain_conditions()),
            (self.env._("Recipients"), self._explain_recipients()),
            (self.env._("Message"), self._explain_message()),
        ]

    def _explain_state(self):
        label = dict(self._fields["state"]._description_selection(self.env))[self.state]
        lines = [self.env._("%(state)s. %(reason)s", state=label, reason=self.reason) if self.reason else label]
        if self.state in UNSENT:
            lines.append(self._told_by_itself()[1])
        if self.state not in NOT_BY_HAND and self.mode != "task":
            lines.append(self._told_by_hand()[1])
        return lines

    def _explain_date(self):
        schedule, timezone = self.schedule_id, self.company_id._chasing_timezone()
        lines = [
            self.env._("%(step)s at %(hour)02d:00, %(zone)s.", step=self.step_label, hour=self.hour, zone=timezone),
            self.env._(
                "The invoice is dated %(issue)s and due %(due)s.",
                issue=formats.day(self.env, schedule.invoice_date),
                due=formats.day(self.env, schedule.due_date or schedule.invoice_date),
            ),
        ]
        if self.start_date:
            lines.append(
                self.env._("The repeats are counted from %(date)s.", date=formats.day(self.env, self.start_date))
            )
        if self.floor_date:
            lines.append(
                self.env._(
                    "Not before %(date)s at %(hour)02d:00: it was planned late, postponed or moved by a person.",
                    date=formats.day(self.env, self.floor_date),
                    hour=self.floor_hour,
                )
            )
        if self.state == "draft" and (at := self._goes_at()[self]):
            lines.append(
                self.env._("Confirmed now, it is planned for %(at)s.", at=formats.exact_instant(self.env, at, timezone))
            )
        if self.scheduled_at:
            lines.append(
                self.env._("Planned for %(at)s.", at=formats.exact_instant(self.env, self.scheduled_at, timezone))
            )
        if self.sent_at:
            lines.append(
                self.env._("Sent or tried on %(at)s.", at=formats.exact_instant(self.env, self.sent_at, timezone))
            )
        return lines

    def _explain_conditions(self):
        """Each thing that decides, with its value now."""
        schedule, move, company = self.schedule_id, self.move_id, self.company_id
        words = dict(move._fields["state"]._description_selection(self.env))
        now, timezone = clock.now(self.env), company._chasing_timezone()
        first = formats.instant(self.env, schedule.first_sent_at, timezone, now) or self.env._("nothing yet")
        history = schedule._contact_histories(now)[schedule.id]
        last = formats.day(self.env, history.last_contact_day) or self.env._("none")
        balance = format_amount(self.env, move.amount_residual, move.currency_id)
        return [
            self.env._("Invoice: %(state)s.", state=words[move.state]),
            self.env._("Open balance: %(amount)s.", amount=balance),
            self._explain_asked(self._told_at()[self]),
            self.env._("Hold: %(hold)s", hold=schedule.hold_sentence or self.env._("none.")),
            self.env._("First sent: %(when)s.", when=first),
            self.env._("Last contact about this invoice: %(day)s.", day=last),
            self.env._(
                "Contact delay: %(days)s days. Catch-up window: %(catchup)s days. "
                "Sending window: %(start)02d:00–%(end)02d:00.",
                days=schedule.min_contact_days,
                catchup=company.chasing_catchup_days,
                start=company.chasing_window_from,
                end=company.chasing_window_to,
            ),
        ]

    def _explain_asked(self, at):
        """What the message asks for at a UTC instant (R7)."""
        move = clock.at(self.move_id, at)
        amount = format_amount(self.env, move.chasing_asked_amount, move.currency_id)
        day = formats.day(self.env, move.chasing_asked_date)
        if not move.chasing_asked_amount:
            return self.env._("It asks for nothing.")
        if move.chasing_days_late:
            return self.env._("It asks for %(amount)s, late since %(day)s.", amount=amount, day=day)
        return self.env._("It asks for %(amount)s, due on %(day)s.", amount=amount, day=day)

    def _explain_recipients(self):
        if self.state in UNSENT:
            found = self._addressed()[self].values()
            problems = [
                reason_text(self.env, one.problem, {"channel": one.channel, "role": self.role_id.name})
                for one in found
                if one.problem
            ]
            return problems + [self._why_text(one) for resolution in found for one in resolution.recipients]
        states = dict(self.delivery_ids._fields["state"]._description_selection(self.env))
        return [
            self.env._(
                "%(address)s: %(state)s. %(reason)s",
                address=delivery.address,
                state=states[delivery.state],
                reason=delivery.failure_reason or "",
            )
            for delivery in self.delivery_ids.sorted("id")
        ] or [self.env._("Nobody: it was not tried.")]

    def _explain_message(self):
        if self.email_template_id:
            origin = self.env._("The step names this template.")
        elif self.subject or self.body:
            origin = self.env._("The step has its own text.")
        else:
            origin = self.env._("Chosen by the invoice's status at the moment of sending.")
        return [self.env._("%(message)s. %(origin)s", message=self.message_text, origin=origin)]

    def action_preview(self):
        """The message as it would look, in the recipient's language; no PDF is made and nothing leaves (R75)."""
        self.ensure_one()
        self.check_access("read")
        # the link to the portal needs a token, which nothing that is only read may make
        self.sudo().move_id._chasing_ensure_tokens()
        return self._open_form("chasing_step_view_form_preview", self.env._("Preview: %(step)s", step=self.step_label))

    @api.depends("subject", "body", "email_template_id", "sms_template_id", "letter_template_id", "state")
    def _compute_preview(self):
        for step in self:
            values = step._origin._previewed() if step._origin else {}
            for name in PREVIEWED:
                step[name] = values.get(name)

    def _previewed(self):
        """{field: value} of what each channel of this step says, as of the instant at which it is to go."""
        step = self.with_company(self.company_id)
        [at] = step._told_at().values()
        found = [one for resolution in step._addressed()[step].values() for one in resolution.recipients]
        lang = next((one.lang for one in found if one.lang), step.company_id.partner_id.lang) or self.env.lang
        subject, email, letter = step._previewed_texts(lang, at)
        leaves, outcome = step._told_by_itself() if step.state in UNSENT else step._told_by_hand()
        return {
            "preview_outcome": outcome,
            "preview_leaves": leaves,
            "preview_to": ", ".join(dict.fromkeys(one.address for one in found)),
            "preview_lang": dict(self.env["res.lang"].get_installed()).get(lang, lang),
            "preview_subject": subject,
            "preview_body": email or letter,
            "preview_letter": email and letter,
            "preview_sms": step.channel_sms
            and self._or_reason(self.env["chasing.channel.sms"]._compose(step, lang, at)[step]),
        }

    def _previewed_texts(self, lang, at):
        """(subject, text of the e-mail, text of the letter), False for a channel that it does not use."""
        subject = email = letter = False
        if self.channel_letter:
            delivery = self.env["chasing.delivery"].new({"step_id": self.id, "lang": lang})
            page = self._or_reason(self.env["chasing.channel.letter"]._compose(delivery, at)[delivery])
            subject, letter = (page.subject, page.content) if isinstance(page, tuple) else (False, escape(page))
        if self.channel_email:
            text = self._or_reason(self.env["chasing.message"]._compose(self, lang, at)[self])
            subject, email = (text.subject, text.letterhead) if isinstance(text, tuple) else (False, escape(text))
        return subject, email, letter

    def _or_reason(self, text):
        """What a channel composed, or why it could not."""
        if isinstance(text, ChannelRefused):
            return reason_text(self.env, text.code, {"detail": text.detail})
        return text

    def action_send_test(self):
        """Send this message to the user who asks, and to nobody else (R75)."""
        self.ensure_one()
        self.check_access("read")
        check_collector(self.env)
        address = format_sender(self.env.user.name, self.env.user.email)
        if not address:
            raise UserError(self.env._("You have no e-mail address. Enter one in your preferences."))
        step = self.sudo()
        sent_by = step.schedule_id._sender()[1]
        if not sent_by:
            raise UserError(reason_text(self.env, "no_sender"))
        no_user_defaults.create(
            self.env["mail.mail"],
            {
                "subject": self.env._("[Test] %(subject)s", subject=step.preview_subject),
                "body_html": step.preview_body,
                "email_from": sent_by,
                "email_to": address,
                "auto_delete": True,
            },
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        text = self.env._("A test is on its way to %(address)s.", address=self.env.user.email)
        return notification(text, closes=False)
