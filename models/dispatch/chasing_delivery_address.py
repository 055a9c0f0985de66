from odoo import api, models
from odoo.tools import SQL

from .chasing_delivery import CAME_BACK


class ChasingDelivery(models.Model):
    """What is known of an address from what became of messages to it: whether they arrive (R60b)."""

    _inherit = "chasing.delivery"

    @api.model
    def _came_back(self, addresses):
        """{address: reason code} of those of these normalised addresses from which a message of ours came back, until
        one that was queued afterwards leaves and stays away, or somebody says that the address works. Only what was
        really tried tells: a report that names no message of ours is anybody's word."""
        self.flush_model(["address", "channel", "state", "failure_code", "address_works", "queued_at", "lost_at"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT address, max(failure_code) FROM chasing_delivery one
                    WHERE address = ANY(%s) AND failure_code = ANY(%s) AND address_works IS NOT TRUE
                        AND lost_at IS NOT NULL
                        AND NOT EXISTS (
                            SELECT FROM chasing_delivery later
                            WHERE later.address = one.address AND later.channel = one.channel
                                AND later.queued_at >= one.lost_at AND later.id > one.id
                                AND later.state IN ('sent', 'delivered')
                        )
                    GROUP BY address
                    """,
                    list(addresses),
                    list(CAME_BACK),
                )
            )
        )

    @api.model
    def _address_works(self, addresses):
        """Somebody says that messages arrive at these normalised addresses again."""
        lost = self.sudo().search([
            ("address", "in", list(addresses)),
            ("failure_code", "in", CAME_BACK),
            ("address_works", "=", False),
        ])
        if lost:
            lost.address_works = True
            self.env["res.partner"].invalidate_model(["chasing_bounced"])
            self.env["chasing.prediction"]._addresses_changed(lost.mapped("address"), lost.partner_id)

    def _predict_address(self):
        """What else was to go to these addresses will fail: it is predicted in the background (R96)."""
        if self:
            self.env["chasing.prediction"]._addresses_changed(
                self.mapped("address"), self.partner_id, in_background=True
            )

    def _returned(self, said):
        """The e-mails of these deliveries came back: Odoo's notifications say so, and through them we (R87).

        :param said: the text of the report
        """
        self.notification_id.filtered(lambda one: one.notification_status != "bounce").write({
            "notification_status": "bounce",
            "failure_type": "mail_bounce",
            "failure_reason": said,
        })
