from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_amount, format_date
from odoo.tools.misc import split_every

from ..common import clock
from ..policy.res_partner import SAID

# how many invoices are worked on at once: enough for one statement to pay, few enough to stay in memory
CHUNK = 2000
# what tells whose money an entry is, and which of a customer's invoices it covers
BEARING_ON_MONEY = frozenset({
    "state",
    "partner_id",
    "invoice_date_due",
    "ref",
    "payment_reference",
    "reversed_entry_id",
})
FACT_FIELDS = [
    "state",
    "move_type",
    "payment_state",
    "amount_residual",
    "amount_residual_signed",
    "currency_id",
    "company_id",
    "partner_id",
    "commercial_partner_id",
    "invoice_date",
    "invoice_date_due",
    "is_move_sent",
]


class AccountMove(models.Model):
    _inherit = "account.move"

    # ------------------------------------------------------------------ facts for the engine

    def _chasing_closures(self):
        """{move id: why nothing is due} of these moves, False while something is (R32, R33)."""
        self.fetch(FACT_FIELDS)
        return {move.id: move._chasing_closure() for move in self}

    def _chasing_closure(self):
        if self.state == "draft":
            return "draft"
        if self.state == "cancel":
            return "cancelled"
        if self.payment_state == "reversed":
            return "reversed"
        if self.currency_id.is_zero(self.amount_residual):
            return "paid"
        return False

    def _chasing_no_followup_ids(self):
        """Ids of those whose receivable lines are excluded from follow-up, Odoo's own switch (R35)."""
        Line = self.env["account.move.line"]
        lines = Line._search(
            [
                ("move_id", "in", self.ids),
                ("account_type", "=", "asset_receivable"),
                ("no_followup", "=", True),
            ],
            bypass_access=True,
        )
        return {move_id for (move_id,) in self.env.execute_query(lines.select(SQL.identifier(lines.table, "move_id")))}

    def _chasing_holds(self):
        """{move id: reason code} of those held by a switch of Odoo's own, because their company does not chase, or not
        so little (R35, R46b, R47); a schedule's own pause and money in flight come on top."""
        self.fetch(FACT_FIELDS)
        excluded, minimums = self._chasing_no_followup_ids(), self.company_id._chasing_minimums()
        for company, moves in self.grouped("company_id").items():
            # what is said of them is read for all of them at once
            (moves.commercial_partner_id | moves.partner_id).with_company(company).fetch(SAID)
        holds = {}
        for move in self:
            customers = move._chasing_customers()
            if not move.company_id.chasing_enabled:
                holds[move.id] = "company_off"
            elif any(customer.chasing_excluded for customer in customers):
                holds[move.id] = "customer_excluded"
            elif any(customer.chasing_paused for customer in customers):
                holds[move.id] = "customer_paused"
            elif move.payment_state == "blocked":
                holds[move.id] = "blocked"
            elif move.id in excluded:
                holds[move.id] = "no_followup"
            elif move._chasing_is_below(minimums):
                holds[move.id] = "below_minimum"
        return holds

    def _chasing_customers(self):
        """The customer of this invoice, and the contact it is for, who was a customer by itself before it belonged to a
        company and is still what it was told to be; with what is said of them in the invoice's company (R37)."""
        return (self.commercial_partner_id | self.partner_id).with_company(self.company_id)

    def _chasing_is_below(self, minimums):
        """Whether the open balance is below what the company chases: in the invoice's currency if it has a minimum in
        that, else in its own (R46b).

        :param minimums: {(company id, currency id): amount}
        """
        company, currency, balance = self.company_id, self.currency_id, self.amount_residual
        if (company.id, currency.id) not in minimums:
            currency, balance = company.currency_id, self.amount_residual_signed
        return currency.compare_amounts(balance, minimums.get((company.id, currency.id), 0)) < 0

    def _chasing_is_chaseable(self):
        """R30: a customer invoice that is a draft or posted."""
        self.ensure_one()
        return self.move_type == "out_invoice" and self.state in ("draft", "posted")

    def _chasing_invoice_contacts(self):
        """{move id: partners} a message about it goes to by default (R60)."""
        return self.env["chasing.address.book"]._default_contacts(self)

    def _chasing_pdfs(self):
        """{move id: attachment id} of the official PDF of those that have one."""
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search_fetch(
                [
                    ("res_model", "=", "account.move"),
                    ("res_id", "in", self.ids),
                    ("res_field", "=", "invoice_pdf_report_file"),
                ],
                # the model is what creating a message asks every attachment for, one by one
                ["res_model", "res_id"],
            )
        )
        return {attachment.res_id: attachment.id for attachment in attachments}

    def _chasing_without_documents(self):
        """Those that have no official PDF yet."""
        pdfs = self._chasing_pdfs()
        return self.filtered(lambda move: move.id not in pdfs and move.state == "posted")

    def _chasing_mailed_at(self):
        """{move id: UTC instant} of the last e-mail about it that its customer got from Odoo itself, of those that were
        sent before they had a schedule (R9, R17)."""
        sent = self.filtered("is_move_sent")
        if not sent:
            return {}
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT a.id, max(m.date)
                    FROM account_move a
                    JOIN mail_message m ON m.model = 'account.move' AND m.res_id = a.id
                    JOIN mail_notification n ON n.mail_message_id = m.id
                    JOIN res_partner p ON p.id = n.res_partner_id
                    WHERE a.id = ANY(%s) AND p.commercial_partner_id = a.commercial_partner_id
                        AND n.notification_type = 'email'
                        AND n.notification_status NOT IN ('exception', 'bounce', 'canceled')
                    GROUP BY a.id
                    """,
                    sent.ids,
                    to_flush=sent._fields["commercial_partner_id"],
                )
            )
        )

    def _chasing_ensure_tokens(self):
        """Give every invoice the token its portal link needs, in one statement: Odoo's own way writes invoice by
        invoice, each through the whole of an invoice's write."""
        missing = self.filtered(lambda move: not move.access_token)
        if missing:
            self.env.execute_query(
                SQL(
                    "UPDATE account_move SET access_token = gen_random_uuid()::text"
                    " WHERE id = ANY(%s) AND access_token IS NULL RETURNING id",
                    missing.ids,
                )
            )
            missing.invalidate_recordset(["access_token"])

    def _chasing_message_values(self, now):
        """What a message tells about this invoice, as it is at `now` (R7, R72)."""
        self.ensure_one()
        move = clock.at(self, now)
        return {
            "move": move,
            "company": self.company_id,
            "asked": move._chasing_asked()[self.id],
            "paid": self.chasing_paid_amount,
            "credited": self.chasing_credited_amount,
            "bank_account": self._chasing_bank_account(),
            "url": self.get_base_url() + self.get_portal_url(),
            "format_date": lambda day: format_date(self.env, day),
            "format_amount": lambda amount: format_amount(self.env, amount, self.currency_id),
        }

    def _chasing_bank_account(self):
        """The account to pay to: the invoice's, or where that was archived another that our company trusts and that
        takes the invoice's currency, if there is one (R72)."""
        chosen = self.partner_bank_id
        if not chosen or chosen.active:
            return chosen
        return chosen.partner_id.bank_ids.filtered(
            lambda one: one.active
            and one.allow_out_payment
            and (one.currency_id or self.currency_id) == self.currency_id
            and (one.company_id or self.company_id) == self.company_id
        )[:1]

    # ------------------------------------------------------------------ when chasing starts and stops

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted._chasing_posted()
        return posted

    def _chasing_posted(self):
        """R31, R50: give the cadence that precedence gives now; plan the schedules that drafts carry."""
        invoices = self.filtered(lambda move: move.move_type == "out_invoice").sudo()
        drafts = self.env["chasing.schedule"].sudo().search([("move_id", "in", invoices.ids)])
        automatic = drafts.filtered(lambda one: one._is_automatic())
        for company, moves in (invoices - (drafts - automatic).move_id).grouped("company_id").items():
            young = moves.filtered(lambda move: not move.company_id._chasing_is_before_start(move.invoice_date))
            if company.chasing_enabled:
                (young & automatic.move_id)._chasing_choose_again()
                (young - drafts.move_id)._chasing_attach_chosen()
        drafts._plan_posted()

    def _chasing_choose_again(self):
        """What gave these their cadence may not do so any more: their customer, amount or lines were changed while they
        were drafts (R50, R51). The default is handed out once (R20)."""
        for choice, moves in self._chasing_choices().items():
            schedules = moves.chasing_schedule_ids.filtered(
                lambda one, choice=choice: choice != (one.cadence_id, one.assigned_by, one.rule_id)
                and not one.assigned_by == choice.assigned_by == "default"
            )
            if choice.cadence:
                schedules._apply_cadence(choice.cadence, choice.assigned_by, choice.rule)
            elif choice.rule:
                schedules._choose_none("rule", choice.rule)

    def _chasing_attach_chosen(self, send_on_issue=None, asked=False):
        """Give invoices without a schedule the cadence that precedence gives them (R50).

        :param asked: a person asked for it: one that precedence gives nothing gets a schedule without any step, to
            start from
        """
        planner = self.env["chasing.planner"].sudo()
        for choice, moves in self._chasing_choices().items():
            if choice.cadence:
                planner._attach(moves, choice.cadence, choice.assigned_by, send_on_issue, rule=choice.rule)
            elif asked:
                planner._attach(moves, choice.cadence, "invoice", send_on_issue)

    def write(self, vals):
        """R51: rules that are asked when an invoice changes; R30: what becomes a credit note is not chased; R45: an
        entry or an invoice comes, goes, becomes another customer's, or is due before another."""
        if vals.get("state", "posted") != "posted":
            self._chasing_money_goes()
        result = super().write(vals)
        if not BEARING_ON_MONEY.isdisjoint(vals):
            self._chasing_money_moved("state" in vals)
        if "move_type" in vals:
            others = self.filtered(lambda move: move.move_type != "out_invoice")
            others.sudo().chasing_schedule_ids._forget()
        for company, moves in self.filtered(lambda move: move.move_type == "out_invoice").grouped("company_id").items():
            if not self.env["chasing.rule"]._update_fields(company.id).isdisjoint(vals):
                moves._chasing_ask_rules()
        return result

    def _chasing_money_moved(self, even_drafts=False):
        concerned = self if even_drafts else self.filtered(lambda move: move.state == "posted")
        if concerned:
            self.env["chasing.money"]._moved(moves=concerned.ids)

    def unlink(self):
        """R45: an entry that is deleted takes its money with it; if it was posted when this transaction began, as that
        of a bank line or a receipt may be, nothing else tells."""
        self._chasing_money_goes()
        return super().unlink()

    def _chasing_money_goes(self):
        """What these covered may be another customer's when the transaction ends, or not to be asked any more."""
        self.env["chasing.money"]._moved(companies=self.company_id.ids)

    def _chasing_ask_rules(self):
        """Give posted invoices what the first rule that matches says, if it is one that is asked when an invoice
        changes, unless a person or the customer decided (R51). What no rule matches keeps what it has (R21)."""
        moves = self.sudo()
        moves.fetch(FACT_FIELDS)
        moves = moves.filtered(lambda move: move.state == "posted" and not move._chasing_is_closed())
        schedules = moves.chasing_schedule_ids
        fixed = schedules.filtered(lambda one: one.assigned_by == "customer" or not one._is_automatic())
        moves = moves.filtered(
            lambda move: move.company_id.chasing_enabled
            and not move.company_id._chasing_is_before_start(move.invoice_date)
        )
        for choice, group in (moves - fixed.move_id)._chasing_choices().items():
            if choice.rule.on_update:
                group._chasing_follow(choice.rule)

    def _chasing_follow(self, rule):
        """Turn these invoices' chasing into what a rule says; what already is so stays untouched."""
        schedules, cadence = self.chasing_schedule_ids, rule.cadence_id
        if cadence:
            changed = self - schedules.filtered(lambda one: one.cadence_id == cadence).move_id
        else:
            changed = schedules.filtered(lambda one: not one.chosen_none).move_id
        if changed:
            changed._chasing_assign_chosen(cadence, rule, None)

    def action_chasing_enable(self):
        """Enable chasing on these invoices. Those that are chased keep their schedule, one that was stopped goes on
        (R36); the others get the default cadence, or a schedule without any step to start from (R50)."""
        chased = self.env["chasing.schedule"].search([
            ("move_id", "in", self.ids),
            ("lifecycle", "!=", "cancelled"),
            ("closure", "=", False),
        ])
        stopped = chased.filtered(lambda schedule: schedule.lifecycle == "disabled")
        if stopped:
            stopped.action_enable()
        return (self - chased.move_id)._chasing_assign()

    def _chasing_assign(self, cadence=None, send_on_issue=None):
        """Give these invoices a cadence, by hand.

        :param cadence: one chasing.cadence, or None to choose it by precedence (R50)
        :param send_on_issue: whether those older than the company's starting date get their on-issue message too (R46)
        :return: a summary: {"assigned": invoices that got it, "left": those that could not, "planned": steps to send,
            "skipped": steps skipped as past, "first_at": the first instant}
        """
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group("invoice_chasing.group_user")):
            raise AccessError(self.env._("Only users who may chase invoices can choose a cadence."))
        if cadence:
            cadence.sudo()._check_usable_in(self.company_id)
        parts = [self.browse(ids)._chasing_assign_part(cadence, send_on_issue) for ids in split_every(CHUNK, self.ids)]
        return {
            **{word: sum(part[word] for part in parts) for word in ("assigned", "left", "planned", "skipped")},
            "first_at": min((part["first_at"] for part in parts if part["first_at"]), default=False),
        }

    def _chasing_assign_part(self, cadence, send_on_issue):
        """`_chasing_assign` for as many as fit into memory at once."""
        # of a hundred columns these are needed, and nothing of the part before
        self.env.invalidate_all()
        moves = self.sudo()
        moves.fetch(FACT_FIELDS)
        chaseable = moves.filtered(lambda move: move._chasing_is_chaseable() and not move._chasing_is_closed())
        with_schedule = self.env["chasing.schedule"].sudo().search([("move_id", "in", chaseable.ids)])
        for company, fresh in (chaseable - with_schedule.move_id).grouped("company_id").items():
            if cadence:
                self.env["chasing.planner"].sudo()._attach(fresh, cadence.sudo(), "invoice", send_on_issue)
            else:
                fresh.with_company(company)._chasing_attach_chosen(send_on_issue, asked=True)
        if cadence:
            with_schedule._apply_cadence(cadence, send_on_issue=send_on_issue)
        else:
            for choice, group in with_schedule.move_id._chasing_choices().items():
                if choice.cadence:
                    group.chasing_schedule_ids._apply_cadence(
                        choice.cadence, choice.assigned_by, choice.rule, send_on_issue
                    )
        return chaseable._chasing_summary(left=self - chaseable)

    def _chasing_assign_chosen(self, cadence, rule, send_on_issue):
        """Give these invoices, all of which can be chased, a cadence that a rule or a person chose, or *no chasing*: an
        empty one (R50, R52)."""
        moves = self.sudo()
        schedules = moves.chasing_schedule_ids
        assigned_by = "rule" if rule else "invoice"
        if cadence:
            schedules._apply_cadence(cadence, assigned_by, rule, send_on_issue)
        self.env["chasing.planner"].sudo()._attach(
            moves - schedules.move_id, cadence.sudo(), assigned_by, send_on_issue, rule=rule
        )
        if not cadence:
            moves.chasing_schedule_ids._choose_none(assigned_by, rule)

    def _chasing_summary(self, left):
        steps = (
            self.env["chasing.step"]
            .sudo()
            ._read_group(
                [("schedule_id.move_id", "in", self.ids), ("state", "in", ("planned", "held", "draft", "skipped"))],
                ["state"],
                ["__count", "scheduled_at:min"],
            )
        )
        counts = {state: (count, first) for state, count, first in steps}
        return {
            "assigned": len(self),
            "left": len(left),
            "planned": sum(counts.get(state, (0,))[0] for state in ("planned", "held", "draft")),
            "skipped": counts.get("skipped", (0,))[0],
            "first_at": counts.get("planned", (0, False))[1],
        }

    def _chasing_is_closed(self):
        """Whether there is nothing to chase: nothing is due, or it was given up (R32, R41)."""
        is_given_up = self.sudo().chasing_schedule_ids.lifecycle == "written_off"
        return is_given_up or self._chasing_closure() not in (False, "draft")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_chased(self):
        """R39: an invoice about which something was sent stays."""
        if self.env["chasing.delivery"].sudo().search_count([("move_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._("A message about this invoice was sent. Cancel the invoice instead of deleting it.")
            )
