from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..common import clock, formats
from ..common.wording import counted, invoices_text
from ..engine.states import OPEN_STATUSES

# So many of each kind are shown at once; the list behind has all.
SHOWN = 20
STEPS, CAUSES, SCHEDULES = (f"invoice_chasing.chasing_{name}_action" for name in ("step", "failure_cause", "schedule"))
TASKS = Domain([("state", "=", "waiting"), ("mode", "=", "task"), ("schedule_id.status", "in", OPEN_STATUSES)])
# What waits for a person -> (what it is, which of them, the screen that lists all, the screen's filter).
SECTIONS = {
    "approve": ("chasing.step", Domain("awaits_approval", "=", True), STEPS, "asking"),
    "tasks": ("chasing.step", TASKS, STEPS, "tasks"),
    "fix": ("chasing.failure.cause", Domain.TRUE, CAUSES, False),
    "expired": ("chasing.schedule", Domain("status", "=", "expired"), SCHEDULES, "expired"),
}


class ChasingToDo(models.AbstractModel):
    """Hold the morning queue: what waits for approval, what is to be put right, what no reminder moved (R95, R101).

    It has no records: who may read schedules is told of the own companies, and of their own invoices first.
    """

    _name = "chasing.to.do"
    _description = "To Do"

    @api.model
    def get_queue(self, mine=None):
        """Return what waits for a person, each kind with the first of its records.

        :param mine: whether only what the user is responsible for; None: yes if there is anything of the user's
        :return: {"mine": bool, "can_act": bool, "sections": [{"name", "title", "count", "rows"}], "chased": parts}
        """
        self.env["chasing.schedule"].check_access("read")
        is_mine = self._has_own() if mine is None else bool(mine)
        queue = self.with_context(chasing_mine=is_mine)
        sections = [section for name in SECTIONS if (section := queue._section(name))["count"]]
        return {
            "mine": is_mine,
            "can_act": self.env.user.has_group("invoice_chasing.group_user"),
            "sections": sections,
            # What goes on by itself while nobody is needed.
            "chased": [] if sections else self.env["chasing.dashboard"].get_chased(),
        }

    def _has_own(self):
        return bool(self.env["chasing.schedule"].search_count([("is_mine", "=", True), *self._open()], limit=1))

    def _open(self):
        return [("status", "in", OPEN_STATUSES), ("company_id", "in", self.env.companies.ids)]

    # ------------------------------------------------------------------ pages

    @api.model
    def action_open_all(self, name, mine=False):
        """Open the list of everything of a kind.

        :param name: a key of SECTIONS
        :param mine: whether only what the user is responsible for
        """
        _model, _domain, screen, wanted = self._place(name)
        action = self.env["ir.actions.act_window"]._for_xml_id(screen)
        if not wanted:
            name = self.env._("My Delivery Problems") if mine else action["name"]
            return {**action, "name": name, "context": {"chasing_mine": bool(mine)}}
        filters = (wanted, "is_mine") if mine else (wanted,)
        return {**action, "context": {f"search_default_{name}": 1 for name in filters}}

    @api.model
    def action_ask_all(self, mine=False):
        """Ask once before everything is sent that waits for approval (R52).

        :param mine: whether only what the user is responsible for
        """
        waiting = self.with_context(chasing_mine=bool(mine))._waiting("approve")
        return waiting.with_context(chasing_mine=False).action_ask_many("send_now")

    def _place(self, name):
        self.env["chasing.schedule"].check_access("read")
        if not isinstance(name, str) or name not in SECTIONS:
            raise UserError(self.env._("There is no page of that name."))
        return SECTIONS[name]

    def _domain(self, name):
        """Return what there is of a kind in the user's companies, of the user's own alone if those are asked for."""
        model, domain, _screen, _wanted = SECTIONS[name]
        domain &= Domain("company_id", "in", self.env.companies.ids)
        if self.env.context.get("chasing_mine") and model != "chasing.failure.cause":
            path = "is_mine" if model == "chasing.schedule" else "schedule_id.is_mine"
            domain &= Domain(path, "=", True)
        return domain

    def _waiting(self, name, limit=None):
        orders = {"chasing.step": "scheduled_at, id", "chasing.schedule": "amount_residual_signed desc, id"}
        model = SECTIONS[name][0]
        return self.env[model].search(self._domain(name), limit=limit, order=orders.get(model))

    # ------------------------------------------------------------------ what is shown

    def _section(self, name):
        records = self._waiting(name, SHOWN)
        count = self.env[records._name].search_count(self._domain(name)) if len(records) == SHOWN else len(records)
        rows = {
            "chasing.step": self._step_row,
            "chasing.failure.cause": self._cause_row,
            "chasing.schedule": self._expired_row,
        }[records._name]
        return {
            "name": name,
            "title": self._titles()[name],
            "count": count,
            "rows": [rows(record) for record in records],
        }

    def _titles(self):
        return {
            "approve": self.env._("Approve"),
            "tasks": self.env._("Do"),
            "fix": self.env._("Fix"),
            "expired": self.env._("Escalate or Close"),
        }

    def _step_row(self, step):
        now, timezone = clock.now(self.env), step.company_id._chasing_timezone()
        return {
            **self._invoice_row(step.schedule_id),
            "id": step.id,
            "what": " · ".join(filter(None, (step.step_label, step.channels_text))),
            "message": "" if step.mode == "task" else step.message_text or "",
            "to": step.to_text or "",
            "when": self.env._("since %(when)s", when=formats.instant(self.env, step.scheduled_at, timezone, now)),
            "problem": step.to_problem or step.schedule_id.hold_sentence or "",
            "acts": step.allowed,
        }

    def _expired_row(self, schedule):
        return {
            **self._invoice_row(schedule),
            "id": schedule.id,
            "why": schedule.status_reason or "",
            "when": schedule.last_contact_text or self.env._("nothing was sent"),
            "acts": schedule.allowed,
        }

    def _invoice_row(self, schedule):
        """Return what is told of an invoice, whatever it needs."""
        late = counted(self.env, schedule.days_late, self.env._("1 day late"), self.env._("%(count)s days late"))
        return {
            "model": "chasing.schedule",
            "schedule_id": schedule.id,
            "customer": schedule.partner_id.display_name,
            "invoice": schedule.move_id.name,
            "amount": formats.amount(self.env, schedule.amount_residual, schedule.currency_id),
            "late": late if schedule.days_late else "",
            "responsible": schedule.responsible_id.name or schedule.responsible_text or "",
        }

    def _cause_row(self, line):
        return {
            "id": line.id,
            "customer": line.partner_id.display_name or "",
            "cause": line.cause,
            "cure": line.cure_in,
            "messages": line._messages_text(),
            "invoices": invoices_text(self.env, line.invoice_count),
            "amount": formats.amount(self.env, line.amount, line.currency_id),
            "failed": line.failed_count,
            "inputs": line._inputs(),
        }
