import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..common import batches, clock, formats, no_user_defaults, user_input
from ..common.errors import explain

_logger = logging.getLogger(__name__)
NOT_WRITTEN_OFF = {"write_off_move_id": False, "write_off_amount": 0, "write_off_reason": False}
WRITE_OFF_METHODS = [
    ("entry", "Bad-debt entry"),
    ("credit_note", "Credit note"),
    ("mark", "Mark only, nothing is booked"),
]


class ChasingSchedule(models.Model):
    """A schedule that ends elsewhere: with a debt collector, whom a dossier tells what was done, or as a loss (R41)."""

    _inherit = "chasing.schedule"

    dossier_id = fields.Many2one("ir.attachment", ondelete="set null", index="btree_not_null", readonly=True)
    is_dossier_wanted = fields.Boolean(readonly=True)
    # In the words of the ORM: PostgreSQL takes it for no other.
    _dossier_wanted = models.Index("(id) WHERE is_dossier_wanted IS TRUE")
    write_off_move_id = fields.Many2one(
        "account.move", "Write-off Entry", ondelete="set null", index="btree_not_null", readonly=True
    )
    write_off_amount = fields.Monetary("Written Off", readonly=True, aggregator=None)
    write_off_reason = fields.Char(readonly=True)

    @api.depends("write_off_move_id")
    def _compute_status(self):
        return super()._compute_status()

    def _is_booked_as_loss(self):
        return bool(self.write_off_move_id) or super()._is_booked_as_loss()

    def _stop_until_resumed(self):
        """Forget the write-off of these, too."""
        super()._stop_until_resumed()
        self.write(NOT_WRITTEN_OFF)

    def action_send_to_collections(self):
        """End chasing here and make the dossier; those of many are made in the background.

        A cadence that is applied again takes the invoice back.
        """
        schedules = self._allowed("collections")
        for part in schedules._in_chunks():
            part._end("collections", "collections")
            part.is_dossier_wanted = True
            part._log(self.env._("Sent to collections. The dossier is attached to the invoice."))
        if len(schedules) == 1:
            schedules._make_dossiers()
        else:
            self.env.ref("invoice_chasing.ir_cron_dossiers").sudo()._trigger()
        return True

    def action_download_dossier(self):
        """Download the dossier; it is made now if there is none yet."""
        self.ensure_one()
        schedule = self._as_collector()
        if schedule.lifecycle != "collections":
            raise UserError(self.env._("Only an invoice that was sent to collections has a dossier."))
        if not schedule.dossier_id:
            schedule._make_dossier()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{schedule.dossier_id.id}?download=true",
            "target": "download",
        }

    def _make_dossiers(self):
        """Make those that are wanted; one that cannot be made is noted on its invoice and keeps no other waiting."""
        for schedule in self:
            try:
                with self.env.cr.savepoint():
                    schedule._make_dossier()
            except psycopg2.OperationalError:
                raise
            except Exception as error:
                _logger.exception("No dossier of schedule %s", schedule.id)
                schedule.is_dossier_wanted = False
                schedule._log(self.env._("The dossier could not be created: %(error)s", error=explain(self.env, error)))

    def _make_dossier(self):
        if self.move_id.state != "posted":
            raise UserError(
                self.env._(
                    "%(invoice)s is not posted. Only a posted invoice has a dossier.",
                    invoice=self.move_id.display_name,
                )
            )
        company = self.company_id
        schedule = self.with_company(company).with_context(lang=company.partner_id.lang)
        name, content = self.env["chasing.dossier"]._make(schedule)
        self.dossier_id.unlink()
        attachment = no_user_defaults.create(
            self.env["ir.attachment"],
            {
                "name": name,
                "raw": content,
                "mimetype": "application/zip",
                "res_model": "account.move",
                "res_id": self.move_id.id,
            },
        )
        self.write({"dossier_id": attachment.id, "is_dossier_wanted": False})

    @api.model
    def _cron_dossiers(self):
        """Make the dossiers of many, one after the other."""
        wanted = [("is_dossier_wanted", "=", True)]

        def make(schedule):
            schedule._make_dossiers()
            return len(schedule)

        batches.run(self.env, lambda: self.search(wanted, limit=1), make, lambda: self.search_count(wanted))

    def _allowed_acts(self):
        """Add what ends chasing otherwise than by payment, and how that is taken back (R41)."""
        acts = super()._allowed_acts()
        if self.lifecycle == "collections":
            acts |= {"dossier"}
        if self.status == "written_off":
            acts |= {"take_back_write_off"}
        if not self.env.user.has_group("account.group_account_invoice"):
            acts -= {"write_off", "take_back_write_off"}
        return acts

    def _blocked_reason(self, act):
        """Say, too, why a write-off cannot be taken back."""
        if act == "take_back_write_off":
            return self.lifecycle != "written_off" and self.env._("It was not written off.")
        return super()._blocked_reason(act)

    def _check_accountant(self):
        if not (self.env.su or self.env.user.has_group("account.group_account_invoice")):
            raise AccessError(self.env._("Only accountants can write off invoices. Ask one of them."))

    def action_write_off(self, way="entry", day=None, account_id=None, reason=None):
        """Give these invoices up and book it (R41).

        :param way: `entry`: the balance becomes an expense; `credit_note`; `mark`: nothing is booked
        :param day: the date of what is booked, None: today
        :param account_id: the account of the expense, None: the company's
        :param reason: why, in a person's words
        """
        self._check_accountant()
        if not isinstance(way, str) or way not in dict(WRITE_OFF_METHODS):
            raise UserError(self.env._("Choose how it is written off: entry, credit_note or mark."))
        schedules = self._allowed("write_off")
        day, reason = user_input.parse_day(self.env, day), user_input.parse_reason(self.env, reason)
        schedules._lock()
        for company, group in schedules.grouped("company_id").items():
            group = group.with_company(company)
            group._write_off(way, day or clock.today(company), account_id, reason)
        return True

    def _write_off(self, way, day, account_id, reason):
        """Do what `action_write_off` does, for those of one company."""
        if way != "mark":
            self._check_period(way, day)
            self._check_day(day)
        account = self._write_off_account(account_id) if way == "entry" else None
        amounts = {schedule: schedule.move_id.amount_residual for schedule in self}
        # Chasing ends first: once it is booked, its steps would end as those of a paid invoice.
        self._end("written_off", "written_off")
        moves, booked = self.move_id.sudo(False), {}
        if way == "entry":
            booked = moves._chasing_book_loss(day, account, reason)
        elif way == "credit_note":
            booked = moves._chasing_credit(day, reason)
        for schedule in self:
            schedule.write({
                "write_off_move_id": booked.get(schedule.move_id.id),
                "write_off_amount": amounts[schedule],
                "write_off_reason": reason,
            })
        self._log({schedule.move_id.id: schedule._write_off_note() for schedule in self})

    def _check_period(self, way, day):
        """Refuse a day in a locked period: by itself Odoo would book on a later day."""
        company = self.env.company.sudo(False)
        locks = company._get_lock_date_violations(
            day, sale=way == "credit_note", purchase=False, tax=way == "credit_note"
        )
        if locks:
            raise UserError(
                self.env._(
                    "Nothing can be booked on %(day)s because the period is locked: %(locks)s. Choose a later date.",
                    day=formats.date(self.env, day),
                    locks=company._format_lock_dates(locks),
                )
            )

    def _check_day(self, day):
        """Refuse a day before the invoice, or ahead."""
        if day > clock.today(self.env.company):
            raise UserError(
                self.env._(
                    "%(day)s is in the future. Choose today or an earlier date.", day=formats.date(self.env, day)
                )
            )
        for move in self.move_id:
            if move.invoice_date and day < move.invoice_date:
                raise UserError(
                    self.env._(
                        "%(invoice)s is dated %(day)s. Choose that date or a later one.",
                        invoice=move.name,
                        day=formats.date(self.env, move.invoice_date),
                    )
                )

    def _write_off_account(self, account_id):
        """Return the expense account that was chosen, or the company's; a call from outside may name any."""
        if account_id:
            usable = [
                ("id", "=", account_id),
                ("company_ids", "parent_of", self.env.company.id),
                ("account_type", "=like", "expense%"),
            ]
            account = isinstance(account_id, int) and self.env["account.account"].search(usable)
            if not account:
                raise UserError(
                    self.env._(
                        "A bad debt cannot be booked to this account. Choose an expense account of %(company)s.",
                        company=self.env.company.name,
                    )
                )
            return account
        account = self.env.company.chasing_write_off_account_id
        if not account:
            raise UserError(
                self.env._("No account for write-offs is set. Choose one, or set it under Settings ▸ Chasing.")
            )
        return account

    def _write_off_note(self):
        amount = formats.amount(self.env, self.write_off_amount, self.currency_id)
        why = self.write_off_reason or self.env._("no reason given")
        if not self.write_off_move_id:
            return self.env._("Written off: %(amount)s (%(reason)s). Nothing was booked.", amount=amount, reason=why)
        return self.env._(
            "Written off: %(amount)s by %(entry)s (%(reason)s).",
            amount=amount,
            entry=self.write_off_move_id._get_html_link(),
            reason=why,
        )

    def action_take_back_write_off(self):
        """Reverse what was booked: the invoices are open again and ask whether chasing is to go on (R34, R41)."""
        self._check_accountant()
        schedules = self._as_collector().filtered(lambda schedule: schedule.lifecycle == "written_off")
        if not schedules:
            raise UserError(self.env._("There is no write-off to undo."))
        schedules._lock()
        for company, group in schedules.grouped("company_id").items():
            group.with_company(company)._reverse_write_off()
        marked = schedules.filtered(lambda schedule: schedule.lifecycle == "written_off")
        marked.filtered(lambda schedule: not schedule.closure)._on_reopened()
        marked.write({"lifecycle": "disabled", **NOT_WRITTEN_OFF})
        schedules._log(self.env._("The write-off was undone."))
        return True

    def _reverse_write_off(self):
        today = clock.today(self.env.company)
        entries = self.write_off_move_id.sudo(False)
        # An entry that was taken back to draft settles the invoice as before.
        drafts = entries.filtered(lambda move: move.state == "draft")
        drafts.line_ids.remove_move_reconcile()
        drafts.button_cancel()
        for entry in entries.filtered(lambda move: move.state == "posted"):
            day = max(today, entry.date)
            self._check_period("credit_note" if entry.is_invoice() else "entry", day)
            ref = self.env._("Write-off undone: %(entry)s", entry=entry.name)
            values = {"ref": ref, "date": day, "invoice_date": entry.is_invoice() and day}
            entry._reverse_moves([values], cancel=True)
        self.env.flush_all()
