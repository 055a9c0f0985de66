import json
from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common import bulk_sql, clock
from ..common.wording import reason_text
from ..engine import holds
from ..engine.states import ATTEMPTED, SCHEDULED

# What a person decided of an invoice's chasing as a whole.
STANDING = (
    "lifecycle",
    "paused_at",
    "paused_until",
    "pause_reason",
    "stopped_at",
    "chosen_none",
    "is_reopened",
    "assigned_by",
    "rule_id",
)
PLACE = (
    "state",
    "reason_code",
    "reason_values",
    "scheduled_at",
    "floor_date",
    "floor_hour",
    "paid_floor_date",
    "is_rescheduled",
    "zone",
    "is_dismissed",
    "sent_at",
)


class ChasingBulkChange(models.Model):
    """Hold what an invoice's chasing, or a customer, was before an act and after it, so that the act can be undone.

    Undone is only what nobody has changed since; it never sends what had left, and what had been withdrawn goes again
    only on the day on which it was withdrawn (R36).
    """

    _name = "chasing.bulk.change"
    _description = "What an Act Changed"
    _rec_name = "schedule_id"
    _log_access = False

    run_id = fields.Many2one("chasing.bulk.run", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="run_id.company_id")
    schedule_id = fields.Many2one("chasing.schedule", ondelete="cascade", index=True)
    partner_id = fields.Many2one("res.partner", ondelete="cascade", index="btree_not_null")
    # {"own": {field: value}, "steps": {step id: {field: value}}}, of what changed.
    before = fields.Json("Values Before", prefetch=False)
    after = fields.Json("Values After", prefetch=False)
    before_text = fields.Char("Before", compute="_compute_texts", compute_sudo=False)
    after_text = fields.Char("After", compute="_compute_texts", compute_sudo=False)

    @api.depends("before", "after")
    @api.depends_context("lang")
    def _compute_texts(self):
        """Say of a customer what it was and became in the company of the act."""
        for change in self:
            place = str(change.run_id.company_id.id)
            for name, noted in (("before_text", change.before), ("after_text", change.after)):
                own = (noted or {}).get("own", {})
                is_told = change.partner_id and place in own
                change[name] = is_told and change.partner_id._chasing_standing_text(own[place])

    # ------------------------------------------------------------------ noting

    @api.model
    def _noted_fields(self, act):
        """Return (fields of the schedule, fields of its steps) that tell what an act changed; none: it stays done.

        Hook: rooms that add an act say it here.
        """
        return {
            "pause": (STANDING, ()),
            "resume": (STANDING, PLACE),
            "disable": (STANDING, PLACE),
            "enable": (STANDING, ()),
            "cancel": (STANDING, PLACE),
            "mark_sent": (("marked_sent", "marked_in_odoo", "first_sent_at"), ()),
            "unmark_sent": (("marked_sent", "marked_in_odoo", "first_sent_at"), ()),
            "responsible": (("own_responsible_id", "own_sender_id"), ()),
            "reschedule": ((), PLACE),
            "skip": ((), PLACE),
            "done": ((), PLACE),
            "dismiss": ((), PLACE),
            "send_now": ((), PLACE),
        }.get(act, ((), ()))

    @api.model
    def _look(self, act, schedules):
        """Return {schedule id: what it is now}, as far as an act may change it.

        Hook: rooms that add an act may look at more.
        """
        own, places = self._noted_fields(act)
        if not (own or places):
            return {}
        self.env.flush_all()
        seen = {schedule_id: {"own": {}, "steps": {}} for schedule_id in schedules.ids}
        for schedule_id, values in self._read_rows(schedules, SQL("id"), own):
            seen[schedule_id]["own"] = values
        steps = self.env["chasing.step"]
        rows = self._read_rows(steps, SQL("schedule_id"), ("id", *places), schedules.ids) if places else ()
        for schedule_id, values in rows:
            seen[schedule_id]["steps"][str(values.pop("id"))] = values
        return seen

    def _read_rows(self, records, key, names, ids=None):
        """Return [(key, {column: value as JSON has it})] of rows whose key is one of some ids."""
        pairs = SQL(", ").join(SQL("%s, %s", name, SQL.identifier(name)) for name in names)
        query = SQL(
            "SELECT %s, json_build_object(%s) FROM %s WHERE %s = ANY(%s)",
            key,
            pairs,
            SQL.identifier(records._table),
            key,
            records.ids if ids is None else ids,
        )
        return self.env.execute_query(query)

    @api.model
    def _note(self, run, column, before, after):
        """Note of which records an act changed what.

        :param column: the field that says which record it was
        :param before: what `_look` returned before it
        :param after: what it returned after it
        """
        rows = []
        for record_id, old in before.items():
            changed = [_changed_part(old, after[record_id]), _changed_part(after[record_id], old)]
            if any(changed[0].values()) or any(changed[1].values()):
                rows.append((run.id, record_id, *map(json.dumps, changed)))
        bulk_sql.insert(self, ("run_id", column, "before", "after"), rows)

    # ------------------------------------------------------------------ undoing

    def _rounds(self):
        """Yield these in parts in which no invoice and no customer stands twice, in their order."""
        seen, rounds = Counter(), defaultdict(list)
        for change in self:
            key = (change.schedule_id.id, change.partner_id.id)
            rounds[seen[key]].append(change.id)
            seen[key] += 1
        return [self.browse(ids) for _place, ids in sorted(rounds.items())]

    def _blocked_reasons(self):
        """Return {change: why its record keeps what it has}, of those whose record does."""
        if customers := self.partner_id:
            now = customers._chasing_look(self.run_id.act)
            return {
                change: self.env._("Changed since.")
                for change in self
                if _differs(change.after["own"], now[change.partner_id.id]["own"])
            }
        now = self._look(self.run_id.act, self.schedule_id)
        return {change: why for change in self if (why := change._blocked_reason(now[change.schedule_id.id]))}

    def _blocked_reason(self, now):
        """Return why an invoice keeps what it has, False if it is to have again what it had.

        Hook: rooms that add an act may judge it otherwise.
        """
        schedule, act = self.schedule_id, self.run_id.act
        if schedule.closure and not (schedule._is_booked_as_loss() or self._is_of_what_goes_anyway()):
            return reason_text(self.env, schedule.closure)
        if _differs(self.after["own"], now["own"]):
            return self.env._("Changed since.")
        if act == "resume" and not self._is_pause_to_come():
            return self.env._("Its pause would have ended by now.")
        return False if self._noted_fields(act)[0] else self._moved_since(now)

    def _is_of_what_goes_anyway(self):
        """Return whether only messages changed that go though the invoice is closed, as a copy does (R102)."""
        steps = self.env["chasing.step"].browse(map(int, self.after["steps"])).exists()
        return bool(steps) and not self.after["own"] and all(step._goes_anyway() for step in steps)

    def _is_pause_to_come(self):
        until = self.before["own"].get("paused_until")
        return not until or fields.Date.to_date(until) > clock.today(self.company_id)

    def _moved_since(self, now):
        """Return why a step cannot have its former place again, False if all can."""
        for step_id, after in self.after["steps"].items():
            before, current = self.before["steps"][step_id], now["steps"].get(step_id)
            if current != after:
                is_sent = current and current["state"] in ATTEMPTED and after["state"] != current["state"]
                return self.env._("It was sent since.") if is_sent else self.env._("Changed since.")
            if before["state"] in SCHEDULED and _instant(before["scheduled_at"]) < clock.now(self.env):
                return self.env._("Its former time has passed. Reschedule it, or send it now.")
        return False

    def _undo_methods(self):
        """Return {act: what takes it back of these, which are of one act}.

        Hook: rooms that add an act say here what undoes it.
        """
        moved = ("reschedule", "skip", "done", "dismiss")
        return {
            "pause": self._end_pauses,
            "resume": self._pause_again,
            "disable": lambda: self._restart("stopped"),
            "enable": self._stop_again,
            "cancel": lambda: self._restart("chasing_cancelled"),
            "mark_sent": self._unmark_or_mark,
            "unmark_sent": self._unmark_or_mark,
            "responsible": self._write_own,
            "send_now": self._call_back,
            **dict.fromkeys(moved, self._move_back),
        }

    def _give_back(self):
        """Give these records what they had, and note it on the invoices."""
        if not self:
            return
        if self.partner_id:
            self._give_back_to_customers()
            return
        schedules = self.schedule_id._as_collector()
        schedules._lock()
        undo = self.sudo()
        undo._undo_methods()[self.run_id.act]()
        schedules._log(self.env._("Undone: %(act)s.", act=self.run_id.display_name))

    def _give_back_to_customers(self):
        noted = {change.partner_id: change.before["own"] for change in self}
        text = self.env._("Undone: %(act)s.", act=self.run_id.display_name)
        self.partner_id._chasing_give_back(noted, text)

    def _write_own(self):
        """Give the schedules of these the values they had."""
        schedules = self.env["chasing.schedule"]
        groups = defaultdict(schedules.browse)
        for change in self:
            groups[json.dumps(change.before["own"], sort_keys=True)] |= change.schedule_id
        for values, group in groups.items():
            group.write(as_values(group, json.loads(values)))

    def _end_pauses(self):
        schedules = self.schedule_id
        self._let_go("paused", "paused_at")
        schedules._end_pause()
        self.env["chasing.hold"]._hold_steps(schedules)

    def _pause_again(self):
        self._put_back()
        self._write_own()
        self.env["chasing.hold"]._hold_steps(self.schedule_id)

    def _stop_again(self):
        schedules = self.schedule_id
        asking = self.filtered(lambda change: change.before["own"].get("is_reopened")).schedule_id
        asking._on_reopened()
        self._write_own()
        schedules.delivery_ids._withdraw()

    def _unmark_or_mark(self):
        schedules = self.schedule_id
        if self.run_id.act == "mark_sent":
            schedules._unmark_sent()
        else:
            schedules._mark_sent()
        self._write_own()

    def _restart(self, code):
        """Let chasing go on that was stopped or ended, with the steps that were to go then.

        :param code: the reason code of what was missed meanwhile
        """
        schedules = self.schedule_id
        schedules._on_settled()
        withdrawn = self._put_back()
        self._let_go(code, "stopped_at", withdrawn)
        self._write_own()
        schedules._filter_pause_over(clock.now(self.env))._end_pause()
        self.env["chasing.money"]._moved(moves=schedules.move_id.ids)
        self.env["chasing.instalment.run"]._follow(schedules, schedules.move_id._chasing_instalments())
        self.env["chasing.planner"]._replan(schedules)

    def _move_back(self):
        """Give steps the places and states they had."""
        self._put_back()
        self.env["chasing.planner"]._replan(self.schedule_id)

    def _call_back(self):
        """Take what a person has just sent out of the queues again, while all of it still waits there (R83)."""
        before = {int(step_id): values for change in self for step_id, values in change.before["steps"].items()}
        steps = self.env["chasing.step"].browse(before).exists()
        sent = steps.filtered(lambda step: step.state in ATTEMPTED and before[step.id]["state"] not in ATTEMPTED)
        sent.delivery_ids._withdraw()
        if any(step.state != "cancelled" for step in sent) or self._printed(sent):
            raise UserError(self.env._("It was sent since."))
        sent.delivery_ids.is_replaced = True
        for step in sent:
            step._take_place(**as_values(step, before[step.id]))
        self._move_back()

    def _put_back(self):
        """Give the steps that these changed what they had; what has changed since stays.

        :return: the ids of those that were under way, and are planned again
        """
        noted = {
            int(step_id): (before, change.after["steps"][step_id])
            for change in self
            for step_id, before in change.before["steps"].items()
        }
        steps, groups, withdrawn = self.env["chasing.step"].browse(noted).exists(), defaultdict(list), set()
        for step in steps - self._printed(steps):
            before, after = noted[step.id]
            if step.state != after["state"]:
                continue
            if before["state"] == "under_way":
                before = {**before, "state": "planned", "reason_code": None, "reason_values": None, "sent_at": None}
                withdrawn.add(step.id)
            groups[json.dumps(before, sort_keys=True)].append(step.id)
        for values, ids in groups.items():
            steps.browse(ids)._take_place(**as_values(steps, json.loads(values)))
        return withdrawn

    def _printed(self, steps):
        """Return those of which a letter was printed before it was withdrawn: its sheet may be posted all the same."""
        printed = self.env["chasing.letter"].search([
            ("delivery_id.step_id", "in", steps.ids),
            ("printed_at", "!=", False),
            ("state", "=", "cancelled"),
        ])
        return printed.delivery_id.step_id & steps

    def _let_go(self, code, since, withdrawn=frozenset()):
        """Let go what an act kept of these: what fell into it on this day goes, what is older was missed.

        :param code: the reason code of what was missed
        :param since: the field of the schedule that tells when it began
        :param withdrawn: the ids of steps whose messages it withdrew
        """
        now, policies, changes = clock.now(self.env), self.env["chasing.facts"]._policies(), []
        schedules = self.schedule_id
        facts = self.env["chasing.facts"]._steps(schedules)
        for schedule in schedules:
            policy = policies.of(schedule)
            changes += holds.undo(facts[schedule.id], code, policy, now, schedule[since] or now, withdrawn)
        schedules.step_ids._apply_changes(changes)


def _changed_part(these, others):
    """Return what of a record differs from what it was at another time."""
    own = {name: value for name, value in these["own"].items() if value != others["own"].get(name)}
    steps = {
        step_id: values
        for step_id, values in these["steps"].items()
        if step_id in others["steps"] and values != others["steps"][step_id]
    }
    return {"own": own, "steps": steps}


def _differs(noted, now):
    """Return whether what was noted is something else by now."""
    return any(now.get(name) != value for name, value in noted.items())


def _instant(text):
    return text and fields.Datetime.to_datetime(text.replace("T", " ")[:19])


def as_values(records, noted):
    """Return noted values as `write` takes them; what they referred to and was deleted is left out."""
    values = {}
    for name, value in noted.items():
        field = records._fields[name]
        if field.type == "datetime":
            value = _instant(value)
        elif field.type == "many2one" and value:
            value = records.env[field.comodel_name].browse(value).exists().id
        values[name] = value or False
    return values
