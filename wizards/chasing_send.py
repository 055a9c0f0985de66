from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.common import client_actions, clock, formats, no_user_defaults
from ..models.common.access import check_collector
from ..models.common.json_list import JsonList
from ..models.common.wording import reason_text
from ..models.engine import moments, verdict
from ..models.engine.cures import cure_of
from ..models.engine.states import HANDED_OVER, RETRYABLE, UNSENT
from .chasing_send_words import GIVEN, plain
from .send_sheet import Sheet, length_of
from .send_texts import scheduled_text, sent_text

# What lies further away is no time at which anybody sends, and no clock may have it.
FAR = timedelta(days=4_000)
OUTCOME_FIELDS = ("is_unclear", "is_second", "is_possible", "outcome", "problem", "can_fix")
# What changes what the sheet shows, besides a message's words.
SHOWN_BY = ("move_ids", "step_id", "is_edit", "place_key", "to_ids", "to_emails")
SHOWN_BY += ("attachment_ids", "own_file_ids", "obstacle")
SHEET_FIELDS = (
    "parts",
    "reach_text",
    "warning_text",
    "place_text",
    "nobody_text",
    "cure",
    "field_values",
    "sms_length",
)


class ChasingSend(models.TransientModel):
    """Send or schedule one message by hand, send a step now, or edit one that is to come (R74, R102)."""

    _name = "chasing.send"
    _inherit = ["chasing.send.words", "chasing.send.template", "chasing.dialog"]
    _description = "Send a Message"
    _text_limits = {"subject": 200, "consequence": 2_000, "button_text": 40, "cc": 4_000}

    move_ids = fields.Many2many("account.move", string="Invoices")
    step_id = fields.Many2one("chasing.step", "Step to Send", readonly=True, ondelete="cascade")
    # Only the words of a step that is to come: it stays where it is.
    is_edit = fields.Boolean()
    move_id = fields.Many2one("account.move", "Invoice", compute="_compute_move_id")
    company_id = fields.Many2one("res.company", compute="_compute_move_id")
    customer_id = fields.Many2one("res.partner", compute="_compute_move_id")
    has_files = fields.Boolean(compute="_compute_move_id")
    may_save_template = fields.Boolean(compute="_compute_may_save_template")

    act = fields.Char(compute="_compute_act")
    obstacle = fields.Char(compute="_compute_act")
    parts = JsonList(compute="_compute_sheet")
    reach_text = fields.Text("Recipients", compute="_compute_sheet")
    warning_text = fields.Text(compute="_compute_sheet")
    nobody_text = fields.Char(compute="_compute_sheet")
    cure = fields.Char(compute="_compute_sheet")
    place_text = fields.Char("Sent On", compute="_compute_sheet")
    field_values = fields.Json(compute="_compute_sheet")
    sms_length = fields.Char(compute="_compute_sheet")

    message_text = fields.Char(related="step_id.message_text", related_sudo=False)
    is_unclear = fields.Boolean(compute="_compute_outcome")
    is_second = fields.Boolean(compute="_compute_outcome")
    is_possible = fields.Boolean(compute="_compute_outcome")
    outcome = fields.Char(compute="_compute_outcome")
    problem = fields.Char(compute="_compute_outcome")
    can_fix = fields.Boolean(compute="_compute_outcome")

    @api.depends_context("uid")
    def _compute_may_save_template(self):
        """Tell whether the user may write templates that name fields of an invoice, as Odoo decides it."""
        self.may_save_template = self.env.user.has_group("mail.group_mail_template_editor")

    @api.model
    def _ask(self, moves):
        """Open the sheet for one invoice, or the page for many.

        :param moves: account.move that the user may read
        """
        if len(moves) != 1:
            return self.env["chasing.send.many"]._ask(moves)
        check_collector(self.env)
        if moves.move_type != "out_invoice":
            raise UserError(self.env["chasing.hand"]._obstacle(moves, False))
        return self._open({"default_move_ids": moves.ids}, self._title(moves, self.env["chasing.step"], False))

    @api.model
    def _ask_step(self, step, is_edit=False):
        """Open the sheet for a step that is to be sent or retried, or in which its words are edited (R74).

        :param step: chasing.step that the user may read
        """
        title = self._title(step.move_id, step, is_edit)
        return self._open({"default_step_id": step.id, "default_is_edit": is_edit}, title)

    def _title(self, move, step, is_edit):
        """Return what stands above the sheet: what it does, with which step of which invoice."""
        if not step:
            return self.env._("Send a Message: %(invoice)s", invoice=move.display_name)
        names = {"invoice": move.display_name, "step": step.step_label}
        if is_edit:
            when = formats.dated_instant(self.env, step.scheduled_at, step._zone())
            return self.env._("Edit Message: %(invoice)s, %(step)s, %(when)s", when=when, **names)
        if step.state in RETRYABLE:
            return self.env._("Retry: %(invoice)s, %(step)s", **names)
        return self.env._("Send Now: %(invoice)s, %(step)s", **names)

    # ------------------------------------------------------------------ what it is about

    @api.depends("move_ids", "step_id")
    def _compute_move_id(self):
        for dialog in self:
            moves = dialog.step_id.move_id or dialog.move_ids._origin
            invoices = moves.filtered(lambda move: move.move_type == "out_invoice")
            dialog.move_id = invoices if len(moves) == 1 else False
            dialog.company_id = dialog.move_id.company_id
            dialog.customer_id = dialog.move_id.commercial_partner_id
            dialog.has_files = bool(dialog.move_id and dialog._files_of_invoice())

    @api.depends("move_ids", "step_id")
    def _compute_step_label(self):
        return super()._compute_step_label()

    def _label(self):
        return self.step_id.step_label or self.move_id.display_name or ""

    def _sample_invoices(self):
        posted = self.move_id.sudo().filtered(lambda move: move.state == "posted")
        return posted or super()._sample_invoices()

    def _files_of_invoice(self):
        """Return the files that hang on the invoice, as far as the user may read them."""
        own = [("res_model", "=", "account.move"), ("res_id", "=", self.move_id.id), ("res_field", "=", False)]
        return self.env["ir.attachment"].search(own)

    def _is_retry(self):
        """Return whether it is about a step that was tried, of which no word changes any more (R39)."""
        return self.step_id.state in RETRYABLE

    def _is_settled(self):
        """Return whether nothing is due of the invoice any more: the message is a copy (R102)."""
        return self.move_id._chasing_closure() not in (False, "draft")

    def _place(self):
        """Return (day, hour, IANA name or False for the company's zone) at which it is to go, None for now."""
        if self.when != "later":
            return None
        return self.day, self.hour, False if self.zone in (False, "company") else self._timezone()

    def _timezone(self):
        """Return the IANA name of the zone on whose clocks it goes."""
        if self.is_edit:
            return self.step_id.zone or clock.zone(self.company_id.sudo())
        if self.zone in (False, "company"):
            return clock.zone(self.company_id.sudo())
        return self._customers_zone()[0] if self.zone == "customer" else self.zone

    def _customers_zone(self):
        """Return (IANA name, what told it) of the customer's zone (R102)."""
        return self.env["chasing.hand"]._customers_zones(self.move_id)[self.move_id]

    def _instant(self):
        """Return the UTC instant for which it is shown: that at which it goes."""
        if self.is_edit and self.step_id:
            [at] = self.step_id._origin.sudo()._shown_at().values()
            return at
        return self._entered_instant() or clock.now(self.env)

    def _entered_instant(self):
        """Return the UTC instant that is entered for later; None for none, and for one at which nothing can go."""
        return None if self._problem_of_place() else self._raw_instant()

    def _raw_instant(self):
        near = self.day and abs(self.day - clock.today(self.company_id.sudo())) < FAR
        if self.is_edit or self.when != "later" or not near or self.hour not in range(24):
            return None
        return moments.instant(self.day, self.hour, self._timezone())

    def _problem_of_place(self):
        """Return why it cannot go at the time that is entered, in a sentence; False if it can or none is (R102)."""
        if self.is_edit or self.when != "later" or not self.day or self.hour not in range(24):
            return False
        return self.env["chasing.hand"]._problem_of_place(self.move_id.sudo(), self.day, self._raw_instant())

    # ------------------------------------------------------------------ what it shows

    @api.depends("move_ids", "step_id", "is_edit", "place_key")
    @api.depends_context("lang", "uid")
    def _compute_act(self):
        """Tell which button the sheet has, and why it may have none."""
        for dialog in self:
            dialog.obstacle = dialog.move_id and (dialog._obstacle_text() or dialog._problem_of_place())
            dialog.act = dialog.move_id and dialog._act_of_button()

    def _act_of_button(self):
        if self._is_retry():
            return "retry"
        if self.is_edit:
            return "save"
        kind = "copy" if self._is_settled() else "confirm" if self.move_id.state == "draft" else "send"
        return f"{kind}_later" if self.when == "later" else kind

    def _obstacle_text(self):
        """Return why this cannot be sent or scheduled at all, in a sentence; False if it can."""
        if self.is_edit and not self.step_id:
            return self.env._("Choose the step whose message you want to change.")
        if self.step_id and (self.is_edit or self.when == "later"):
            step = self.step_id._origin.sudo()
            return step._blocked_reason("write" if self.is_edit else "reschedule")
        if self.step_id:
            return False if self.is_possible or self._may_go_now() else self.outcome
        if self.move_id.state == "draft" and not self.env.user.has_group("account.group_account_invoice"):
            return self.env._("This invoice is a draft. Ask someone with invoicing rights to confirm it first.")
        return self.env["chasing.hand"]._obstacle(self.move_id, self.when == "later")

    def _may_go_now(self):
        """Return whether only its recipients or its words may keep the step from leaving, which the sheet changes."""
        step = self.step_id._origin.sudo().with_company(self.company_id)
        [decision] = step._decisions_by_hand(clock.now(self.env)).values()
        return isinstance(decision, verdict.Send)

    @api.depends(lambda self: (*SHOWN_BY, *GIVEN, *self._own_word_fields()))
    @api.depends_context("lang", "tz")
    def _compute_sheet(self):
        """Show the message as it will leave, whom it reaches, and what to know first (R66, R75)."""
        for dialog in self:
            values = dict.fromkeys(SHEET_FIELDS, False)
            if dialog.move_id and not dialog._is_retry():
                dialog.move_id.check_access("read")
                values = dialog._shown_values(Sheet(dialog, dialog._words()))
            dialog.update(values)

    def _shown_values(self, sheet):
        resolutions = {} if self._names_nobody() else sheet.resolutions()
        reached, parts = sheet.recipients(resolutions), sheet.parts(resolutions)
        return {
            "parts": parts,
            "sms_length": length_of(parts),
            "reach_text": "\n".join(sheet.reach(resolutions)),
            "warning_text": "\n".join(sheet.warnings()),
            "nobody_text": sheet.entered_text()
            or (not reached and (" ".join(sheet.problems(resolutions)) or self._nobody_text())),
            "cure": sheet.cure(resolutions),
            "field_values": sheet.values(),
            "place_text": bool(self._entered_instant()) and sheet.place_text(),
        }

    def _nobody_text(self):
        return self.env._("Nobody would get this message. Choose a channel and a recipient.")

    @api.depends("step_id")
    @api.depends_context("lang", "tz")
    def _compute_outcome(self):
        """Say what sending the step now does, as the sending itself will decide it."""
        for dialog in self:
            dialog.step_id.check_access("read")
            values = dialog._foreseen_values(dialog.step_id.sudo()) if dialog.step_id else {}
            for name in OUTCOME_FIELDS:
                dialog[name] = values.get(name, False)

    def _foreseen_values(self, step):
        """Return {field: value} of what is told of a step; to try a text may forget what was assigned before."""
        history = step.schedule_id._contact_histories(clock.now(self.env)).get(step.schedule_id.id)
        used = history.used_today if history else {}
        (is_possible, outcome), (code, values) = step._manual_outcome(), step._problem()
        problem = reason_text(self.env, code, values)
        return {
            "is_second": any((step.role_id.id or None, channel) in used for channel in step._channels()),
            "is_unclear": any(delivery._is_outcome_unknown() for delivery in step.delivery_ids),
            "is_possible": is_possible,
            "outcome": outcome,
            # What keeps it from leaving says the outcome; what a person may send in spite of is said beside it.
            "problem": is_possible and problem and problem not in outcome and problem,
            "can_fix": bool(cure_of(code)),
        }

    # ------------------------------------------------------------------ what its buttons do

    def action_send(self):
        """Send or schedule the message, or give the step its words, as the button says."""
        self.ensure_one()
        check_collector(self.env)
        if self.is_unclear:
            return self.step_id._retry_unclear()
        if self._is_retry():
            return self.step_id.action_retry()
        if len(self.move_ids) > 1 and not self.step_id:
            return self.env["chasing.send.many"]._of_sheet(self).action_send()
        if not self.move_id:
            raise UserError(self.env._("Choose an invoice or a step."))
        self._check_ready()
        return self._send_step() if self.step_id else self._send_new()

    def _check_ready(self):
        if self.obstacle:
            raise UserError(self.obstacle)
        if self.when == "later" and not self.day:
            raise UserError(self.env._("Enter the date on which the message is sent."))
        if self.when == "later" and self.hour not in range(24):
            raise UserError(self.env._("The hour must be a whole number from 0 to 23."))
        if self.nobody_text and (self._names_nobody() or not self.is_edit):
            raise UserError(self.nobody_text)

    def _send_new(self):
        """Make the invoice a step of this message, and send it unless it is for later (R102)."""
        hand, place = self.env["chasing.hand"], self._place()
        step = hand._make(self.move_id, self._words(), place and {self.move_id: place})
        if place:
            return self._scheduled_toast(step)
        refusals = hand._send(step)
        if refusals:
            raise UserError(next(iter(refusals.values())))
        return self._sent_toast(step.sudo())

    def _send_step(self):
        """Give a step that is to come its words and its place, and send it if it is to go now."""
        step, place = self.step_id, None if self.is_edit else self._place()
        changed = self._changed_words(step.sudo().with_context(active_test=False))
        if changed and step.state not in UNSENT:
            raise UserError(
                self.env._(
                    "This step can no longer be changed. Send it as it is, or write a new message to the customer."
                )
            )
        if changed or place:
            self.env["chasing.hand"]._edit(step, changed, place)
        if self.is_edit:
            return client_actions.notification(self.env._("The message is saved."))
        return self._scheduled_toast(step) if place else step.action_send_now()

    def _changed_words(self, step):
        """Return {field of chasing.step: value} of the words that the step does not have yet."""
        words = self._words()
        return {name: value for name, value in words.items() if (plain(step[name]) or False) != (value or False)}

    def _sent_toast(self, step):
        """Say how far a message has come that a person has just sent."""
        kind = "success" if step.state in HANDED_OVER else "warning"
        return client_actions.notification(sent_text(step), kind)

    def _scheduled_toast(self, step):
        """Say when a message goes that a person has just scheduled, and offer to take it back."""
        undo = () if self.step_id else self.env["chasing.bulk.run"]._of_scheduled(step)._toast_buttons()
        return client_actions.notification(scheduled_text(step.sudo()), buttons=undo)

    def action_test(self):
        """Send this message to the user who asks, by each of its channels, and to nobody else (R75)."""
        self.ensure_one()
        check_collector(self.env)
        if not self.move_id or self._is_retry():
            raise UserError(self.env._("Choose an invoice or a step."))
        sheet = Sheet(self, self._words())
        tests = sheet.tests()
        if not tests:
            raise UserError(self._nobody_text())
        texts = [test.text for test in tests if test.text]
        opened = [self._opened(test) for test in tests if test.content]
        if not texts:
            return opened[0]
        answer = client_actions.notification("\n".join(texts), closes=False)
        if opened:
            answer["params"]["next"] = opened[0]
        return answer

    def _opened(self, test):
        """Return the action that opens what a channel would print; its file is this dialog's."""
        kept = {
            "name": test.name,
            "raw": test.content,
            "mimetype": "application/pdf",
            "res_model": self._name,
            "res_id": self.id,
        }
        attachment = no_user_defaults.create(self.env["ir.attachment"], kept)
        return {"type": "ir.actions.act_url", "url": f"/web/content/{attachment.id}?download=false", "target": "new"}

    def action_fix(self):
        """Open where what keeps the message from leaving is put right."""
        self.ensure_one()
        if self.cure == "resume":
            return self.move_id.action_chasing_resume()
        if self.cure == "customer":
            return client_actions.open_form(self.customer_id)
        if self.cure == "address":
            contact, view = self.move_id.partner_id, "invoice_chasing.res_partner_view_form_addresses"
            return client_actions.open_form(contact, contact.display_name, view, target="new")
        if not self.step_id:
            raise UserError(self.env._("Choose an invoice or a step."))
        return self.step_id.action_fix()
