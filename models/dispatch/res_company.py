from odoo import fields, models
from odoo.exceptions import AccessError

from ..common import formats
from ..common.user_groups import INTERNAL_USERS
from ..common.wording import counted, invoices_text


class ResCompany(models.Model):
    _inherit = "res.company"

    chasing_run_limit = fields.Integer(
        "Maximum Messages per Run",
        groups=INTERNAL_USERS,
        default=500,
        help="A run that would send more messages than this waits until a chasing manager releases it.",
    )
    _chasing_run_limit = models.Constraint(
        "CHECK (chasing_run_limit > 0)",
        "The maximum messages per run must be at least 1.",
    )

    def _chasing_tell_brake(self, invoices, messages):
        """Tell the company's chasing managers that a run waits for their click (R47)."""
        self.ensure_one()
        managers = self._chasing_managers()
        text = counted(
            self.env,
            messages,
            self.env._(
                "%(company)s: 1 message of %(invoices)s is held. A run sends at most %(limit)s messages. Check them "
                "under Invoicing ▸ Chasing, then release them."
            ),
            self.env._(
                "%(company)s: %(count)s messages of %(invoices)s are held. A run sends at most %(limit)s messages. "
                "Check them under Invoicing ▸ Chasing, then release them."
            ),
            company=self.name,
            invoices=invoices_text(self.env, invoices),
            limit=formats.number(self.env, self.chasing_run_limit),
        )
        managers._bus_send(
            "simple_notification",
            {"type": "warning", "title": self.env._("Chasing messages are held"), "message": text, "sticky": True},
        )
        self.partner_id._message_log(body=text)

    def action_chasing_release_brake(self):
        """Let go what the brake holds (R47)."""
        # Who may let it go need not be allowed to change companies.
        self.check_access("read")
        if not self.env.user.has_group("invoice_chasing.group_manager"):
            raise AccessError(self.env._("Only chasing managers can release held messages."))
        self.env["chasing.brake"]._release(self)
        self.env.ref("invoice_chasing.ir_cron_dispatch")._trigger()
        return True
