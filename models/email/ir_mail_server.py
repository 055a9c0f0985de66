import smtplib

from odoo import api, fields, models
from odoo.addons.base.models.ir_mail_server import extract_rfc2822_addresses

from ..common import clock, trusted_context
from ..engine import addresses
from ..engine.pace import Pace

# What the providers publish, as (e-mails a minute, e-mails in 24 hours), 0 where they name no limit:
# Microsoft 365, of one mailbox, https://learn.microsoft.com/en-us/exchange/troubleshoot/send-emails/smtp-submission-improvements
# Google Workspace, of one user, in any 24 hours, https://support.google.com/a/answer/166852
# Amazon SES, of a new account until AWS raises it, https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
PUBLISHED = {
    "microsoft": (30, 10_000),
    "google": (0, 2_000),
    "ses": (60, 200),
}
LIMITS = [
    ("microsoft", "Microsoft 365"),
    ("google", "Google Workspace"),
    ("ses", "Amazon SES (New Account)"),
    ("own", "Own Limits"),
]
# Who may read mail servers at all.
ADMINISTRATORS = "base.group_system"
# Whoever waits for a server is judged anew when one of these changes.
BEARING = {"active", "chasing_per_day", "chasing_per_minute", "from_filter", "owner_user_id", "sequence"}


class IrMailServer(models.Model):
    """A mail server with how many e-mails of chasing it takes (R113)."""

    _inherit = "ir.mail_server"

    chasing_limits = fields.Selection(
        LIMITS,
        "Limits",
        compute="_compute_chasing_limits",
        inverse="_inverse_chasing_limits",
        readonly=False,
        groups=ADMINISTRATORS,
        help="Limits that the provider publishes, or your own. E-mails of chasing beyond them wait until the server "
        "takes more. Other e-mails are not counted.",
    )
    chasing_per_minute = fields.Integer("Messages per Minute", groups=ADMINISTRATORS, help="0 means no limit.")
    chasing_per_day = fields.Integer("Messages in 24 Hours", groups=ADMINISTRATORS, help="0 means no limit.")
    # Written by whoever hands over to a server that has limits, so that no two count at the same time.
    chasing_turn_at = fields.Datetime(readonly=True, groups=ADMINISTRATORS)
    _chasing_limits = models.Constraint(
        "CHECK (COALESCE(chasing_per_minute, 0) >= 0 AND COALESCE(chasing_per_day, 0) >= 0)",
        "The limits of a mail server must be 0 or more messages.",
    )

    @api.depends("chasing_per_minute", "chasing_per_day")
    def _compute_chasing_limits(self):
        """Name the provider whose limits these are."""
        names = {limits: name for name, limits in PUBLISHED.items()}
        for server in self:
            limits = server.chasing_per_minute, server.chasing_per_day
            server.chasing_limits = names.get(limits, "own") if any(limits) else False

    @api.onchange("chasing_limits")
    def _inverse_chasing_limits(self):
        """Take over what the chosen provider publishes; without a choice there is no limit."""
        for server in self.filtered(lambda server: server.chasing_limits != "own"):
            server.chasing_per_minute, server.chasing_per_day = PUBLISHED.get(server.chasing_limits, (0, 0))

    @api.model
    def send_email(self, message, *args, smtp_session=None, **options):
        """Hear whom a server refused of an e-mail of ours with copies: Odoo asks only whether it took any (R74)."""
        queue = trusted_context.get(self.env, "chasing_mail_queue")
        if queue and smtp_session and message["Cc"]:
            smtp_session = _Listener(smtp_session, queue)
        return super().send_email(message, *args, smtp_session=smtp_session, **options)

    def _chasing_pace(self):
        """Return the engine's Pace of this server, None if it takes whatever comes."""
        server = self.sudo()
        pace = Pace(server.chasing_per_minute, server.chasing_per_day)
        return pace if pace.limits else None

    @api.model_create_multi
    def create(self, vals_list):
        servers = super().create(vals_list)
        self._chasing_judge_all()
        return servers

    def write(self, vals):
        result = super().write(vals)
        if BEARING & vals.keys():
            self._chasing_judge_all()
        return result

    def unlink(self):
        self._chasing_judge_waiting()
        return super().unlink()

    @api.model
    def _chasing_judge_all(self):
        """Let the next run judge anew what waits for any server: another one may be chosen for it by now."""
        self.sudo().with_context(active_test=False).search([])._chasing_judge_waiting()

    def _chasing_judge_waiting(self):
        """Let the next run judge anew what waits for these servers."""
        steps = self.env["chasing.step"].sudo()
        waiting = steps.search([("mail_server_id", "in", self.ids), ("waits_until", "!=", False)])
        if waiting:
            self.env["chasing.pace"]._judge_anew(waiting, clock.now(self.env))
            self.env.ref("invoice_chasing.ir_cron_dispatch").sudo()._trigger()


class _Listener:
    """An SMTP session of Odoo's that hears which recipients of an e-mail with copies were refused.

    Where that is the one it is for, the e-mail has failed, although the copies have left.
    """

    def __init__(self, session, queue):
        self._session, self._queue = session, queue

    def __getattr__(self, name):
        return getattr(self._session, name)

    def send_message(self, message, *args, **options):
        refused = self._session.send_message(message, *args, **options)
        if not refused:
            return refused
        copies = extract_rfc2822_addresses(message["Cc"])
        lost = {address: said for address, said in refused.items() if address not in copies}
        self._queue.note_copies(map(addresses.normalise, refused), is_cc_sent=bool(lost))
        if lost:
            raise smtplib.SMTPRecipientsRefused(lost)
        return refused
