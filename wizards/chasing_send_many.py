from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.common import client_actions, clock, user_input
from ..models.common.access import check_collector
from ..models.common.json_list import JsonList
from ..models.common.wording import invoices_text
from .chasing_send_words import GIVEN, plain
from .send_many_outlook import Outlook
from .send_sheet import Sheet, length_of

SHOWN_BY = ("to_ids", "to_emails", "attachment_ids")


class ChasingSendMany(models.TransientModel):
    """Send or schedule one message about many invoices: one page first, then in the background (R102b)."""

    _name = "chasing.send.many"
    _inherit = ["chasing.send.words", "chasing.changes", "chasing.dialog"]
    _description = "Send Messages"

    # These may be thousands of ids, which the web client need not know.
    selected = fields.Json(readonly=True)
    is_done = fields.Boolean(readonly=True)
    # The invoice that is shown as a sample: its place among those that get the message.
    place = fields.Integer()
    to_ids = fields.Many2many(relation="chasing_send_many_to_rel")
    attachment_ids = fields.Many2many(relation="chasing_send_many_attachment_rel")
    own_file_ids = fields.Many2many(relation="chasing_send_many_own_file_rel")

    preview = fields.Text(compute="_compute_preview")
    warning_text = fields.Text(compute="_compute_preview")
    act = fields.Char(compute="_compute_preview")
    possible_count = fields.Integer(compute="_compute_preview")
    changes = fields.Json(compute="_compute_preview")
    move_id = fields.Many2one("account.move", "Sample", compute="_compute_preview")
    company_id = fields.Many2one("res.company", compute="_compute_preview")
    step_id = fields.Many2one("chasing.step", "No Step", compute="_compute_step_id")
    sample_text = fields.Char(compute="_compute_parts")
    parts = JsonList(compute="_compute_parts")
    sms_length = fields.Char(compute="_compute_parts")

    # ------------------------------------------------------------------ opening

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse what names no invoices, of which nothing could be computed."""
        self._check_named(vals_list)
        for vals in vals_list:
            self._check_selection(self.env["account.move"], vals.get("selected"))
        return super().create(vals_list)

    @api.model
    def _ask(self, moves):
        """Return the action that opens the dialog for invoices."""
        check_collector(self.env)
        dialog = self.create({"selected": moves.ids, **self._usual_values(moves)})
        return dialog._open({}, self._title(moves))

    @api.model
    def _usual_values(self, moves):
        """Return what it opens with: by the first channel, now, or tomorrow morning."""
        today = clock.today(moves.company_id.sudo()[:1] or self.env.company)
        return {next(iter(self._channel_boxes())): True, "day": fields.Date.add(today, days=1), "hour": 9}

    def _title(self, moves):
        return self.env._("Send a Message: %(invoices)s", invoices=invoices_text(self.env, len(moves)))

    @api.model
    def _of_sheet(self, sheet):
        """Return the dialog of what a caller filled into the sheet for several invoices."""
        names = ["when", "day", "zone", "to_emails", *self._own_word_fields(), *self._word_fields()]
        given = {name: plain(sheet[name]) for name in names} | {"hour": sheet.hour}
        given |= {name: [fields.Command.set(sheet[name].ids)] for name in ("to_ids", "attachment_ids", "own_file_ids")}
        if not any(given[box] for box in self._channel_boxes()):
            given[next(iter(self._channel_boxes()))] = True
        return self.create({"selected": sheet.move_ids.ids, **given})

    # ------------------------------------------------------------------ what the words ask of their dialog

    def _is_retry(self):
        return False

    def _label(self):
        return self.move_id.display_name or ""

    def _sample_invoices(self):
        posted = self._moves().sudo().filtered(lambda move: move.state == "posted")[:1]
        return posted or super()._sample_invoices()

    def _is_settled(self):
        return self.move_id._chasing_closure() not in (False, "draft")

    def _onchange_place_key(self):
        """Leave the words to the templates, which differ by invoice."""

    def _compute_step_id(self):
        self.step_id = False

    def _instant(self):
        """Return the UTC instant for which the sample is shown."""
        return Outlook(self, self.move_id).instants().get(self.move_id, clock.now(self.env))

    # ------------------------------------------------------------------ what it says

    def _moves(self):
        moves = self.env["account.move"].browse(user_input.parse_ids(self.env, self.selected)).exists()
        moves.check_access("read")
        return moves

    def _is_placed(self):
        """Return whether it is known when messages go: now, or at a time of the calendar that somebody may mean."""
        return self.when != "later" or (user_input.is_near(self.env, self.day) and self.hour in range(24))

    def _place_values(self):
        """Return where messages for later go, as the act takes it; None for now or while it is not entered."""
        if self.when != "later":
            return None
        return {"day": self.day and self.day.isoformat(), "hour": self.hour, "zone": self.zone or "company"}

    def _values(self):
        """Return the arguments of the act, as JSON holds them."""
        words = self._words()
        values = {"words": {**words, "body": words["body"] and str(words["body"])}}
        return {**values, "place": self._place_values()} if self.when == "later" else values

    @api.depends("selected", "place_key", "to_ids", "to_emails", "place")
    @api.depends_context("lang", "uid", "tz")
    def _compute_preview(self):
        """Say how many messages leave, about how much money, and what cannot go; it is looked up once for all."""
        for dialog in self:
            outlook = Outlook(dialog, dialog._moves())
            dialog.possible_count = len(outlook.going)
            dialog.move_id = outlook.going[dialog.place % len(outlook.going)] if outlook.going else False
            dialog.company_id = (outlook.going or outlook.moves)[:1].company_id
            dialog.preview = "\n".join(outlook.texts())
            dialog.warning_text = "\n".join(outlook.warnings())
            dialog.act = outlook.act()
            dialog.changes = dialog._listed(outlook.change_lists())

    def _change_lists(self):
        return Outlook(self, self._moves()).change_lists()

    @api.depends(lambda self: ("place", "selected", "place_key", *SHOWN_BY, *GIVEN, *self._own_word_fields()))
    @api.depends_context("lang", "uid", "tz")
    def _compute_parts(self):
        """Show the message of one invoice as it will leave."""
        for dialog in self:
            dialog.parts, dialog.sample_text, dialog.sms_length = [], "", False
            if dialog.move_id:
                sheet = Sheet(dialog, dialog._words())
                dialog.parts = sheet.parts(sheet.resolutions())
                dialog.sms_length = length_of(dialog.parts)
                number, count = dialog.place % dialog.possible_count + 1, dialog.possible_count
                names = {"invoice": dialog.move_id.display_name, "number": number, "count": count}
                dialog.sample_text = self.env._("Sample %(number)s of %(count)s: %(invoice)s", **names)

    # ------------------------------------------------------------------ what its buttons do

    def action_next(self):
        """Show the message of the next invoice."""
        return self._show(1)

    def action_previous(self):
        """Show the message of the invoice before."""
        return self._show(-1)

    def _show(self, by):
        self.ensure_one()
        self.place = (self.place + by) % max(self.possible_count, 1)
        context = {"dialog_size": "extra-large"}
        return client_actions.open_form(self, self._title(self._moves()), target="new", context=context)

    def action_send(self):
        """Send or schedule what can be; what cannot is listed with its reason."""
        self.ensure_one()
        check_collector(self.env)
        self._refuse_second_click()
        moves = self._moves()
        self._check_selection(moves, self.selected)
        if self.when == "later":
            self._check_time(moves.company_id)
        if not self.possible_count:
            reasons = dict.fromkeys(Outlook(self, moves).refused.values())
            raise UserError(self.env._("No message can be sent: %(reasons)s", reasons="\n".join(reasons)))
        self._keep_files()
        act = "schedule_message" if self.when == "later" else "send_message"
        return self.env["chasing.bulk.run"]._act(act, moves, self._values())

    def _check_time(self, companies):
        """Refuse a day and hour at which nothing can go any more, whoever's clocks they are, or nobody would mean."""
        self._check_place(companies if self.zone in (False, "company") else (), self.day, self.hour)
        for company in companies:
            user_input.check_within_ten_years(self.env, self.day, company)
            # Somewhere on earth it is still yesterday.
            if self.day < clock.today(company) - timedelta(1):
                raise UserError(self.env._("That time has passed. Choose a later one."))

    def _keep_files(self):
        """Let what was uploaded outlive this dialog, for whoever uploaded it: the act may take a day."""
        uploads = self.attachment_ids.filtered(lambda file: file.res_model == self._name)
        uploads.sudo().write({"res_model": False, "res_id": 0})
