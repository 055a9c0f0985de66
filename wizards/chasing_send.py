from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.common import client_actions, clock, formats, no_user_defaults
from ..models.common.access import check_collector
from ..models.common.json_list import JsonList
from ..models.common.typed_text import from_editor
from ..models.common.wording import reason_text, selection_labels
from ..models.engine import moments, template_words, verdict
from ..models.engine.cures import cure_of
from ..models.engine.states import HANDED_OVER, RETRYABLE, UNSENT
from .chasing_send_words import GIVEN, plain
from .send_sheet import Sheet

OUTCOME_FIELDS = ("is_unclear", "is_second", "is_possible", "outcome", "problem", "can_fix")
SHEET_FIELDS = ("parts", "reach_text", "warning_text", "place_text", "nobody_text")


class ChasingSend(models.TransientModel):
    """Send or schedule one message by hand, send a step now, or edit one that is to come (R74, R102)."""

    _name = "chasing.send"
    _inherit = ["chasing.send.words", "chasing.dialog"]
    _description = "Send a Message"
    _text_limits = {"subject": 200, "button_text": 40, "cc": 4_000}

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
    place_text = fields.Char("Sent On", compute="_compute_sheet")

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
        title = self.env._("Send a Message: %(invoice)s", invoice=moves.display_name)
        return self._open({"default_move_ids": moves.ids}, title)

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
        now = clock.now(self.env)
        if self.is_edit and self.step_id:
            [at] = self.step_id._origin.sudo()._shown_at().values()
            return at
        if self.when != "later" or not self.day or self.hour not in range(24):
            return now
        return max(moments.instant(self.day, self.hour, self._timezone()), now)

    # ------------------------------------------------------------------ what it shows

    @api.depends("move_ids", "step_id", "is_edit", "when")
    @api.depends_context("lang", "uid")
    def _compute_act(self):
        """Tell which button the sheet has, and why it may have none."""
        for dialog in self:
            dialog.obstacle = dialog._obstacle_text() if dialog.move_id else False
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

    @api.depends("move_ids", "step_id", "is_edit", "place_key", *GIVEN, "to_ids", "to_emails", "subject", "body")
    @api.depends("attachment_ids", "own_file_ids")
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
        reached = sheet.recipients(resolutions)
        return {
            "parts": sheet.parts(resolutions),
            "reach_text": "\n".join(sheet.reach(resolutions)),
            "warning_text": "\n".join(sheet.warnings()),
            "nobody_text": not reached and (" ".join(sheet.problems(resolutions)) or self._nobody_text()),
            "place_text": self.when == "later" and sheet.place_text(),
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
        label = selection_labels(step, "shown_state")[step.shown_state]
        text = f"{step.move_id.name}: {label}. {step.reason or ''}".strip()
        return client_actions.notification(text, "success" if step.state in HANDED_OVER else "warning")

    def _scheduled_toast(self, step):
        """Say when a message goes that a person has just scheduled, and offer to take it back."""
        when = formats.exact_instant(self.env, step.sudo().scheduled_at, self._timezone())
        text = self.env._("%(invoice)s: scheduled for %(when)s.", invoice=self.move_id.name, when=when)
        undo = () if self.step_id else self.env["chasing.bulk.run"]._of_scheduled(step)._toast_buttons()
        return client_actions.notification(text, buttons=undo)

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

    def action_save_template(self):
        """Make a template of the subject and the text as they stand, and write the message by it (R74)."""
        self.ensure_one()
        check_collector(self.env)
        name = (self.template_name or "").strip()
        if not name or not self.move_id:
            raise UserError(self.env._("Enter a name for the template."))
        template = self._new_template(name)
        self.write({"email_template_id": template.id, "template_name": False})
        self.write(self._taken())
        text = self.env._("The template “%(name)s” is saved.", name=name)
        answer = client_actions.notification(text, closes=False)
        answer["params"]["next"] = self._open_again()
        return answer

    def _new_template(self, name):
        """Return a new template of this message, made by the rights of whoever saves it."""
        expressions = self.env["chasing.placeholder"]._expressions()
        subject = template_words.as_template(self.subject or "", expressions)
        body = template_words.as_template(str(from_editor(self.body)), expressions, is_html=True)
        template = self.env["mail.template"].create({
            "name": name,
            "model_id": self.env["ir.model"]._get_id("account.move"),
            "subject": subject,
            "body_html": body,
            "lang": "{{ object.partner_id.lang }}",
            "use_default_to": True,
        })
        template.sudo()._chasing_check(self.move_id.sudo())
        return template

    def _open_again(self):
        context = {"dialog_size": "extra-large"}
        return client_actions.open_form(self, self.env._("Send a Message"), target="new", context=context)

    def action_fix(self):
        """Open where what keeps the message from leaving is put right."""
        self.ensure_one()
        if not self.step_id:
            raise UserError(self.env._("Choose an invoice or a step."))
        return self.step_id.action_fix()
