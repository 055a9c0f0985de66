from odoo import models, tools
from odoo.tools.mail import email_normalize

from ..common.mail_header import format_sender


class ResCompany(models.Model):
    """Check before anything is sent whether e-mails can leave under the addresses that chasing uses (R85)."""

    _inherit = "res.company"

    def _chasing_sender_warnings(self, users):
        """Return sentences about what will not be as somebody expects of the sender of e-mails, the gravest first.

        :param users: those in whose name messages leave besides the company's
        """
        self.ensure_one()
        nameless = users.filtered(lambda user: not format_sender(user.name, user.email))
        return [
            *self._chasing_server_warnings(),
            *self._chasing_rewritten_warnings(users - nameless),
            *(
                self.env._("%(name)s has no e-mail address. The company's is used instead.", name=user.name)
                for user in nameless
            ),
        ]

    def _chasing_server_warnings(self):
        """Yield what is to be known where no mail server is set up in this database."""
        if not self.env["ir.mail_server"].sudo().search_count([], limit=1):
            yield self.env._(
                "No outgoing mail server is set up in Odoo. E-mails are sent through %(server)s, without a limit per "
                "minute or day.",
                server=tools.config["smtp_server"] or "localhost",
            )

    def _chasing_rewritten_warnings(self, users):
        """Yield which senders the mail server does not accept, and what customers see in their place.

        Odoo takes another address where no server is meant for the sender's.
        """
        senders = {user.name: format_sender(user.name, user.email) for user in users}
        servers = self.env["ir.mail_server"].sudo().with_company(self)
        for name, header in {self.name: self._chasing_sender(), **senders}.items():
            if not header:
                continue
            _server, used = servers._find_mail_server(header)
            if email_normalize(used) != email_normalize(header):
                yield self.env._(
                    "The mail server does not send as %(own)s: customers see %(used)s as the sender of %(name)s. Enter "
                    "the address or its domain in the mail server's FROM Filtering, or use another address.",
                    own=email_normalize(header),
                    used=email_normalize(used),
                    name=name,
                )
