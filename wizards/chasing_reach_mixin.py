from odoo import api, fields, models

from ..models.common.wording import counted
from ..models.engine.states import OPEN_STATUSES, UPCOMING

REACHES = [
    ("own", "This company and its branches"),
    ("selected", "All selected companies"),
]


class ChasingReachMixin(models.AbstractModel):
    """Ask in which companies something is said of customers, and tell which invoices that touches (R37).

    An heir is a dialog too, and says of whom: `_customers`.
    """

    _name = "chasing.reach.mixin"
    _description = "Asks In Which Companies"

    reach = fields.Selection(REACHES, "Applies to", required=True, default="own")
    is_reach_asked = fields.Boolean(compute="_compute_is_reach_asked")

    @api.depends_context("allowed_company_ids")
    def _compute_is_reach_asked(self):
        """Ask where more is selected than the current company and its branches (R37)."""
        others = self.env.companies - self.env.company - self.env.company._chasing_branches()
        self.is_reach_asked = bool(others)

    def _customers(self):
        """Return the customers of whom something is said."""
        raise NotImplementedError

    def _reached(self):
        """Return the companies, each with its branches, in which it is said of the customers (R37)."""
        companies = self.env.companies if self.reach == "selected" else self.env.company
        # What is said in a company is said in its branches.
        return companies.filtered(lambda company: company.sudo().parent_ids & companies == company)

    def _concerned(self, customers=None):
        """Return the invoices of these customers that are chased, in every company that is reached.

        :param customers: None: all that the dialog is about
        """
        customers = self._customers() if customers is None else customers
        companies = self._reached() | self._reached()._chasing_branches() & self.env.user.company_ids
        return (
            self.env["chasing.schedule"]
            .with_context(allowed_company_ids=companies.ids)
            .search([
                ("move_id.commercial_partner_id", "in", customers.ids),
                ("company_id", "in", companies.ids),
                ("status", "in", OPEN_STATUSES),
            ])
        )

    def _held_texts(self, schedules):
        """Return what becomes of the messages of what is held."""
        counts = self.with_env(schedules.env)._message_counts(schedules, UPCOMING)
        count = sum(sum(by_channel.values()) for by_channel in counts.values())
        one = self.env._("1 scheduled message will be paused.")
        many = self.env._("%(count)s scheduled messages will be paused.")
        return [
            count and counted(self.env, count, one, many),
            self._withdrawn_text(schedules),
            self._printed_text(schedules),
        ]
