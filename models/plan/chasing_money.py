from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ..common import clock
from ..engine import money, references
from ..engine.facts import Hold
from ..engine.states import ONGOING
from ..engine.working_days import add_working_days, end_of_wait

# What customers pay with by themselves, and nobody knows of until it comes.
ANNOUNCED = ("custom", "none")
# (customer, company) of these invoices.
CUSTOMERS = """
    SELECT DISTINCT p.commercial_partner_id, m.company_id
    FROM account_move m
    JOIN res_partner p ON p.id = m.partner_id
    WHERE m.id = ANY(%(invoices)s)
"""
# Receivable lines, bank lines that nobody matched, and payments without a journal entry, of these companies.
CREDITS = """
    SELECT 'entry' AS kind, l.id, p.commercial_partner_id AS customer_id, l.company_id, l.currency_id,
        -l.amount_residual_currency AS amount, -l.amount_residual AS worth, l.date AS day, TRUE AS is_certain,
        concat_ws(' ', m.ref, l.name) AS text,
        m.reversed_entry_id || ARRAY(
            SELECT invoice_id FROM account_move__account_payment WHERE payment_id = m.origin_payment_id
        ) AS named
    FROM account_move_line l
    JOIN account_move m ON m.id = l.move_id
    JOIN account_account a ON a.id = l.account_id
    JOIN res_partner p ON p.id = l.partner_id
    WHERE p.commercial_partner_id = ANY(%(customers)s) AND l.company_id = ANY(%(companies)s)
        AND a.account_type = 'asset_receivable' AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
        AND l.amount_residual_currency < 0
    UNION ALL
    SELECT 'bank', b.id, p.commercial_partner_id, b.company_id, COALESCE(b.foreign_currency_id, b.currency_id),
        -b.amount_residual,
        COALESCE((SELECT sum(debit) FROM account_move_line WHERE move_id = b.move_id), 0)
            * -b.amount_residual / COALESCE(NULLIF(b.amount_currency, 0), b.amount),
        m.date, FALSE, concat_ws(' ', b.payment_ref, m.ref), '{}'
    FROM account_bank_statement_line b
    JOIN account_move m ON m.id = b.move_id
    LEFT JOIN res_partner p ON p.id = b.partner_id
    WHERE b.journal_id IN (SELECT id FROM account_journal WHERE company_id = ANY(%(bankers)s))
        AND b.company_id = ANY(%(companies)s) AND b.is_reconciled IS NOT TRUE AND b.internal_index >= %(since)s
        AND b.amount_residual < 0 AND b.amount > 0 AND m.state = 'posted'
    UNION ALL
    SELECT 'payment', y.id, p.commercial_partner_id, y.company_id, y.currency_id,
        y.amount, COALESCE(y.amount_company_currency_signed, 0), y.date, y.state = 'in_process', y.memo,
        ARRAY(SELECT invoice_id FROM account_move__account_payment WHERE payment_id = y.id)
    FROM account_payment y
    JOIN res_partner p ON p.id = y.partner_id
    WHERE p.commercial_partner_id = ANY(%(customers)s) AND y.company_id = ANY(%(companies)s)
        AND y.move_id IS NULL AND y.state IN ('in_process', 'paid')
        AND y.payment_type = 'inbound' AND y.partner_type = 'customer'
"""
OPEN_INVOICES = """
    SELECT m.id, p.commercial_partner_id AS customer_id, m.company_id, m.currency_id, m.amount_residual AS amount,
        m.amount_residual_signed AS worth, COALESCE(m.invoice_date_due, m.invoice_date, m.date) AS due,
        m.name, m.payment_reference
    FROM res_partner p
    JOIN account_move m ON m.partner_id = p.id
    WHERE p.commercial_partner_id = ANY(%(customers)s) AND m.company_id = ANY(%(companies)s)
        AND m.move_type = 'out_invoice' AND m.state = 'posted' AND m.amount_residual > 0
"""
# Posted payments that the bank has not shown yet.
BOOKED = """
    SELECT p.commercial_partner_id, y.company_id, y.currency_id, y.amount
    FROM account_payment y
    JOIN res_partner p ON p.id = y.partner_id
    WHERE p.commercial_partner_id = ANY(%(customers)s) AND y.company_id = ANY(%(companies)s)
        AND y.is_matched IS NOT TRUE AND y.state IN ('in_process', 'paid') AND y.payment_type = 'inbound'
"""
# The running chasing of the customers of these entries and bank lines, and what is held in these companies.
CONCERNED = """
    WITH customer AS (
        SELECT unnest(%(customers)s::int[]) AS id
        UNION
        SELECT p.commercial_partner_id
        FROM account_move_line l
        JOIN account_account a ON a.id = l.account_id
        JOIN res_partner p ON p.id = l.partner_id
        WHERE l.move_id = ANY(%(moves)s) AND a.account_type = 'asset_receivable'
        UNION
        SELECT p.commercial_partner_id
        FROM account_bank_statement_line b
        JOIN res_partner p ON p.id = b.partner_id
        WHERE b.id = ANY(%(lines)s)
    )
    SELECT s.id
    FROM customer
    JOIN res_partner p ON p.commercial_partner_id = customer.id
    JOIN chasing_schedule s ON s.partner_id = p.id
    WHERE s.closure IS NULL AND (s.lifecycle = ANY(%(ongoing)s) OR s.has_by_hand)
    UNION
    SELECT id FROM chasing_schedule WHERE money_hold IS NOT NULL AND company_id = ANY(%(companies)s)
"""
# Whose chased invoices bear one of these names.
NAMED = """
    SELECT DISTINCT p.commercial_partner_id
    FROM chasing_schedule s
    JOIN res_partner p ON p.id = s.partner_id
    JOIN account_move m ON m.id = s.move_id
    WHERE s.closure IS NULL AND s.company_id = ANY(%(companies)s) AND (
        regexp_replace(upper(m.name), '[^[:alnum:]]', '', 'g') IN (SELECT unnest(%(words)s::varchar[]))
        OR regexp_replace(upper(m.payment_reference), '[^[:alnum:]]', '', 'g') IN (SELECT unnest(%(words)s::varchar[]))
    )
"""
# Payments online of these invoices that are under way, that came and are not booked yet, or were announced.
ONLINE = """
    SELECT r.invoice_id, v.code, t.currency_id, t.amount, LEAST(t.create_date, t.last_state_change) AS at,
        t.state IN ('pending', 'authorized') OR t.state = 'done' AND t.is_post_processed IS NOT TRUE AS stands
    FROM account_invoice_transaction_rel r
    JOIN payment_transaction t ON t.id = r.transaction_id
    JOIN payment_provider v ON v.id = t.provider_id
    WHERE r.invoice_id = ANY(%(invoices)s) AND t.amount > 0 AND t.state NOT IN ('draft', 'error')
        AND COALESCE(t.operation, '') NOT IN ('refund', 'validation')
"""


