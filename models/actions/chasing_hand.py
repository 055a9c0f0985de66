from odoo import Command, api, models
from odoo.exceptions import UserError

from ..common import clock, user_input
from ..common.access import check_collector
from ..common.typed_text import from_editor
from ..common.wording import reason_text
from ..engine import facts, holds, moments, verdict
from ..engine.definition import MAX_STEPS
from ..engine.states import NOT_TO_SEND, UNSENT

# What a message may say and whom it may name (R74), fields of `chasing.step`; many2many ones by their ids.
COLUMNS = ("to_emails", "cc", "button_text", "button_target")
LINKS = ("to_ids", "attachment_ids")


class ChasingHand(models.AbstractModel):
    """Messages that a person sends or schedules, of one invoice or many (R102).

    Each is a step of its invoice's schedule like any other, and makes nobody chase the invoice.
    """

    _name = "chasing.hand"
    _description = "Messages Sent by Hand"

    # ------------------------------------------------------------------ may it be

    @api.model
    def _obstacle(self, move, later):
        """Return a sentence why no message by hand can be sent of an invoice, False if one can.

        :param later: it is scheduled, not sent now
        """
        return self._obstacles(move, later).get(move, False)

    @api.model
    def _obstacles(self, moves, later):
        """Return {invoice: a sentence why no message can be sent of it} of those of which none can; see `_obstacle`."""
        moves = moves.sudo()
        invoices = moves.filtered(lambda move: move.move_type == "out_invoice")
        found = dict.fromkeys(moves - invoices, self.env._("This is not a customer invoice. Choose invoices only."))
        cancelled = invoices.filtered(lambda move: move.state == "cancel")
        found |= dict.fromkeys(cancelled, reason_text(self.env, "cancelled"))
        codes = self._holding(invoices - cancelled, later)
        found |= {move: reason_text(self.env, hold.code, hold.values) for move, hold in codes.items()}
        if later:
            off = (invoices - cancelled).filtered(lambda move: not move.company_id.chasing_enabled)
            found |= dict.fromkeys(
                off, self.env._("Chasing is switched off for the company. Send the message now, or switch chasing on.")
            )
            full = self._full(invoices)
            found |= dict.fromkeys(
                full,
                self.env._("At most %(limit)s messages can be scheduled for one invoice.", limit=MAX_STEPS),
            )
        return {move.sudo(False): sentence for move, sentence in found.items()}

    def _holding(self, invoices, later):
        """Return {invoice: the Hold that keeps a message by hand from being sent} of those that have one.

        A customer who is excluded gets nothing (R37); what else holds an invoice may end before a later message goes.
        """
        found = {}
        for move, told in self._binding(invoices).items():
            binding = [hold for hold in told if hold.code == "customer_excluded" or not later]
            if binding:
                found[move] = binding[0]
        return found

    def _binding(self, invoices):
        """Return {invoice: its Holds that bind a message by hand too, in the order in which they are told}."""
        of_invoices, let_go = invoices._chasing_holds(), holds.LEFT_OPEN | {facts.COMPANY_OFF}
        own = self.env["chasing.hold"]
        found = {}
        for move in invoices:
            told = [*of_invoices.get(move.id, ()), *own._own(move.chasing_schedule_ids)]
            found[move] = [hold for hold in holds.in_order(told) if hold.code not in let_go]
        return found

    def _full(self, invoices):
        """Return those of which as many messages are scheduled by hand as there may be (R16)."""
        counts = (
            self.env["chasing.step"]
            .sudo()
            ._read_group(
                [("schedule_id.move_id", "in", invoices.ids), ("is_by_hand", "=", True), ("state", "in", UNSENT)],
                ["schedule_id"],
                ["__count"],
                having=[("__count", ">=", MAX_STEPS)],
            )
        )
        return invoices.browse(schedule.move_id.id for schedule, _count in counts)

    # ------------------------------------------------------------------ making them

    @api.model
    def _make(self, moves, words, places=None):
        """Give each of these invoices a message by hand, and return the steps in the order of the invoices.

        Drafts are confirmed by it. One of which nothing can be sent is refused with a sentence.

        :param words: {field of `chasing.step`: value}: what the message says, through which channels, and to whom
        :param places: {invoice: (local date, hour, name of the zone or False for the company's)} of messages for later;
            None: they are sent now, by `_send`
        """
        moves.check_access("read")
        check_collector(self.env)
        later = places is not None
        self._refuse_first(self._obstacles(moves, later))
        drafts = moves.filtered(lambda move: move.state == "draft")
        if drafts:
            drafts.action_post()
        moves = moves.sudo()
        self.env["chasing.by.hand"].sudo()._attach(moves.filtered(lambda move: not move.chasing_schedule_ids))
        schedules = moves.chasing_schedule_ids.grouped("move_id")
        schedules = self.env["chasing.schedule"].union(*(schedules[move] for move in moves))._as_collector()
        schedules._claim_responsibility()
        shared, links = self._columns(words)
        own = self._placed(schedules, places and {move.sudo(): place for move, place in places.items()})
        self._check_line(shared, {(values["date"], values["hour"]) for values in own.values()}, later)
        steps = self.env["chasing.by.hand"].sudo()._add(schedules, shared, own, links)
        # What a row that goes into the table as it is would not be asked (R77).
        steps._validate_fields(words)
        steps._check_company(words)
        steps._check_message()
        if later:
            steps._log_each(lambda step: step._scheduled_text())
        return steps.sudo(self.env.su)

    def _refuse_first(self, obstacles):
        for move, sentence in obstacles.items():
            raise UserError(self.env._("%(invoice)s: %(reason)s", invoice=move.sudo().display_name, reason=sentence))

    def _columns(self, words):
        """Return ({column: value}, {many2many field: ids}) of what a message says; what may not be read is refused."""
        steps = self.env["chasing.step"]
        names = {*steps._copied_fields(), *COLUMNS}
        if words.get("body"):
            words = {**words, "body": from_editor(words["body"])}
        if unknown := words.keys() - {*names, *LINKS}:
            raise ValueError(f"A message by hand has no {', '.join(sorted(unknown))}.")
        links = {name: self._readable(steps._fields[name].comodel_name, words.get(name) or ()) for name in LINKS}
        said = {"trigger": "on_date", "mode": "auto", "days": 0, "repeat_count": 1, "role_missing": "skip"}
        user_input.check_texts(steps, words, steps._all_text_limits())
        # Cleaned as if it were written: the rows go into the table as they are.
        clean = {
            name: steps._fields[name].convert_to_cache(value, steps, validate=True)
            for name, value in words.items()
            if name in names
        }
        line = steps.sudo().new({**clean, **said})
        columns = line._columns()
        for name in COLUMNS:
            columns[name] = line._fields[name].convert_to_write(line[name], line) or None
        return columns, links

    def _readable(self, model, ids):
        """Return the ids of records of a model; whoever may not read one is refused."""
        records = self.env[model].browse(getattr(ids, "ids", ids))
        records.check_access("read")
        return records.ids

    def _placed(self, schedules, places):
        """Return {schedule: column values that say when its message goes}.

        One that is sent now counts as left out until it is, so that no run takes it.
        """
        now, placed = clock.now(self.env), {}
        for schedule in schedules:
            company_zone = schedule.company_id._chasing_timezone()
            if places is None:
                local = moments.local(now, company_zone)
                day, hour, zone, at = local.date(), local.hour, None, now
            else:
                day, hour, zone = places[schedule.move_id]
                zone = user_input.parse_zone(self.env, zone) or None
                at = moments.instant(day, hour, zone or company_zone)
                self._check_ahead(schedule, day, at)
            placed[schedule] = {
                "date": day,
                "hour": hour,
                "zone": zone,
                "scheduled_at": at,
                "occurrence": 1,
                "is_copy": schedule.closure not in (False, "draft"),
                "state": "skipped" if places is None else "planned",
                "reason_code": "withdrawn" if places is None else None,
            }
        return placed

    def _check_ahead(self, schedule, day, at):
        """Refuse an instant that is past (R102), that nobody means, or a day before the invoice's (R10)."""
        if problem := self._problem_of_place(schedule.move_id, day, at):
            raise UserError(problem)

    @api.model
    def _problem_of_place(self, move, day, at):
        """Return why no message of an invoice can be sent at a time, in a sentence; False if it can (R10, R102).

        :param day: the local date on which it is to go
        :param at: the UTC instant, None for one outside the calendar
        """
        today = clock.today(move.company_id)
        if not user_input.is_within_ten_years(day, move.company_id):
            return self.env._("Choose a date within the next ten years.")
        if not at or at < clock.now(self.env):
            return self.env._("That time has passed. Choose a later one, or send the message now.")
        return day < (move.invoice_date or today) and reason_text(self.env, "before_invoice_date")

    def _check_line(self, columns, places, later):
        """Refuse what no step may be (R1-R4), and an hour at which one of its channels does not send (R88).

        What is sent now outside these hours waits for them by itself.

        :param places: the (local date, hour) of each
        """
        steps = self.env["chasing.step"]
        channels = frozenset(channel for box, channel in steps._channel_boxes().items() if columns[box])
        for day, hour in places:
            line = facts.StepFacts(None, facts.ON_DATE, date=day, hour=hour, channels=channels)
            for problem in steps._problems([line]):
                if later or problem.code != "channel_hour":
                    raise UserError(steps._problem_sentence(problem))

    # ------------------------------------------------------------------ sending them

    @api.model
    def _send(self, steps):
        """Send these steps now, as a person's click; what is refused of some stops no other.

        :return: {step: a sentence why it did not go} of those that did not
        """
        steps.check_access("read")
        check_collector(self.env)
        steps._make_documents_first()
        steps = steps.sudo()
        free = self._lock(steps)
        refused = dict.fromkeys(
            steps - free, self.env._("Messages of this invoice are being sent right now. Try again in a moment.")
        )
        now = clock.now(self.env)
        for company, group in free.grouped("company_id").items():
            refused |= self._send_of_company(group.with_company(company), now)
        return {step.sudo(self.env.su): sentence for step, sentence in refused.items()}

    def _lock(self, steps):
        """Return those of these steps whose schedules and invoices nobody else holds; they are locked (R33)."""
        schedules = steps.schedule_id.try_lock_for_update(allow_referencing=True)
        moves = schedules.move_id.try_lock_for_update(allow_referencing=True)
        return steps.filtered(lambda step: step.schedule_id in schedules and step.move_id in moves)

    def _send_of_company(self, steps, now):
        steps._let_go_by_hand(now)
        decisions = steps._manual_verdicts(now)
        if lacking := _going(steps, decisions).move_id._chasing_without_documents():
            steps.env["chasing.documents"]._make_at_once(lacking)
            # An e-invoice network may have taken the first send meanwhile (R73).
            decisions = steps._manual_verdicts(now)
        going, refused = _going(steps, decisions), {}
        channels = {step: decisions[step].channels for step in going}
        for step in steps - going:
            decision = decisions[step]
            refused[step] = reason_text(self.env, decision.reason_code, step.schedule_id.hold_values)
            if step.state == "skipped":
                step._set_state("skipped", decision.reason_code)
        going._hand_over_by_hand(channels, now)
        stuck = going.filtered(lambda step: step.state in NOT_TO_SEND)
        (going - stuck)._log_each(lambda step: self.env._("Message sent by hand."))
        return refused | {step: step.reason for step in stuck}

    # ------------------------------------------------------------------ changing one

    @api.model
    def _edit(self, step, words, place=None):
        """Give one step that is still to go words and people of its own (R74), and another place if one is given.

        :param words: as in `_make`
        :param place: (local date, hour, name of the zone or False for the company's)
        """
        step.ensure_one()
        locked = step._as_collector()
        if locked.state not in UNSENT:
            raise UserError(self.env._("This step was already sent. It can no longer be changed."))
        columns, links = self._columns(words)
        given = {name: columns[name] for name in words if name in columns}
        own_place = place[:2] if place else (clock.today(locked.company_id), locked.hour)
        self._check_line({**locked._copied(), **given}, {own_place}, later=True)
        locked.write({**given, **{name: [Command.set(links[name])] for name in words if name in links}})
        schedule = locked.schedule_id
        schedule.is_customised = bool(schedule.cadence_id) and not schedule._equals(schedule.cadence_id)
        locked._log_each(lambda one: self.env._("Message changed: %(step)s.", step=one.step_label))
        locked._text_changed()
        if place:
            step._reschedule(*place)


def _going(steps, decisions):
    """Return those of these steps that go by these decisions."""
    return steps.filtered(lambda step: isinstance(decisions[step], verdict.Send))
