from collections import defaultdict
from datetime import timedelta
from itertools import compress

from odoo import api, models
from odoo.exceptions import LockError, UserError

from ..models.common import clock, formats, user_input
from ..models.common.client_actions import open_form
from ..models.common.wording import counted, invoices_text
from ..models.engine import moments

# These show a table, or a message beside what is typed.
WIDE = ("chasing.assign", "chasing.edit", "chasing.send", "chasing.send.many")


class ChasingDialog(models.AbstractModel):
    """Open dialogs, and say in them what several say."""

    _name = "chasing.dialog"
    _inherit = ["chasing.readable", "chasing.texts"]
    _description = "Chasing Dialog"

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse in a sentence what the database would refuse in its own words."""
        for vals in vals_list:
            self._check_values(vals)
        return super().create(vals_list)

    def write(self, vals):
        """Refuse in a sentence what the database would refuse in its own words."""
        self._check_values(vals)
        return super().write(vals)

    def _check_values(self, vals):
        user_input.check_values(self, vals)
        # No hour is not midnight.
        if vals.get("hour", 0) is None or vals.get("hour") is False:
            raise UserError(self._hour_text())

    def _hour_text(self):
        return self.env._("The hour must be a whole number from 0 to 23.")

    @api.model
    def _all_selected(self, records):
        """Return these; where the web client gives as many ids as it ever does, all that its list shows (R52)."""
        limit = int(self.env["ir.config_parameter"].sudo().get_param("web.active_ids_limit", default="20000"))
        domain = records.env.context.get("active_domain")
        return records.search(domain) if domain and len(records) >= limit else records

    @api.model
    def _open(self, context, name):
        """Return the action that opens this dialog, or a new one, for whoever may use it.

        :param context: its defaults
        :param name: its title
        """
        self.check_access("create")
        size = "extra-large" if self._name in WIDE else "large"
        return open_form(self, name, target="new", context={**context, "dialog_size": size})

    @api.model
    def _check_selection(self, records, selected):
        """Refuse what names no records of the model of `records`, or none that is still there.

        Whoever may not use the dialog is told so first.

        :param selected: the ids that were handed in
        """
        self.check_access("create")
        if not records.browse(user_input.parse_ids(self.env, selected)).exists():
            raise UserError(self.env._("This is not a valid selection. Select the records in the list."))

    def _refuse_second_click(self):
        """Refuse the second click on a dialog that keeps whether it `is_done`."""
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(self.env._("This is already being processed.")) from error
        if self.is_done:
            raise UserError(self.env._("This was already done. Open the dialog again to do something else."))
        self.is_done = True

    @api.model
    def _outstanding(self, moves):
        """Return '4,300.00 EUR', of each company in its own currency."""
        amounts = self.env["account.move"]._read_group(
            [("id", "in", moves.ids)], ["company_id"], ["amount_residual_signed:sum"]
        )
        return " + ".join(formats.amount(self.env, amount, company.currency_id) for company, amount in amounts) or "0"

    @api.model
    def _messages_by_channel(self, schedules, states, but_by_hand=False):
        """Return '3 e-mails, 1 SMS' of the steps of schedules in these states; see `_message_counts`."""
        [counts] = self._message_counts(schedules, states, but_by_hand=but_by_hand).values() or [{}]
        return self.env["chasing.channel"]._counts_text(counts)

    @api.model
    def _message_counts(self, schedules, states, by=(), but_by_hand=False):
        """Return {values of the fields in `by`: {channel: number of messages}} of the steps of schedules in states.

        :param but_by_hand: without what a person asked for, which no cadence replaces (R102)
        """
        boxes = self.env["chasing.channel"]._boxes()
        going = [("schedule_id", "in", schedules.ids), ("state", "in", states), ("mode", "!=", "task")]
        going += [("is_by_hand", "=", False)] if but_by_hand else []
        counts = defaultdict(lambda: dict.fromkeys(boxes, 0))
        for *group, count in self.env["chasing.step"]._read_group(going, [*boxes.values(), *by], ["__count"]):
            for channel in compress(boxes, group):
                counts[tuple(group[len(boxes) :])][channel] += count
        return counts

    @api.model
    def _withdrawn_text(self, schedules):
        """Return what of the messages of schedules still waits in a queue.

        'Withdrawn before sending: 1 letter.'
        """
        waiting = self.env["chasing.delivery"]._read_group(
            [("schedule_id", "in", schedules.ids), ("state", "=", "queued")], ["channel"], ["__count"]
        )
        messages = self.env["chasing.channel"]._counts_text(dict(waiting))
        return messages and self.env._("Withdrawn before sending: %(messages)s.", messages=messages)

    @api.model
    def _printed_text(self, schedules):
        """Return how many letters that wait are printed: their sheets stay; empty for none."""
        printed = self.env["chasing.letter"].search_count([
            ("delivery_id.schedule_id", "in", schedules.ids),
            ("state", "=", "queued"),
            ("printed_at", "!=", False),
        ])
        return printed and counted(
            self.env,
            printed,
            self.env._("1 letter is already printed and stays: take it out of the mail by hand."),
            self.env._("%(count)s letters are already printed and stay: take them out of the mail by hand."),
        )

    @api.model
    def _invoices_text(self, count):
        return invoices_text(self.env, count)

    @api.model
    def _check_place(self, companies, day, hour, zone=False):
        """Refuse a local day and hour at which nothing can leave any more, or nobody would mean it.

        :param zone: the name of the zone whose day and hour it is, False for that of each company
        """
        if not day:
            raise UserError(self.env._("Enter the date on which the messages are sent."))
        if hour not in range(24):
            raise UserError(self._hour_text())
        for company in companies:
            user_input.check_within_ten_years(self.env, day, company)
            # Somewhere on earth it is still yesterday; of what is long past no clock can be asked.
            is_over = day < clock.today(company) - timedelta(1)
            if is_over or moments.instant(day, hour, zone or company._chasing_timezone()) < clock.now(self.env):
                raise UserError(self.env._("That time has passed. Choose a later one."))