class ChasingMoney(models.AbstractModel):
    """Money that is there, under way or announced, and that nobody has applied (R45).

    It is read in as many statements for a thousand invoices as for one, and the engine says what it covers.
    """

    _name = "chasing.money"
    _description = "Money in Flight"

    @api.model
    def _holds(self, moves, now):
        """Return {move id: Hold} of those whose balance money covers.

        Of a hundred thousand moves nothing is read but their ids.
        """
        if not moves:
            return {}
        self.env.flush_all()
        online = self._online(moves, now)
        covered = self._covered(moves, now)
        pending = {move_id: hold for move_id, hold in online.items() if hold.code == "payment_pending"}
        return {**online, **covered, **pending}

    # ------------------------------------------------------------------ receipts, credit notes, bank lines

    def _covered(self, moves, now):
        pairs = self.env.execute_query(SQL(CUSTOMERS, invoices=moves.ids))
        companies = self.env["res.company"].browse({company_id for _customer_id, company_id in pairs})
        known = {
            "customers": list({customer_id for customer_id, _company_id in pairs}),
            "companies": companies.ids,
            # A branch may use the bank of the company above it.
            "bankers": companies.parent_ids.ids,
            "since": pairs and self._bank_since(companies, now),
        }
        rows = self.env.execute_query_dict(SQL(CREDITS, **known)) if pairs else ()
        if not rows:
            return {}
        tables = Tables(self, self.env.execute_query_dict(SQL(OPEN_INVOICES, **known)), now)
        for row in rows:
            tables.add(row)
        if tables.lines:
            tables.settle_lines(self.env.execute_query(SQL(BOOKED, **known)))
        wanted = set(moves.ids)
        return {
            invoice_id: Hold("unapplied_payment", until, {"amount": amount, "currency": currency.id})
            for invoice_id, amount, currency, until in tables.covered()
            if invoice_id in wanted
        }

    @api.model
    def _bank_since(self, companies, now):
        """Return from where on a bank line, by its place in the bank's own order, may still count."""
        earliest = min(
            add_working_days(clock.local_day(now, company), -company.chasing_announced_days) for company in companies
        )
        return f"{earliest:%Y%m%d}"

    # ------------------------------------------------------------------ as soon as it is there

    @api.model
    def _moved(self, **ids):
        """Look at those whom money concerns that may have come or gone with these, when the transaction ends.

        A payment is posted before it is applied, and what it covers meanwhile is not held.

        :param ids: ids by kind: `moves` (entries), `lines` (bank lines), `customers`, and `companies`, for what is gone
            and cannot be asked any more
        """
        precommit = self.env.cr.precommit
        if "chasing_money" not in precommit.data:
            precommit.add(self.env(su=True)["chasing.money"]._settle)
            precommit.data["chasing_money"] = {kind: set() for kind in ("moves", "lines", "customers", "companies")}
        for kind, moved in ids.items():
            precommit.data["chasing_money"][kind].update(moved)

    @api.model
    def _settle(self):
        moved = self.env.cr.precommit.data.pop("chasing_money")
        moved["customers"] |= self._named_by(self.env["account.bank.statement.line"].browse(moved["lines"]).exists())
        values = {kind: list(ids) for kind, ids in moved.items()}
        rows = self.env.execute_query(SQL(CONCERNED, ongoing=list(ONGOING), **values))
        if rows:
            schedules = self.env["chasing.schedule"].browse(schedule_id for (schedule_id,) in rows)
            self.env["chasing.hold"]._check_money(schedules, clock.now(self.env))
        self.env.flush_all()

    def _named_by(self, lines):
        """Return the ids of the customers whose invoices these bank lines name."""
        spelled = frozenset().union(*(references.words(f"{line.payment_ref or ''} {line.ref or ''}") for line in lines))
        if not spelled:
            return set()
        rows = self.env.execute_query(SQL(NAMED, companies=lines.company_id.ids, words=list(spelled)))
        return {customer_id for (customer_id,) in rows}

    # ------------------------------------------------------------------ online

    def _online(self, moves, now):
        if "transaction_ids" not in moves._fields:
            return {}
        announced, found = defaultdict(list), {}
        for row in self.env.execute_query_dict(SQL(ONLINE, invoices=moves.ids)):
            if row["code"] in ANNOUNCED:
                announced[row["invoice_id"]].append(row)
            elif row["stands"]:
                found[row["invoice_id"]] = Hold("payment_pending", values={})
        for move_id in announced.keys() - found.keys():
            if hold := self._announced(moves.browse(move_id), announced[move_id], now):
                found[move_id] = hold
        return found

    def _announced(self, move, rows, now):
        """Return the hold of a transfer that the customer announced, None if it has had its time."""
        company = move.company_id
        day = money.announced_on(
            money.Announcement(clock.local_day(row["at"], company), row["currency_id"], row["amount"], row["stands"])
            for row in rows
        )
        until = day and end_of_wait(day, company.chasing_announced_days, company._chasing_timezone())
        if not until or until <= now:
            return None
        last = add_working_days(day, company.chasing_announced_days)
        return Hold("announced_payment", until, {"announced": day.isoformat(), "last": last.isoformat()})


