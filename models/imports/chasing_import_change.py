import json

from odoo import api, fields, models

from ..common import bulk_sql, clock
from ..engine.states import CLOSED, ENDED, ONGOING

# What of an invoice's chasing a row may change: which cadence, whether it goes on, and where e-mails go.
CADENCE_COLUMNS = ("cadence_id", "assigned_by", "rule_id", "assignment_id", "chosen_none", "is_customised")
CONTACT_COLUMNS = ("use_own_contacts", "own_emails")
COLUMNS = (*CADENCE_COLUMNS, "lifecycle", *CONTACT_COLUMNS)
REFERENCES = ("cadence_id", "rule_id", "assignment_id")
# The acts of a row that change each of them.
CADENCE_ACTS = frozenset({"assign", "choose", "choose_none", "clear"})
SWITCH_ACTS = frozenset({"assign", "choose_none", "clear", "disable", "enable"})
CONTACT_ACTS = frozenset({"contacts", "customer_contacts"})
LINE_COLUMNS = ("import_id", "move_id", "message", "acts", "before", "after")


class ChasingImportChange(models.Model):
    """An invoice that an import changed, with what it had before and what it was given, so that it can be undone."""

    _name = "chasing.import.change"
    _description = "Invoice Changed by an Import"
    _rec_name = "move_id"
    _order = "id"
    _log_access = False

    import_id = fields.Many2one("chasing.import", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="move_id.company_id")
    move_id = fields.Many2one("account.move", "Invoice", required=True, ondelete="cascade", index=True)
    partner_id = fields.Many2one(related="move_id.partner_id", string="Customer")
    message = fields.Char("Change")
    acts = fields.Json(prefetch=False)
    before = fields.Json(prefetch=False, help="How it was chased before, with the steps it had; nothing: not at all.")
    after = fields.Json(prefetch=False)
    is_undone = fields.Boolean("Undone")
    kept_reason = fields.Char("Not Undone", help="Why the invoice keeps what the import gave it.")

    # ------------------------------------------------------------------ noting it

    @api.model
    def _standings(self, move_ids):
        """Return {move id: how it is chased, with the steps it has}, nothing for those that are not."""
        schedules = self.env["chasing.schedule"].search([("move_id", "in", move_ids)])
        plans, values = schedules._snapshot(), self._values(schedules)
        return {
            schedule.move_id.id: {**values[schedule.move_id.id], "plan": json.loads(plans[schedule.id])}
            for schedule in schedules
        }

    @api.model
    def _values(self, schedules):
        """Return {move id: what of its chasing a row may change, as JSON takes it}."""
        lines = schedules.read(["move_id", *COLUMNS], load=None)
        return {line["move_id"]: {name: line[name] for name in COLUMNS} for line in lines}

    @api.model
    def _note(self, record, findings, before):
        """Note what rows have just changed; it takes the place of what the same import noted earlier.

        :param record: the chasing.import
        :param findings: the Findings of the rows
        :param before: the `_standings` of their invoices before
        """
        done = [finding for finding in findings if finding.acts]
        move_ids = [finding.move_id for finding in done]
        self.search([("import_id", "=", record.id), ("move_id", "in", move_ids)]).unlink()
        after = self._values(self.env["chasing.schedule"].search([("move_id", "in", move_ids)]))
        rows = [
            (
                record.id,
                finding.move_id,
                finding.message,
                json.dumps([word for word, _value in finding.acts]),
                json.dumps(before.get(finding.move_id)),
                json.dumps(after[finding.move_id]),
            )
            for finding in done
        ]
        self.env.flush_all()
        bulk_sql.insert(self, LINE_COLUMNS, rows)

    # ------------------------------------------------------------------ undoing it

    def _changed_since(self):
        """Return what was changed on the invoice since, so that it keeps what it has; False if nothing was."""
        schedule, acts = self.move_id.chasing_schedule_ids, set(self.acts)
        if not schedule:
            return self.env._("It is not chased any more.")
        if schedule.closure in CLOSED or schedule.lifecycle in ENDED:
            return self.env._("The invoice was closed, or its chasing ended, since.")
        now = self._values(schedule)[self.move_id.id]
        if acts & CADENCE_ACTS and self._differs(now, CADENCE_COLUMNS):
            return self.env._("Its cadence was changed since.")
        if acts & SWITCH_ACTS and (now["lifecycle"] in ONGOING) != (self.after["lifecycle"] in ONGOING):
            return self.env._("Its chasing was enabled or disabled since.")
        if acts & CONTACT_ACTS and self._differs(now, CONTACT_COLUMNS):
            return self.env._("Its e-mail contacts were changed since.")
        return False

    def _differs(self, now, columns):
        return any((now[name] or False) != (self.after[name] or False) for name in columns)

    def _restore(self):
        """Give these invoices what they had; what was sent stays sent."""
        self.move_id.check_access("read")
        changes = self.sudo()
        for group in changes.grouped(lambda change: json.dumps([change.before, change.acts], sort_keys=True)).values():
            schedules, first = group.move_id.chasing_schedule_ids, group[0]
            schedules._log(self.env._("Import “%(name)s” undone.", name=first.import_id.display_name))
            if first.before and first.before["lifecycle"] != "by_hand":
                first._restore_on(schedules)
            else:
                schedules._leave_unchased()
        changes._mark_undone()

    def _mark_undone(self):
        """Let the rows say too that what they did was undone."""
        self.is_undone = True
        rows = [("import_id", "in", self.import_id.ids), ("move_id", "in", self.move_id.ids), ("is_done", "=", True)]
        self.env["chasing.import.line"].search(rows).is_undone = True

    def _restore_on(self, schedules):
        """Give these schedules what this one's invoice had."""
        before, acts = self.before, set(self.acts)
        if "assign" in acts:
            schedules._restore(before["plan"])
        if acts & SWITCH_ACTS:
            self._restore_lifecycle(schedules)
        if acts & CADENCE_ACTS:
            schedules.write(self._former_values())
        if acts & CONTACT_ACTS:
            emails = before["use_own_contacts"] and before["own_emails"]
            schedules._give_contacts(dict.fromkeys(schedules.move_id.ids, emails) if emails else {})

    def _restore_lifecycle(self, schedules):
        """Let these go on, stop or end as this one did."""
        lifecycle, former = self.before["lifecycle"], self._former_values()
        going = schedules.filtered(lambda schedule: schedule.lifecycle in ONGOING)
        if self.before["chosen_none"]:
            going._opt_out(former["assigned_by"], self.env["chasing.rule"].browse(former["rule_id"]))
        elif lifecycle in ENDED:
            schedules._end(lifecycle, "chasing_cancelled")
        elif lifecycle in ONGOING and schedules - going:
            (schedules - going)._start_again()
            (schedules - going).lifecycle = lifecycle
        elif lifecycle not in ONGOING and going:
            going._on_settled()
            going.write({"lifecycle": lifecycle, "stopped_at": clock.now(self.env)})
            going.delivery_ids._withdraw()

    def _former_values(self):
        """Return where the invoice's steps came from; what was deleted since is left out."""
        values = {name: self.before[name] for name in CADENCE_COLUMNS}
        schedules = self.env["chasing.schedule"]
        for name in REFERENCES:
            values[name] = self.env[schedules._fields[name].comodel_name].browse(values[name] or ()).exists().id
        return values
