from datetime import timedelta

from odoo import api, models
from odoo.addons.sms.tools.sms_api import SmsApi
from odoo.tools import SQL, split_every

from ..common import clock

# Longer than any provider is waited for.
UNANSWERED = timedelta(minutes=15)
LOOK_AGAIN = timedelta(minutes=20)


class SmsSms(models.Model):
    """Make Odoo's queue safe: several companies do not break it, and an SMS of ours never leaves twice (R80, R81).

    Odoo commits after a call to the provider only; ours are committed as being sent before it.
    """

    _inherit = "sms.sms"

    def _chasing_deliveries(self):
        return self.env["chasing.delivery"].sudo().search([("notification_id.sms_id_int", "in", self.ids)])

    def _chasing_ours(self):
        """Return those that belong to deliveries."""
        ids = set(self._chasing_deliveries().notification_id.mapped("sms_id_int"))
        return self.filtered(lambda sms: sms.id in ids)

    # ------------------------------------------------------------------ sending

    @api.model
    def _process_queue(self):
        self._chasing_note_unanswered()
        return super()._process_queue()

    def _chasing_note_unanswered(self):
        """Fail what a process left that ended between call and answer, so that it waits for a person.

        Nobody knows whether it is gone.
        """
        lost = self.search([
            ("state", "=", "process"),
            ("to_delete", "!=", True),
            ("write_date", "<", clock.now(self.env) - UNANSWERED),
        ])
        lost._chasing_ours().try_lock_for_update().action_set_error("sms_server")

    def send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        """Let ours leave through the queue alone, also if somebody presses *Send now*."""
        ours = self._chasing_ours()
        if ours:
            self.env.ref("sms.ir_cron_sms_scheduler_action")._trigger()
        return super(SmsSms, self - ours).send(
            unlink_failed=unlink_failed, unlink_sent=unlink_sent, raise_exception=raise_exception
        )

    def _send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        """Send company by company, each with its own provider and account.

        Odoo's queue hands over what it finds, and then asks for the one company of all.
        """
        result = None
        for sms in self._chasing_calls():
            result = super(SmsSms, sms)._send(
                unlink_failed=unlink_failed, unlink_sent=unlink_sent, raise_exception=raise_exception
            )
        return result

    def _chasing_calls(self):
        """Return these SMS in the groups that are sent one after the other; ours last, for sending them commits."""
        ours = self._chasing_ours()
        yield from (self - ours)._chasing_by_company()
        if ours:
            yield from ours._chasing_going()

    def _chasing_by_company(self):
        """Return these SMS in groups of one company, each in the company's environment."""
        groups = self.grouped(lambda sms: sms._get_sms_company())
        return [sms.with_company(company) for company, sms in groups.items()]

    def _chasing_going(self):
        """Return as many of ours at a time as the provider takes in one call: a lost answer leaves no others in doubt.

        What became of them is committed before the next go.
        """
        queue, left = self.env.ref("sms.ir_cron_sms_scheduler_action"), len(self)
        queue._trigger(clock.now(self.env) + LOOK_AGAIN)
        for chunk in self._chasing_chunks():
            left -= len(chunk)
            if going := chunk._chasing_mark_going():
                yield going
            if not self.env["ir.cron"]._commit_progress(len(chunk), remaining=left) and left:
                queue._trigger()
                return

    def _chasing_chunks(self):
        """Return one call to the provider each: only Odoo's own service takes several SMS in one."""
        for sms in self._chasing_by_company():
            takes_many = issubclass(sms.env.company._get_sms_api_class(), SmsApi)
            yield from split_every(len(sms) if takes_many else 1, sms.ids, sms.browse)

    def _chasing_mark_going(self):
        """Commit that these are being sent, then lock them.

        Whatever happens from here on, nobody sends them again and nobody changes what the answer is written to.

        :return: those that are still to be sent
        """
        waiting = self.try_lock_for_update().filtered(lambda sms: sms.state == "outgoing" and not sms.to_delete)
        waiting.state = "process"
        self.env["ir.cron"]._commit_progress()
        deliveries = waiting._chasing_deliveries()
        for records in (waiting, deliveries.notification_id, deliveries):
            self.env.execute_query(
                SQL(
                    "SELECT id FROM %s WHERE id = ANY(%s) FOR NO KEY UPDATE",
                    SQL.identifier(records._table),
                    records.ids,
                )
            )
        return waiting.filtered(lambda sms: sms.state == "process")

    # ------------------------------------------------------------------ what people do with the queue

    def action_set_outgoing(self):
        self._chasing_deliveries()._check_may_resend()
        return super().action_set_outgoing()

    def resend_failed(self):
        self._chasing_deliveries()._check_may_resend()
        return super().resend_failed()

    def unlink(self):
        """Take what is deleted while it waited for cancelled."""
        deliveries = self.filtered(lambda sms: sms.state == "outgoing")._chasing_deliveries()
        result = super().unlink()
        deliveries._cancel_notifications()
        return result
