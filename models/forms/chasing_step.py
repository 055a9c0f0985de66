from odoo import api, fields, models

from ..common import clock, formats
from ..common.access import check_collector
from ..common.wording import sentence, translated
from ..dispatch.chasing_message import TEMPLATE_FIELDS
from ..engine import recipients
from ..plan.chasing_schedule import OPEN_STATUSES
from ..plan.chasing_step import ATTEMPTED, UNSENT

# state -> what a person may do with the step while its invoice is chased
ACTIONS = {
    "draft": ("preview", "write"),
    "planned": ("preview", "write", "send_now", "reschedule", "skip"),
    "held": ("preview", "write", "send_now", "reschedule", "skip"),
    "waiting": ("preview", "write", "send_now", "reschedule", "skip", "done"),
    "under_way": ("open",),
    "sent": ("open",),
    "partly": ("retry", "reschedule", "dismiss", "open"),
    "failed": ("retry", "reschedule", "dismiss", "open"),
    "skipped": ("preview", "send_now"),
    "cancelled": (),
}


class ChasingStep(models.Model):
    """What people see of a step in a table: when, to whom, which message, and what they may do with it (R66, R90)."""

    _inherit = "chasing.step"

    when_text = fields.Char("Goes", compute="_compute_when")
    when_exact = fields.Char("Exactly", compute="_compute_when")
    channels_text = fields.Char("Channels", compute="_compute_channels_text")
    to_text = fields.Char("To", compute="_compute_to", compute_sudo=True)
    to_problem = fields.Char("Will Fail", compute="_compute_to", compute_sudo=True)
    to_problem_code = fields.Char(compute="_compute_to", compute_sudo=True)
    message_text = fields.Char("Message", compute="_compute_message_text", compute_sudo=True)
    allowed = fields.Char(compute="_compute_allowed", compute_sudo=True)

    @api.depends("scheduled_at", "sent_at", "state")
    @api.depends_context("lang")
    def _compute_when(self):
        now = clock.now(self.env)
        for step in self:
            timezone = step.company_id._chasing_timezone() if step.company_id else "UTC"
            at = step._instant()
            step.when_exact = formats.exact(self.env, at, timezone)
            step.when_text = at and self.env._(
                "%(when)s, %(distance)s",
                when=formats.short(self.env, at, timezone, now),
                distance=formats.distance(self.env, at, timezone, now),
            )

    def _instant(self):
        """When the step went, or is to go."""
        self.ensure_one()
        return (self.sent_at if self.state in ATTEMPTED else False) or self.scheduled_at

    @api.depends("channel_email", "channel_sms", "channel_letter")
    @api.depends_context("lang")
    def _compute_channels_text(self):
        labels = dict(self.env["chasing.delivery"]._fields["channel"]._description_selection(self.env))
        for step in self:
            step.channels_text = ", ".join(labels[name] for name in sorted(step._channels()) if name in labels)

    # ------------------------------------------------------------------ to whom

    @api.depends(
        "state",
        "delivery_ids.address",
        "delivery_ids.state",
        "channel_email",
        "channel_sms",
        "channel_letter",
        "role_id",
    )
    @api.depends_context("lang")
    def _compute_to(self):
        upcoming = self.filtered(lambda step: step.state in UNSENT)._origin
        resolved = upcoming._addressed()
        predicted = self.env["chasing.prediction"]._predicted(upcoming, resolved)
        for step in self:
            found = resolved.get(step._origin)
            code, values, _unreached = predicted.get(step._origin, (False, False, False))
            step.to_problem_code, step.to_problem = code, sentence(self.env, code, values)
            if found is not None:
                addresses = [one.address for resolution in found.values() for one in resolution.recipients]
                step.to_text = ", ".join(dict.fromkeys(addresses))
            else:
                step.to_text = ", ".join(dict.fromkeys(step.delivery_ids.sorted("id").mapped("address")))

    def _why_text(self, recipient):
        """One recipient in words: the address, whose it is, and why or why not (R66)."""
        why = translated(self.env, recipients.WHY[recipient.why]) % {"role": self.role_id.name}
        if recipient.problem:
            why = sentence(self.env, recipient.problem, _problem_values(recipient))
        name = recipient.name and recipient.name != recipient.address and f"{recipient.name} <{recipient.address}>"
        return self.env._("%(recipient)s: %(why)s", recipient=name or recipient.address, why=why)

    # ------------------------------------------------------------------ with which message

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

    # ------------------------------------------------------------------ what may be done

    @api.depends(
        "state", "is_dismissed", "schedule_id.status", "schedule_id.hold_reason", "delivery_ids.mail_message_id"
    )
    @api.depends_context("uid")
    def _compute_allowed(self):
        is_collector = self.env.user.has_group("invoice_chasing.group_user")
        for step in self:
            step.allowed = " ".join(step._allowed_words(is_collector))

    def _allowed_words(self, is_collector):
        words = set(ACTIONS.get(self.state, ()))
        schedule = self.schedule_id
        if not is_collector:
            words &= {"open", "preview"}
        if schedule.status not in OPEN_STATUSES:
            words &= {"open"}
        if schedule.hold_reason or schedule.status == "draft":
            words -= {"send_now", "retry"}
        words -= {"send_now", "write"} if self.mode == "task" else {"done"}
        if self.is_dismissed:
            words -= {"dismiss"}
        if not self.delivery_ids.mail_message_id:
            words -= {"open"}
        return sorted(words)

    # ------------------------------------------------------------------ dialogs

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


def _problem_values(recipient):
    """What the sentence of a recipient's problem says."""
    return {"address": recipient.address, "name": recipient.name, "own": recipient.why == "own_list"}
