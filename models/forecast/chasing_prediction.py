import json
from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.sql import escape_psql

from ..common import batches, clock, isolation
from ..engine import addresses, prediction
from ..engine.cures import OF_THE_COMPANY
from ..engine.states import OPEN_STATUSES, RETRYABLE, UNSENT
from ..people.chasing_step import NOT_ON_A_CONTACT

# So many invoices are predicted in the transaction of whoever changed something; more than that in the background.
INLINE_LIMIT = 20
BATCH_SIZE = 1000
# So many are marked at once after a change of all that a company sends: whoever pays one of them waits for no more.
MARK_LIMIT = 200
# What is noted on a step.
PREDICTED = ("prediction_code", "prediction_values", "unreached", "copied")
# The night looks so far ahead at what the messages say.
SOON = timedelta(days=2)


# Of these steps are to go: chasing is open, or a person asked for one (R102).
SENDS = ("|", ("status", "in", OPEN_STATUSES), ("has_by_hand", "=", True))


class ChasingPrediction(models.AbstractModel):
    """The prediction of what will fail (R96).

    Every step to come is resolved as if it were sent, and what would keep it from reaching everybody is noted on
    it. A write that mends something refreshes at once; what no write tells is refreshed at night.
    """

    _name = "chasing.prediction"
    _description = "Invoice Chasing Prediction"

    @api.model
    def _refresh(self, schedules, with_texts=False):
        """Predict every step to come of these schedules, and a retry of what failed.

        It takes a number of queries that does not grow with them.

        :param with_texts: also try what the next ones say, which takes longer than all the rest
        """
        schedules = schedules.sudo()
        steps = schedules.step_ids.filtered(
            lambda step: step.state in UNSENT or (step.state in RETRYABLE and not step.is_dismissed)
        )
        groups = defaultdict(steps.browse)
        failing = self._failing_texts(steps, with_texts)
        for step, (code, *others) in self._predicted(steps).items():
            predicted = (code or failing.get(step, False), *others)
            if predicted != tuple(step[name] or False for name in PREDICTED):
                groups[json.dumps(predicted)] |= step
        for predicted, group in groups.items():
            group.write(dict(zip(PREDICTED, json.loads(predicted), strict=True)))
        schedules.filtered("is_prediction_stale").is_prediction_stale = False

    def _predicted(self, steps, resolutions=None):
        """Return what stands in the way of each step.

        :param resolutions: {step: {channel: engine Resolution}}, if they are known
        :return: {step: (reason code, values of its sentence, {channel: reason code} of those on which nobody is
            reached, [channel] of those on which only colleagues are)}, all False for a step that nothing stands in
            the way of
        """
        resolutions = resolutions or steps._addressed()
        predicted = {}
        for step in steps:
            found = resolutions[step]
            if step.state in RETRYABLE:
                found = step._not_reached(found, with_unclear=True)
            problem = prediction.predict(found, step.role_missing)
            code, values = (problem.reason_code, self._values(step, problem)) if problem else (False, False)
            unreached = prediction.unreached(found, step.role_missing)
            copied = sorted(prediction.copied(found)) or False
            predicted[step] = code, values, dict(sorted(unreached.items())) or False, copied
        return predicted

    def _failing_texts(self, steps, with_texts):
        """Return {step: reason code} of those whose text cannot be filled in, as the channels themselves find (R77).

        They are asked about those that leave before the next night, and again about those known to fail.
        """
        now, failing = clock.now(self.env), {}
        soon = now + SOON
        tried = steps.filtered(
            lambda step: step.prediction_code == "template_failed"
            or (with_texts and step.scheduled_at and step.scheduled_at <= soon)
        )
        for code, channel in self.env["chasing.channel"]._all().items():
            of_channel = tried.filtered(lambda step, code=code: code in step._channels())
            for (company, lang, at), group in of_channel.grouped(lambda step: self._occasion(step, now)).items():
                refusals = channel.with_company(company)._speechless(group.with_company(company), lang, at)
                failing |= {step: refusal.code for step, refusal in refusals.items()}
        return failing

    def _occasion(self, step, now):
        """Return (company, language, instant) of a text that is tried."""
        return step.company_id, step._usual_lang(), max(step.scheduled_at or now, now)

    def _values(self, step, problem):
        """Return what the sentence says, and whose contact is to be mended."""
        if problem.reason_code in OF_THE_COMPANY:
            return False
        recipient = problem.recipient
        if place := recipient and NOT_ON_A_CONTACT.get(recipient.why):
            return {"channel": problem.channel, "address": recipient.address, "name": recipient.name, place: True}
        partner = recipient.contact_key if recipient else step.move_id.partner_id.id
        values = {"partner": partner or step.move_id.partner_id.id, "channel": problem.channel}
        if recipient:
            values |= {"address": recipient.address, "name": recipient.name}
        if step.role_id:
            values["role"] = step.role_id.name
        return values

    @api.model
    def _changed(self, schedules):
        """Predict again after these schedules, or something their steps depend on, changed.

        A few are predicted now, many soon.
        """
        open_ones = schedules.sudo().filtered(lambda one: one.has_by_hand or one.status in OPEN_STATUSES)
        if len(open_ones) <= INLINE_LIMIT:
            self._refresh(open_ones)
        else:
            self._mark_to_predict(open_ones)
            self._trigger_cron()

    def _mark_to_predict(self, schedules):
        """Mark these, also those that are marked: somebody may be at them who does not see this change."""
        marked = schedules.filtered("is_prediction_stale")
        (schedules - marked).is_prediction_stale = True
        if marked:
            self.env.execute_query(
                SQL(
                    "UPDATE chasing_schedule SET is_prediction_stale = TRUE"
                    " WHERE id = ANY(%s) AND age(xmin) > 0 RETURNING id",
                    marked.ids,
                )
            )

    @api.model
    def _contacts_changed(self, partners):
        """Predict again for customers of whom contacts were made, mended or removed (R96)."""
        self._changed(self._schedules_of_contacts(partners))

    def _schedules_of_contacts(self, partners):
        """Return the open schedules of these contacts' customers, and those of messages they were chosen for (R74)."""
        schedules, customers = self.env["chasing.schedule"].sudo(), partners.sudo().commercial_partner_id
        if not customers:
            return schedules
        steps = self.env["chasing.step"].sudo().with_context(active_test=False)
        chosen = steps.search([("to_ids", "in", partners.ids), ("state", "in", UNSENT)]).schedule_id
        return chosen.sudo() | schedules.search([
            *SENDS,
            "|",
            ("partner_id.commercial_partner_id", "in", customers.ids),
            ("move_id.commercial_partner_id", "in", customers.ids),
        ])

    @api.model
    def _templates_changed(self):
        """Try again what could not be filled in: a template may have been mended."""
        failing = self.env["chasing.step"].sudo().search([("prediction_code", "=", "template_failed")])
        self._changed(failing.schedule_id)

    @api.model
    def _addresses_changed(self, changed, partners=None, in_background=False):
        """Predict again for whoever has these normalised addresses: something changed about them.

        :param partners: contacts that are known to have them; those by e-mail address and number are looked up
        :param in_background: nobody who changes one of these invoices is waited for; the night finds what is left
        """
        emails = {address for address in changed if "@" in address}
        spellings = emails | {addresses.on_the_wire(address) for address in emails} - {None}
        self.env["res.partner"].flush_model(["email", "phone_sanitized"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM res_partner WHERE email ILIKE ANY(%s) OR phone_sanitized = ANY(%s)",
                [f"%{escape_psql(email)}%" for email in spellings],
                list(set(changed) - emails),
            )
        )
        having = self.env["res.partner"].browse(partner_id for (partner_id,) in rows)
        schedules = self._schedules_of_contacts(having | (partners or having)) | self._schedules_of_own_lists(emails)
        if in_background:
            schedules.try_lock_for_update(allow_referencing=True).is_prediction_stale = True
            self._trigger_cron()
        else:
            self._changed(schedules)

    def _schedules_of_own_lists(self, emails):
        """Return the open schedules on whose own lists these addresses stand."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM chasing_schedule"
                " WHERE use_own_contacts AND (status = ANY(%s) OR has_by_hand) AND own_emails ILIKE ANY(%s)",
                list(OPEN_STATUSES),
                [f"%{escape_psql(email)}%" for email in emails],
                to_flush=self.env["chasing.schedule"]._fields["own_emails"],
            )
        )
        return self.env["chasing.schedule"].sudo().browse(schedule_id for (schedule_id,) in rows)

    @api.model
    def _company_changed(self, companies):
        """Predict again in the background what these companies and their branches send.

        What all their steps depend on changed. If these are many, they are marked in the background too: each of them
        is locked until it is committed that it is marked.
        """
        companies = self.env["res.company"].sudo().search([("id", "child_of", companies.ids)])
        sending = [*SENDS, ("company_id", "in", companies.ids)]
        schedules = self.env["chasing.schedule"].sudo().search(sending, order="id", limit=MARK_LIMIT + 1)
        if len(schedules) > MARK_LIMIT:
            companies._chasing_outdate()
        else:
            # Those that are marked too: somebody may be at them who does not see this change.
            self._mark(schedules)
        self._trigger_cron()

    def _trigger_cron(self):
        self.env.ref("invoice_chasing.ir_cron_predict")._trigger()

    def _unmarked(self, companies, after=0, limit=None):
        """Return the first open schedules of companies, with an id after this one, that are yet to be marked."""
        return (
            self.env["chasing.schedule"]
            .sudo()
            .search(
                [
                    *SENDS,
                    ("company_id", "in", companies.ids),
                    ("id", ">", after),
                    "|",
                    ("is_prediction_stale", "=", False),
                    ("is_forecast_stale", "=", False),
                ],
                order="id",
                limit=limit or MARK_LIMIT,
            )
        )

    def _mark(self, schedules):
        self.env.execute_query(
            SQL(
                "UPDATE chasing_schedule SET is_prediction_stale = TRUE, is_forecast_stale = TRUE"
                " WHERE id = ANY(%s) RETURNING id",
                schedules.ids,
            )
        )
        schedules.invalidate_recordset(["is_prediction_stale", "is_forecast_stale"], flush=False)

    def _mark_outdated(self):
        """Mark what outdated companies send, batch after batch, and return whether all of it is done.

        What others are changing at this moment is passed over, and comes when the rest is done.
        """
        companies, reached = self.env["res.company"].sudo().search([("chasing_is_outdated", "=", True)]), 0

        def next_batch():
            nonlocal reached
            batch = self._unmarked(companies, reached) or self._unmarked(companies)
            reached = batch[-1:].id or 0
            return batch

        def mark(schedules):
            free = schedules.try_lock_for_update(allow_referencing=True)
            self._mark(free)
            return len(free)

        def remaining():
            left = self._unmarked(companies, reached, 1) or self._unmarked(companies, limit=1)
            if not left:
                companies.chasing_is_outdated = False
            return len(left)

        return not companies or batches.run(self.env, next_batch, mark, remaining).is_complete

    @api.model
    def _cron_predict(self):
        """Predict what is marked, and foretell what is to come of what has changed, a batch of each in turn."""
        tasks = self._predicting_task(), self.env["chasing.forecast.message"]._task()
        if not (self._mark_outdated() and batches.run_by_turns(self.env, *tasks).is_complete):
            self._trigger_cron()

    def _predicting_task(self):
        """Return the batches.Task that predicts what is marked."""
        schedules, stale = self.env["chasing.schedule"].sudo(), [("is_prediction_stale", "=", True)]

        def predict(batch):
            isolation.run(batch, lambda part: self._refresh(part, with_texts=True), self._keep_prediction)
            return len(batch)

        return batches.Task(
            lambda: schedules.search(stale, limit=BATCH_SIZE), predict, lambda: schedules.search_count(stale)
        )

    def _keep_prediction(self, schedule, _error):
        """Keep what was predicted of a schedule that cannot be predicted; it is tried again at night."""
        schedule.is_prediction_stale = False

    @api.model
    def _cron_predict_all(self):
        """Find every night what no write tells, such as an address that a provider has come to refuse."""
        self._company_changed(self.env["res.company"].sudo().search([]))
