from datetime import timedelta

from odoo import api, models

from ..common import clock, formats, isolation
from ..engine.facts import LEFT_OPEN, ON_DATE, ON_ISSUE
from ..engine.moments import first_sending_hour, instant
from ..engine.states import LEFT, LEFT_OUT

DELAY = timedelta(hours=1)
PRECOMMIT_KEY = "chasing_thank_you"


class ChasingThankYou(models.AbstractModel):
    """Thank those who paid after a reminder (R78)."""

    _name = "chasing.thank.you"
    _description = "Thank-You for a Payment"

    @api.model
    def _settled(self, schedules):
        """Plan thank-yous for what is paid, when the transaction ends; where that breaks, it is paid all the same."""
        thanking = schedules.filtered(lambda schedule: schedule.company_id.sudo().chasing_thank_you)
        precommit = self.env.cr.precommit
        if thanking and PRECOMMIT_KEY not in precommit.data:
            precommit.add(self.env(su=True)["chasing.thank.you"]._settle)
            precommit.data[PRECOMMIT_KEY] = set()
        if thanking:
            precommit.data[PRECOMMIT_KEY].update(thanking.ids)

    @api.model
    def _settle(self):
        schedules = self.env["chasing.schedule"].browse(self.env.cr.precommit.data.pop(PRECOMMIT_KEY)).exists()
        isolation.run(schedules, self._plan)
        self.env.flush_all()

    def _plan(self, schedules):
        reminders, texts = self._reminders(self._without_thanks(schedules)), {}
        days = self.env["chasing.part.payment"]._paid_by_money(schedules.browse(reminders).move_id)
        paid = self.env["account.move"].browse(days).chasing_schedule_ids
        bearing = self.env["chasing.hold"]._bearing_on(paid)
        free = paid.filtered(lambda schedule: all(hold.code in LEFT_OPEN for hold in bearing[schedule]))
        for (company, place), group in free.grouped(
            lambda schedule: (schedule.company_id, self._place(schedule.company_id, days[schedule.move_id.id]))
        ).items():
            own = {schedule: {"role_id": reminders[schedule.id].role_id.id or None} for schedule in group}
            self.env["chasing.by.hand"]._add(group, self._shared(company, place), own, {})
            when = formats.dated_instant(self.env, instant(*place, clock.zone(company)), clock.zone(company))
            texts |= dict.fromkeys(group.move_id.ids, self.env._("A thank-you is scheduled for %(when)s.", when=when))
        free._log(texts)

    def _without_thanks(self, schedules):
        """Return those of which no thank-you went or is to go: there is one for an invoice, whatever becomes of it."""
        thanked = self.env["chasing.step"].search([
            ("schedule_id", "in", schedules.ids),
            ("is_thanks", "=", True),
            ("state", "not in", LEFT_OUT),
        ])
        return schedules - thanked.schedule_id

    def _reminders(self, schedules):
        """Return {schedule id: the last reminder that left} of those of which one did, not the first message alone."""
        deliveries = self.env["chasing.delivery"].search(
            [("schedule_id", "in", schedules.ids), ("state", "in", LEFT), ("is_internal", "=", False)],
            order="sent_at, id",
        )
        reminders = {}
        for schedule, left in deliveries.grouped("schedule_id").items():
            was_sent = schedule.sent_before or schedule.marked_sent or schedule.odoo_sent_at
            steps = left.step_id if was_sent else left.step_id[1:]
            last = steps.filtered(lambda step: step.trigger != ON_ISSUE and not step.is_copy)[-1:]
            if last:
                reminders[schedule.id] = last
        return reminders

    def _place(self, company, day):
        """Return (local date, hour) of the first full hour of the sending window, at least an hour from now.

        :param day: the local date of the payment, before which nobody is thanked for it
        """
        zone = clock.zone(company)
        return first_sending_hour(
            max(clock.now(self.env) + DELAY, instant(day, 0, zone)),
            zone,
            company.chasing_window_from,
            company.chasing_window_to,
        )

    def _shared(self, company, place):
        steps = self.env["chasing.step"].with_company(company)
        channels = self.env["chasing.channel"]._all()
        boxes = {box: channels[code]._carries_thanks for box, code in steps._channel_boxes().items()}
        line = steps.new({"trigger": ON_DATE, "mode": "auto", "repeat_count": 1, "role_missing": "skip", **boxes})
        return {
            **line._columns(),
            "date": place[0],
            "hour": place[1],
            "scheduled_at": instant(*place, clock.zone(company)),
            "occurrence": 1,
            "state": "planned",
            "is_copy": True,
            "is_thanks": True,
        }
