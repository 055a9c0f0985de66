from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import definition, moments
from ..engine.facts import BRAKED, ON_ISSUE, ContactHistory
from ..engine.states import LIVE, ONGOING


class ChasingSchedule(models.Model):
    _inherit = "chasing.schedule"

    delivery_ids = fields.One2many("chasing.delivery", "schedule_id", "History")
    odoo_sent_at = fields.Datetime("Last Sent by Odoo", readonly=True)
    documents_tried_at = fields.Datetime(readonly=True)
    # So many were tried together, and that has come to no end; 0: it has, or it was tried alone.
    documents_together = fields.Integer(readonly=True)
    documents_error = fields.Char(readonly=True)
    brake_text = fields.Char(compute="_compute_brake_text", compute_sudo=True)

    @api.depends("delivery_ids.state", "delivery_ids.taken_back_at")
    def _compute_status(self):
        return super()._compute_status()

    @api.depends("step_ids.state", "step_ids.reason_code")
    @api.depends_context("lang")
    def _compute_brake_text(self):
        """Tell that the brake holds something of an invoice (R47)."""
        for schedule in self:
            braked = schedule.step_ids.filtered(lambda step: (step.state, step.reason_code) == ("held", BRAKED))
            schedule.brake_text = braked[:1].reason

    def _on_closure_change(self, old, new):
        """Forget what was printed of an invoice that is a draft again (R32b), thank for one that is paid (R78)."""
        # What nothing but its reopening stopped goes on like this too.
        going = self.filtered(lambda schedule: schedule.lifecycle in ONGOING or schedule.is_reopened)
        super()._on_closure_change(old, new)
        if new == "paid":
            self.env["chasing.thank.you"]._settled(going)
        if new == "draft":
            self.env["chasing.document.ahead"]._forget(self.move_id)

    def _being_sent(self):
        """Return those about which something was handed over that has neither left nor failed, too (R83)."""
        if not self:
            return super()._being_sent()
        queued = [
            ("schedule_id", "in", self.ids),
            ("state", "=", "queued"),
            ("taken_back_at", "=", False),
            ("is_internal", "=", False),
        ]
        rows = self.env["chasing.delivery"]._read_group(queued, ["schedule_id"])
        return super()._being_sent() | self.browse(schedule.id for (schedule,) in rows)

    def _first_left_at(self):
        """Return when a message about this invoice first really left, whatever a person said, or False (R86)."""
        self.ensure_one()
        sent = self.delivery_ids.filtered(lambda delivery: not delivery.is_internal).mapped("sent_at")
        left = [at for at in (*sent, self.odoo_sent_at) if at]
        return min(left, default=False)

    def _documents_tried_since(self, instant):
        """Return whether it was tried in vain to make the invoice's documents, at a UTC instant or later (R73)."""
        return bool(self.documents_tried_at and self.documents_tried_at >= instant)

    def _documents_are_unfinished(self):
        """Return whether somebody is at the invoice's documents, or has died over them."""
        return bool(self.documents_tried_at and not self.documents_error)

    def _contact_histories(self, now):
        """Return {schedule id: engine ContactHistory}: the invoice's last contact, and who used today (R17, R42)."""
        days = {schedule.id: moments.local(now, schedule.company_id._chasing_timezone()).date() for schedule in self}
        last, used, channels = {}, defaultdict(dict), self.env["chasing.channel"]._all()
        for schedule in self.filtered("odoo_sent_at"):
            timezone = schedule.company_id._chasing_timezone()
            last[schedule.id] = moments.local(schedule.odoo_sent_at, timezone).date()
            if last[schedule.id] == days[schedule.id]:
                used[schedule.id] |= {(None, code): None for code, channel in channels.items() if channel._used_by_odoo}
        for schedule, step, channel, day in self.env["chasing.delivery"]._read_group(
            [
                ("schedule_id", "in", self.ids),
                ("state", "in", LIVE),
                ("taken_back_at", "=", False),
                ("is_internal", "=", False),
            ],
            ["schedule_id", "step_id", "channel"],
            ["local_day:max"],
        ):
            last[schedule.id] = max(day, last.get(schedule.id, day))
            if day == days[schedule.id]:
                used[schedule.id].setdefault((step.role_id.id or None, channel), step.id)
        return {schedule.id: ContactHistory(last.get(schedule.id), used[schedule.id]) for schedule in self}

    def _sent_by_odoo(self, now):
        """Note Odoo's own Send: a first send (R9) and today's contact (R17); the on-issue message is not needed."""
        self.write({"odoo_sent_at": now})
        fresh = self.filtered(lambda schedule: not schedule.first_sent_at)
        fresh._first_sent(now)
        self.env["chasing.planner"].sudo()._replan(fresh.filtered(lambda schedule: not schedule.closure))

    def _first_sent(self, at):
        """Note that something reached the customer for the first time, in Odoo's own mark too (R86).

        :param at: the UTC instant
        """
        self.first_sent_at = at
        self._mark_in_odoo(True)

    def _mark_in_odoo(self, is_sent):
        """Set Odoo's own *Sent* on the invoices.

        Nothing else follows from it, and to write it as any field would cost more than all that is done with a message.
        """
        moves = self.move_id
        moves.flush_recordset(["is_move_sent"])
        self.env.execute_query(
            SQL(
                "UPDATE account_move SET is_move_sent = %s WHERE id = ANY(%s) AND is_move_sent IS DISTINCT FROM %s"
                " RETURNING id",
                is_sent,
                moves.ids,
                is_sent,
            )
        )
        moves.invalidate_recordset(["is_move_sent"], flush=False)
        moves.modified(["is_move_sent"])

    def _first_send_failed(self):
        """Let the on-issue message go that was left out for another one under way, if that has not left (R9, R83)."""
        unsent = self.filtered(lambda schedule: not (schedule.closure or schedule._was_sent()))
        left_out = unsent.step_ids.filtered(
            lambda step: (step.trigger, step.state, step.reason_code) == (ON_ISSUE, "skipped", "already_sent")
        )
        self.env["chasing.planner"].sudo()._replan(left_out.schedule_id)

    def _withdraw_replaced(self, wanted):
        """Take back for good what is under way of a former cadence, and no step of the new one (R36).

        :param wanted: the definitions of the new one's steps
        """
        under_way = self.env["chasing.step"].search([("schedule_id", "in", self.ids), ("state", "=", "under_way")])
        facts = zip(under_way, under_way._facts(), strict=True)
        replaced = under_way.browse(
            step.id for step, fact in facts if not fact.by_hand and definition.definition(fact) not in wanted
        )
        replaced.delivery_ids._withdraw()
        replaced.filtered(lambda step: step.state == "cancelled")._set_state("cancelled", "replaced")
