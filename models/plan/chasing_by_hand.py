from odoo import api, models
from odoo.tools import SQL

from ..common import bulk_sql, clock
from ..engine import timeline


class ChasingByHand(models.AbstractModel):
    """The steps that a person asked for, beside whatever chases the invoice, if anything does (R102)."""

    _name = "chasing.by.hand"
    _description = "Plan of Messages Sent by Hand"

    @api.model
    def _attach(self, moves):
        """Give invoices that have no schedule one that carries nothing but what is sent by hand.

        They are not chased by it. Closed ones get one too: a copy may be sent of them.
        """
        given = {"assigned_by": "invoice", "send_on_issue": False, "lifecycle": "by_hand", "has_by_hand": True}
        no_cadence = self.env["chasing.cadence"].sudo()
        for company, group in moves.grouped("company_id").items():
            planner = self.env["chasing.planner"].with_company(company)
            planner._attach_company(group, company, no_cadence, given, even_closed=True)

    @api.model
    def _add(self, schedules, shared, own, links):
        """Give schedules one step each, and return these in the same order.

        :param shared: {column: value} of all of them
        :param own: {schedule: {column: value}} of each
        :param links: {name of a many2many field of the step: ids} of all of them
        """
        steps = self.env["chasing.step"]
        self.env.flush_all()
        rows = [
            {
                **shared,
                **own[schedule],
                "schedule_id": schedule.id,
                "run": schedule.run,
                "instalment": schedule.instalment,
                "is_by_hand": True,
            }
            for schedule in schedules
        ]
        steps = steps.browse(bulk_sql.insert_values(steps, rows))
        for name, ids in links.items():
            self._link(steps, name, ids)
        schedules.filtered(lambda schedule: not schedule.has_by_hand).has_by_hand = True
        schedules.modified(["step_ids"])
        self.env["chasing.planner"]._finish(schedules)
        return steps

    def _link(self, steps, name, ids):
        """Link all of these steps with records by a many2many field, in one statement."""
        field = steps._fields[name]
        if ids:
            self.env.execute_query(
                SQL(
                    "INSERT INTO %s (%s, %s) SELECT step, linked FROM unnest(%s) AS step, unnest(%s) AS linked"
                    " RETURNING 1",
                    SQL.identifier(field.relation),
                    SQL.identifier(field.column1),
                    SQL.identifier(field.column2),
                    steps.ids,
                    list(ids),
                )
            )

    @api.model
    def _plan_posted(self, schedules):
        """Give the drafts among the steps by hand of invoices that were just posted their dates (R31, R102)."""
        now, facts, changes = clock.now(self.env), self.env["chasing.facts"], []
        steps = facts._steps(schedules)
        for schedule, invoice, policy in facts._cases(schedules):
            asked_for = [step for step in steps[schedule.id] if step.by_hand]
            changes += timeline.replan(asked_for, invoice, policy, now)
        schedules.step_ids._apply_changes(changes)
        self.env["chasing.planner"]._finish(schedules)
