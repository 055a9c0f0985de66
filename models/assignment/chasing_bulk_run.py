from odoo import fields, models

CADENCE_ACTS = [("cadence_customer", "Set Customer Cadence")]


class ChasingBulkRun(models.Model):
    """Give many customers a cadence of their own at once (R37, R50).

    Invoices that are chased already follow only where somebody asked for it, each as a bulk assignment of this act.
    """

    _inherit = "chasing.bulk.run"

    act = fields.Selection(selection_add=CADENCE_ACTS, ondelete={act: "cascade" for act, _label in CADENCE_ACTS})
    assignment_ids = fields.One2many("chasing.assignment", "run_id", "Invoices That Follow", readonly=True)

    def _customer_methods(self, customers):
        methods = super()._customer_methods(customers)
        return {**methods, "cadence_customer": customers._chasing_choose_cadence}

    def _customer_texts(self):
        return {
            **super()._customer_texts(),
            "cadence_customer": (
                self.env._("Cadence of 1 customer set."),
                self.env._("Cadence of %(count)s customers set."),
            ),
        }

    def action_undo(self):
        """Undo these acts, and give the invoices that followed what they had before."""
        assignments = self.assignment_ids.filtered(lambda assignment: not assignment.undone_at)
        result = super().action_undo()
        if assignments:
            assignments.action_undo()
        return result
