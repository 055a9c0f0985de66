"""Builders of acts on many: the dialog that asks, and the run that comes of it."""

from odoo.tests import Form

from .builders import ChasingCommon


class BulkCommon(ChasingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls.make_user("collector", "base.group_user,invoice_chasing.group_user")

    def dialog(self, invoices, act, **context):
        schedules = invoices.chasing_schedule_ids.with_context(**context)
        action = schedules.action_ask(act)
        return Form(self.env[action["res_model"]].browse(action["res_id"]))

    def do(self, invoices, act, **values):
        """Ask in the dialog, fill it in, do it; the run."""
        dialog = self.dialog(invoices, act)
        for name, value in values.items():
            dialog[name] = value
        dialog.save().action_do()
        self.env.cr.flush()
        return self.env["chasing.bulk.run"].search([], limit=1)
