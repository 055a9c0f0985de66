from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common import clock, formats
from ..common.access import check_collector
from ..common.client_actions import notification
from ..common.json_list import JsonList
from ..common.user_groups import READER_GROUPS
from ..common.wording import reason_text
from ..engine.holds import in_order
from .cure import open_cure

# {Field of the invoice: field of its schedule}.
SECTION_FIELDS = {
    "chasing_step_ids": "step_ids",
    "chasing_delivery_ids": "delivery_ids",
    "chasing_origin_text": "origin_text",
    "chasing_responsible_id": "responsible_id",
    "chasing_responsible_text": "responsible_text",
    "chasing_sender_text": "sender_text",
    "chasing_recipients_text": "recipients_text",
    "chasing_failure_text": "failure_text",
    "chasing_failure_cure": "failure_cure",
    "chasing_money_text": "money_text",
    "chasing_stopped_text": "stopped_text",
    "chasing_brake_text": "brake_text",
    "chasing_strip": "strip",
}


class AccountMove(models.Model):
    """Show the Chasing section of the invoice form.

    Its buttons hand over to the schedule and to the wizards, which check themselves who may do what; nothing here
    writes on the invoice.
    """

    _inherit = "account.move"

    chasing_tz = fields.Char(compute="_compute_chasing_tz", groups=READER_GROUPS)
    chasing_headline = fields.Char(compute="_compute_chasing_headline", compute_sudo=True, groups=READER_GROUPS)
    chasing_allowed = JsonList(compute="_compute_chasing_headline", compute_sudo=True, groups=READER_GROUPS)
    chasing_menu = JsonList(compute="_compute_chasing_headline", compute_sudo=True, groups=READER_GROUPS)
    chasing_step_ids = fields.One2many(
        "chasing.step", compute="_compute_chasing_section", compute_sudo=True, groups=READER_GROUPS
    )
    chasing_delivery_ids = fields.One2many(
        "chasing.delivery", compute="_compute_chasing_section", compute_sudo=True, groups=READER_GROUPS
    )
    chasing_origin_text = fields.Char(
        "Chosen Cadence", compute="_compute_chasing_section", compute_sudo=True, groups=READER_GROUPS
    )
    chasing_responsible_id = fields.Many2one(
        "res.users", compute="_compute_chasing_section", compute_sudo=True, groups=READER_GROUPS
    )
    chasing_responsible_text = fields.Char(
        "Responsible", compute="_compute_chasing_section", compute_sudo=True, groups=READER_GROUPS
    )
    chasing_sender_text = fields.Char(
        "Sender", compute="_compute_chasing_section", compute_sudo=True, groups=READER_GROUPS
    )
    chasing_recipients_text = fields.Text(
        "Recipients", compute="_compute_chasing_section", compute_sudo=True, groups=READER_GROUPS
    )
    chasing_failure_text = fields.Char(compute="_compute_chasing_section", compute_sudo=True, groups=READER_GROUPS)
    chasing_failure_cure = fields.Char(compute="_compute_chasing_section", compute_sudo=True, groups=READER_GROUPS)
    chasing_money_text = fields.Char(compute="_compute_chasing_section", compute_sudo=True, groups=READER_GROUPS)
    chasing_stopped_text = fields.Char(compute="_compute_chasing_section", compute_sudo=True, groups=READER_GROUPS)
    chasing_brake_text = fields.Char(compute="_compute_chasing_section", compute_sudo=True, groups=READER_GROUPS)
    chasing_strip = fields.Json(compute="_compute_chasing_section", compute_sudo=True, groups=READER_GROUPS)

    # Odoo's Sales counts on the form of an invoice the orders it came from, with the rights of whoever looks: without
    # rights on orders a collector could open no invoice. A number gives nothing away. Without Sales it is empty.
    sale_order_count = fields.Integer(compute_sudo=True, store=False, exportable=False)

    @api.depends("company_id")
    def _compute_chasing_tz(self):
        """Name the clock on which the list tells when the next message goes (R90)."""
        for move in self:
            move.chasing_tz = clock.zone(move.company_id)

    @api.depends("chasing_schedule_ids.status", "chasing_schedule_ids.step_ids.state")
    @api.depends_context("uid", "lang", "tz")
    def _compute_chasing_section(self):
        for move in self:
            schedule = move._chasing_shown_schedule()
            for name, source in SECTION_FIELDS.items():
                move[name] = schedule[source]

    def _chasing_shown_schedule(self):
        """Return the schedule, looked for only where there can be one: the form of a vendor bill costs nothing."""
        if self.move_type != "out_invoice":
            return self.env["chasing.schedule"]
        return self._origin.chasing_schedule_ids[:1]

    @api.depends(
        "move_type",
        "state",
        "invoice_date",
        "invoice_date_due",
        "amount_residual",
        "chasing_schedule_ids.status",
        "chasing_schedule_ids.next_at",
        "chasing_schedule_ids.step_ids.state",
    )
    @api.depends_context("uid", "lang", "tz")
    def _compute_chasing_headline(self):
        for move in self:
            schedule = move._chasing_shown_schedule()
            is_decided = bool(schedule._filter_decided())
            acts = set(schedule.allowed) if is_decided else move._chasing_acts_without_schedule()
            if schedule.hold_reason == "unapplied_payment" and move._chasing_may_reconcile():
                acts.add("reconcile")
            if move._chasing_may_send():
                acts.add("send")
            if not move.company_id.chasing_enabled and self.env.user.has_group("invoice_chasing.group_manager"):
                acts.add("switch_on")
            move.chasing_allowed = sorted(acts)
            move.chasing_menu = [
                {"name": name, "label": label} for act, name, label in self._chasing_menu_items() if act in acts
            ]
            if move.move_type != "out_invoice":
                move.chasing_headline = False
            elif move.state == "draft":
                move.chasing_headline = move._chasing_draft_text(schedule._filter_decided())
            else:
                move.chasing_headline = schedule.headline if schedule else move._chasing_unchased_text()

    @api.model
    def _chasing_menu_items(self):
        """Return [(act of `chasing_allowed`, method, label)] of what hides behind the three dots."""
        return [
            ("change_cadence", "action_chasing_assign", self.env._("Change Cadence")),
            ("mark_sent", "action_chasing_mark_sent", self.env._("Mark as Sent")),
            ("take_back", "action_chasing_mark_sent", self.env._("Unmark as Sent")),
            ("disable", "action_chasing_disable", self.env._("Disable Chasing")),
            ("enable", "action_chasing_restart", self.env._("Enable Chasing")),
            ("cancel", "action_chasing_cancel", self.env._("Cancel Chasing")),
            ("write_off", "action_chasing_write_off", self.env._("Write Off")),
            ("take_back_write_off", "action_chasing_take_back_write_off", self.env._("Undo Write-Off")),
            ("collections", "action_chasing_collections", self.env._("Send to Collections")),
            ("dossier", "action_chasing_dossier", self.env._("Download Dossier")),
        ]

    def _chasing_acts_without_schedule(self):
        is_collector = self.env.user.has_group("invoice_chasing.group_user")
        if not (is_collector and self._origin and self._chasing_is_chaseable()) or self._chasing_is_closed():
            return set()
        return {"assign"} if self.state == "draft" else {"start"}

    def _chasing_may_send(self):
        """Return whether the user who looks may send a message about this invoice by hand, chased or not (R102)."""
        is_collector = self.env.user.has_group("invoice_chasing.group_user")
        return bool(is_collector and self._origin) and self.move_type == "out_invoice" and self.state != "cancel"

    def _chasing_may_reconcile(self):
        """Return whether the user who looks may reconcile entries."""
        return self.env.user.has_group("account.group_account_invoice")

    def _chasing_unchased_text(self):
        """Return why this invoice has no schedule."""
        closure = self._chasing_closure()
        if closure:
            return reason_text(self.env, closure)
        company = self.company_id
        if not company.chasing_enabled:
            return reason_text(self.env, "company_off")
        if company._chasing_is_before_start(self.invoice_date):
            return self.env._(
                "Not chased: invoices are chased from %(day)s on.",
                day=formats.day(self.env, company.chasing_start_date),
            )
        rule = self._chasing_choice().rule
        if rule and not rule.cadence_id:
            return self.env._("Not chased because of the rule “%(rule)s”.", rule=rule.name)
        return self.env._("Not chased: it has no cadence.")

    def _chasing_choice(self):
        """Return what precedence gives this invoice (R50)."""
        [choice] = self.sudo()._chasing_choices()
        return choice

    def _chasing_draft_text(self, schedule):
        """Return what confirming starts (R21, R31, R50): 'On confirm: Standard (company default), first message …'."""
        if not self.company_id.chasing_enabled and not schedule:
            return reason_text(self.env, "company_off")
        if not schedule and self.company_id._chasing_is_before_start(self.invoice_date):
            return self.env._("On confirm: not chased.")
        choice = not schedule and self._chasing_choice()
        name = schedule.origin_text or self._chasing_choice_text(choice)
        if schedule.chosen_none or (choice and not choice.cadence):
            return self.env._("On confirm: %(choice)s", choice=name)
        first = self._chasing_first_message(schedule, choice and choice.cadence)
        text = self.env._("On confirm: %(cadence)s, first message %(first)s", cadence=name, first=first)
        held = in_order(self._origin.sudo()._chasing_holds().get(self._origin.id, ()))
        return f"{text}. {reason_text(self.env, held[0].code)}" if held else text

    def _chasing_choice_text(self, choice):
        """Return 'Standard (company default)', 'no chasing (rule “EU”)'."""
        why = {
            "customer": self.env._("customer's cadence"),
            "rule": self.env._("rule “%(rule)s”", rule=choice.rule.name),
            "default": self.env._("company default"),
        }[choice.assigned_by]
        if not choice.cadence and not choice.rule:
            return self.env._("not chased.")
        name = choice.cadence.name or self.env._("no chasing")
        return self.env._("%(cadence)s (%(why)s)", cadence=name, why=why)

    def _chasing_first_message(self, schedule, cadence):
        simulation = self.env["chasing.simulation"]
        if schedule:
            simulated = simulation._of_edit(schedule, schedule.step_ids)
        else:
            simulated = simulation._of_cadence(cadence.with_company(self.company_id), self)
        first = min((step.at for step in simulated if step.state == "planned"), default=None)
        timezone = self.company_id._chasing_timezone()
        return formats.instant(self.env, first, timezone, clock.now(self.env)) or self.env._("none")

    def _chasing_schedules(self):
        """Return the schedules of these invoices to a user who may read the invoices; refuse if there are none."""
        self.check_access("read")
        schedules = self.env["chasing.schedule"].search([("move_id", "in", self.ids)])
        if not schedules:
            raise UserError(self.env._("This invoice is not chased. Enable invoice chasing first."))
        return schedules

    def action_chasing_assign(self):
        """Choose a cadence for these invoices after seeing what it would send."""
        moves = self.env["chasing.dialog"]._all_selected(self)
        moves.check_access("read")
        return self.env["chasing.assign"]._ask(moves)

    def action_chasing_edit(self):
        schedule = self._chasing_schedules()
        return self.env["chasing.edit"]._open({"default_schedule_id": schedule.id}, self.env._("Edit Chasing"))

    def action_chasing_contacts(self):
        """Choose who gets the e-mails about this invoice (R61)."""
        schedule = self._chasing_schedules()
        return self.env["chasing.contacts"]._open({"default_schedule_id": schedule.id}, self.env._("E-mail Contacts"))

    def action_chasing_people(self):
        """Choose who looks after this invoice, and in whose name its messages leave (R98)."""
        return self._chasing_schedules().action_ask_people()

    def action_chasing_pause(self):
        """Ask how long the chasing of this invoice pauses, and why."""
        return self.env["chasing.bulk"]._ask("pause", self._chasing_schedules(), self.env._("Pause Chasing"))

    def action_chasing_resume(self):
        """Ask what becomes of the steps that were missed before the chasing of this invoice goes on."""
        return self.env["chasing.bulk"]._ask("resume", self._chasing_schedules(), self.env._("Resume Chasing"))

    def action_chasing_send_now(self):
        step = self._chasing_schedules()._next_step()
        if not step:
            raise UserError(self.env._("No steps are left. Edit the schedule to add one."))
        return step.action_ask_send()

    def action_chasing_send(self):
        """Open the sheet in which a person writes one message about this invoice (R102)."""
        moves = self.env["chasing.dialog"]._all_selected(self)
        moves.check_access("read")
        return self.env["chasing.send"]._ask(moves)

    def action_chasing_mark_sent(self):
        """Say that the customer has the invoice, or ask before that is taken back."""
        schedules = self._chasing_schedules()
        if all(schedule.marked_sent for schedule in schedules):
            return schedules.action_ask("unmark_sent")
        return schedules.action_do("mark_sent")

    def action_chasing_disable(self):
        return self._chasing_schedules().action_ask("disable")

    def action_chasing_restart(self):
        """Plan the steps anew and go on, and say when the next message goes.

        Where all steps of an overdue invoice have passed, ask whether its latest reminder is to go now.
        """
        schedules = self._chasing_schedules()
        answer = self.env["chasing.bulk.run"]._act(
            "enable",
            schedules,
            message=lambda: self.env._("Chasing is resumed. %(headline)s", headline=schedules[:1].headline),
        )
        left_out = schedules._reminder_left_out()
        return left_out.action_ask_send() if left_out else answer

    def action_chasing_cancel(self):
        return self._chasing_schedules().action_ask("cancel")

    def action_chasing_write_off(self):
        return self._chasing_schedules().action_ask("write_off")

    def action_chasing_take_back_write_off(self):
        """Ask before what the write-off booked is reversed."""
        return self._chasing_schedules().action_ask("take_back_write_off")

    def action_chasing_collections(self):
        return self._chasing_schedules().action_ask("collections")

    def action_chasing_dossier(self):
        return self._chasing_schedules().action_download_dossier()

    def action_chasing_release_brake(self):
        """Let go what the safety limit holds back, and say so."""
        self.check_access("read")
        self.company_id.action_chasing_release_brake()
        return notification(self.env._("The messages are released and will be sent within a minute."))

    def action_chasing_retry(self):
        """Send again what failed of this invoice and of its customer's others, after saying what can be sent (R84)."""
        check_collector(self.env)
        failed = self._chasing_schedules()[:1]._failed_of_customer()
        if not failed:
            raise UserError(self.env._("No step failed."))
        return failed.action_ask_retry()

    def action_chasing_open_contact(self):
        """Open where what keeps the invoice's messages from leaving is put right: a contact, its own list, settings."""
        self.ensure_one()
        self.check_access("read")
        self.env["chasing.schedule"].check_access("read")
        schedule = self._chasing_shown_schedule()
        step = schedule._last_failed() or schedule._next_step()
        code, values = step.sudo()._problem() if step else (False, False)
        contact = self._chasing_invoice_contacts()[self.id][:1] or self.partner_id
        return open_cure(schedule, code, values) or contact._chasing_open_addresses()

    def action_chasing_reconcile(self):
        """Apply the customer's outstanding credits to this invoice, oldest first, until it is settled."""
        self.ensure_one()
        self.check_access("write")
        content = self.invoice_outstanding_credits_debits_widget
        for line in (content or {}).get("content", []):
            if self.currency_id.is_zero(self.amount_residual):
                break
            self.js_assign_outstanding_line(line["id"])
        left = formats.amount(self.env, self.amount_residual, self.currency_id)
        return notification(self.env._("Reconciled. Outstanding: %(amount)s.", amount=left))

    def action_chasing_switch_on(self):
        """Open the first run: choose a cadence and a date, look, switch on."""
        return self.env["chasing.start"]._open({}, self.env._("Switch On Invoice Chasing"))
