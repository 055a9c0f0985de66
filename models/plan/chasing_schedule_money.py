from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

RECHECK = timedelta(hours=1)
MONEY_HOLDS = ("unapplied_payment", "payment_pending", "announced_payment")
ONLINE_PAYMENTS = ("move_id.transaction_ids.state", "move_id.transaction_ids.is_post_processed")


class ChasingSchedule(models.Model):
    """Money that covers the invoice and that nobody has applied (R45): held as soon as it is there, let go as soon as
    it goes."""

    _inherit = "chasing.schedule"

    money_hold = fields.Char(readonly=True)
    money_until = fields.Datetime(readonly=True)
    recheck_at = fields.Datetime(readonly=True)
    has_online_payment = fields.Boolean(compute="_compute_has_online_payment", store=True)

    _money_held = models.Index("(company_id) WHERE money_hold IS NOT NULL")

    @api.depends(lambda self: ONLINE_PAYMENTS if "transaction_ids" in self.env["account.move"]._fields else ())
    def _compute_has_online_payment(self):
        """A payment online comes, fails or is booked without the invoice being told."""
        for schedule in self:
            payments = schedule.move_id["transaction_ids"] if "transaction_ids" in schedule.move_id._fields else ()
            schedule.has_online_payment = any(one.state in ("pending", "authorized") for one in payments)
        self.env["chasing.money"]._moved(moves=self.move_id.ids)

    def _check_money(self, now):
        """Hold those whose balance is covered by money in flight, let go those it no longer covers."""
        self.flush_model(["move_id", "money_hold"])
        # whoever has no money and is not held is not read: they may be very many
        rows = self.env.execute_query(
            SQL("SELECT id, move_id, money_hold IS NOT NULL FROM chasing_schedule WHERE id = ANY(%s)", self.ids)
        )
        moves = self.env["account.move"].browse(move_id for _id, move_id, _is_held in rows)
        holds = self.env["chasing.money"]._holds(moves, now)
        for schedule in self.browse(row_id for row_id, move_id, is_held in rows if is_held or move_id in holds):
            hold = holds.get(schedule.move_id.id)
            if not hold and schedule.money_hold:
                # when it was to end stays known: what was missed is told by it (R35b)
                schedule.write({"money_hold": False, "hold_values": False, "recheck_at": False})
            elif hold and not schedule._is_held_by(hold, now):
                schedule.write({
                    "money_hold": hold.code,
                    "hold_values": hold.values,
                    "money_until": hold.until,
                    "recheck_at": min(now + RECHECK, hold.until or now + RECHECK),
                })

    def _is_held_by(self, hold, now):
        """Whether all that is to say of a hold by money is written down already, and not to be looked at again yet."""
        known = (self.money_hold, self.hold_values or {}, self.money_until or None)
        return known == (hold.code, hold.values, hold.until) and self.recheck_at and self.recheck_at > now

    def _hold_ended_at(self, code, now):
        """The UTC instant at which a hold that is no more ended: by itself, or now (R35b).

        :param code: its reason code
        """
        by_itself = code in MONEY_HOLDS and self.money_until and self.money_until < now
        return self.money_until if by_itself else now