class Tables:
    """The open invoices and credits of each customer in each company, as the engine takes them."""

    def __init__(self, model, rows, now):
        self.env, self.now = model.env, now
        self.invoices, self.credits, self.lines = defaultdict(list), defaultdict(list), []
        self.customer_of, names = {}, defaultdict(list)
        for row in rows:
            customer = row["customer_id"], row["company_id"]
            amount, worth = self.measured(row)
            self.invoices[customer].append(money.OpenInvoice(row["id"], row["due"], row["currency_id"], amount, worth))
            self.customer_of[row["id"]] = customer
            # The reference may be the name: it is borne once.
            names[row["company_id"]] += [(text, row["id"]) for text in (row["name"], row["payment_reference"]) if text]
        self.names = {company_id: references.names_of(named) for company_id, named in names.items()}

    def measured(self, row):
        """Return amount and worth of a row in the smallest units of their currencies."""
        company = self.env["res.company"].browse(row["company_id"])
        currency = self.env["res.currency"].browse(row["currency_id"])
        return round(row["amount"] / currency.rounding), round(row["worth"] / company.currency_id.rounding)

    def add(self, row):
        """Lay a credit to its customer's; a bank line waits for what is known of payments."""
        named = self.named(row)
        customer = row["customer_id"], row["company_id"]
        is_line = row["kind"] == "bank"
        if is_line and named:
            customer = self.customer_of[min(named)]
        is_linked = row["kind"] == "payment" and bool(row["named"])
        if customer not in self.invoices or (is_linked and not named):
            return
        until = None if row["is_certain"] or is_linked else self.end_of(row)
        if until and until <= self.now:
            return
        amount, worth = self.measured(row)
        credit = money.Credit(
            (row["kind"], row["id"]),
            row["day"],
            row["currency_id"],
            amount,
            worth,
            named,
            is_line or is_linked,
            until,
        )
        if is_line:
            self.lines.append((customer, credit))
        else:
            self.credits[customer].append(credit)

    def named(self, row):
        """Return the ids of the open invoices that a credit names, by its links or its text."""
        linked = frozenset(row["named"]) & self.customer_of.keys()
        names = self.names.get(row["company_id"])
        return linked or (names.named_in(row["text"]) if names and row["text"] else frozenset())

    def end_of(self, row):
        company = self.env["res.company"].browse(row["company_id"])
        return end_of_wait(row["day"], company.chasing_announced_days, company._chasing_timezone())

    def settle_lines(self, booked):
        """Lay the bank lines to their customers' credits but for those that are payments already posted.

        :param booked: (customer id, company id, currency id, amount) of each payment that the bank has not shown
        """
        known, lines = defaultdict(list), defaultdict(list)
        for customer_id, company_id, currency_id, amount in booked:
            currency = self.env["res.currency"].browse(currency_id)
            known[customer_id, company_id].append((currency_id, round(amount / currency.rounding)))
        for customer, credit in self.lines:
            lines[customer].append(credit)
        for customer, credits in lines.items():
            self.credits[customer] += money.without_booked(credits, known[customer])

    def covered(self):
        """Yield (invoice id, amount of what covers it, its currency, UTC instant until which it does or None)."""
        for customer, credits in self.credits.items():
            company, known = self.env["res.company"].browse(customer[1]), {credit.key: credit for credit in credits}
            for invoice_id, cover in money.allocate(self.invoices[customer], credits).items():
                used = [known[key] for key, _share in cover.uses]
                yield invoice_id, *self.amount(used, company), cover.until

    def amount(self, used, company):
        """Return (the whole of these credits, their currency); of several currencies in the company's."""
        currencies = {credit.currency for credit in used}
        if len(currencies) == 1:
            currency, units = self.env["res.currency"].browse(currencies), sum(credit.amount for credit in used)
        else:
            currency, units = company.currency_id, sum(credit.worth for credit in used)
        return currency.round(units * currency.rounding), currency
