"""Builders of assignments: rules, and cadences that are given to many."""

from .builders import ChasingCommon


class RuleCommon(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gentle = cls.make_cadence("Softly", [("after_due", 10, 9)])
        cls.firm = cls.make_cadence("Hard", [("after_due", 1, 9)])

    @classmethod
    def make_rule(cls, name, domain, cadence=None, **values):
        return cls.env["chasing.rule"].create({
            "name": name,
            "company_id": cls.company.id,
            "domain": repr(domain),
            "cadence_id": cadence.id if cadence else False,
            **values,
        })

    def chosen(self, invoice):
        schedule = invoice.chasing_schedule_id
        return schedule.cadence_id.name, schedule.assigned_by, schedule.rule_id.name


class AssignmentCommon(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls.make_user("collector", "base.group_user,invoice_chasing.group_user")
        cls.firm = cls.make_cadence("Hard", [("after_due", 1, 9)])

    def give(self, invoices, cadence=None):
        """A collector chooses a cadence for invoices in the dialog, None: no chasing; the act."""
        dialog = self.open(invoices.with_user(self.collector).action_chasing_assign(), self.collector)
        dialog.write({"cadence_id": cadence.id, "replaces": True} if cadence else {"stop": True})
        dialog.action_assign()
        self.env.cr.flush()
        return self.env["chasing.assignment"].search([], limit=1)

    def apply(self, cadence=None):
        """Apply a rule for every invoice; the act."""
        rule = self.env["chasing.rule"].create({"name": "All", "cadence_id": cadence.id if cadence else False})
        self.open(rule.action_apply()).action_assign()
        return self.env["chasing.assignment"].search([], limit=1)

    def open(self, action, user=None):
        return self.env["chasing.assign"].with_user(user or self.env.user).browse(action["res_id"])

    def cadences(self, invoices):
        return [invoice.chasing_cadence_id.name for invoice in invoices], invoices.mapped("chasing_status")
