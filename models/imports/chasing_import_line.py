from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..common import isolation, user_input
from ..common.errors import explain
from ..common.wording import translate
from ..engine import import_cells, import_verdict
from ..engine.states import ATTEMPTED
from . import import_sheet
from .chasing_import import BATCH_SIZE

VERDICTS = [
    ("ok", "Will Be Imported"),
    ("unchanged", "Unchanged"),
    ("error", "Problem"),
]
BROKEN = (UserError, psycopg2.DataError, psycopg2.IntegrityError)


class Finding(NamedTuple):
    """The outcome of a row: its verdict and sentence, the invoice it is about, and the engine's acts."""

    verdict: str
    message: str
    move_id: int | None = None
    acts: tuple = ()
    is_old: bool = False


@dataclass(frozen=True, slots=True)
class LookupTables:
    """The tables that the rows of a batch are compared with.

    What the words mean, companies and cadences by their folded name, invoices by number, how each invoice stands, and
    which cadence a name means in a company, as far as it was asked.
    """

    words: import_cells.Words
    companies: dict
    cadences: dict
    invoices: dict
    standings: dict
    chosen: dict


class ChasingImportLine(models.Model):
    """A row of a spreadsheet of assignments, with what the cells say and what comes of it."""

    _name = "chasing.import.line"
    _inherit = ["chasing.owned"]
    _description = "Row of an Import of Chasing Assignments"
    _order = "row, id"
    _rec_name = "number"
    _owner_field = "import_id"
    # A cell that is too long is kept as far as it takes to say so, and what is said of it may quote it.
    _text_limits = {
        **dict.fromkeys(import_cells.HEADINGS, import_cells.MAX_CELL + 1),
        "message": user_input.LIMITS["text"],
    }

    import_id = fields.Many2one("chasing.import", required=True, ondelete="cascade", index=True)
    row = fields.Integer(required=True, aggregator=None)
    number = fields.Char("Invoice Number")
    cadence = fields.Char()
    disabled = fields.Char("Chasing Disabled")
    contacts = fields.Char("E-mail Contacts")
    company = fields.Char()
    verdict = fields.Selection(VERDICTS)
    outcome = fields.Selection(
        [*VERDICTS, ("imported", "Imported"), ("undone", "Undone")], "Result", compute="_compute_outcome"
    )
    message = fields.Char("Details")
    move_id = fields.Many2one("account.move", "Invoice", ondelete="set null", index="btree_not_null")
    is_done = fields.Boolean()
    is_undone = fields.Boolean()
    is_old = fields.Boolean("Before Start Date")

    @api.depends("verdict", "is_done", "is_undone")
    def _compute_outcome(self):
        for line in self:
            imported = "undone" if line.is_undone else "imported"
            line.outcome = imported if line.verdict == "ok" and line.is_done else line.verdict

    # ------------------------------------------------------------------ corrected by people

    def write(self, vals):
        """Judge anew what people correct in a row's cells, which is all that they may say of it."""
        if self.env.su:
            return super().write(vals)
        self._check_correctable(vals)
        result = super().write({name: import_cells.shown(text or "") for name, text in vals.items()})
        for record, lines in self.grouped("import_id").items():
            record.sudo().write({"is_corrected": True, "state": "checked"})
            record._lines().browse(lines.ids)._judge_again()
        return result

    def _reopen(self):
        """Have these judged anew but those that are imported, in one statement: they may be 100,000."""
        self.env.flush_all()
        query = SQL(
            "UPDATE chasing_import_line SET is_done = FALSE WHERE id = ANY(%s)"
            " AND (verdict = 'ok' AND is_done AND is_undone IS NOT TRUE) IS NOT TRUE RETURNING id",
            self.ids,
        )
        self.env.execute_query(query)
        self.invalidate_model(flush=False)
        # The counts follow from the rows.
        self.import_id.invalidate_recordset(flush=False)

    def _check_correctable(self, vals):
        if not set(import_cells.HEADINGS).issuperset(vals):
            raise AccessError(self.env._("Only the cells of a row can be corrected; the rest follows from them."))
        if any(value and not isinstance(value, str) for value in vals.values()):
            raise UserError(self.env._("Enter a text."))
        if any(line.outcome == "imported" for line in self):
            raise UserError(self.env._("This row was imported already. Undo the import to change it."))
        for record in self.import_id:
            record._claim()

    def _judge_again(self):
        """Judge these rows anew, and with them those that name the same invoices; what was imported stays so."""
        lines = self.search([("import_id", "=", self.import_id.id), ("number", "in", self.mapped("number"))])
        imported = lines.filtered(lambda line: line.outcome == "imported")
        findings = (imported | (lines - imported).sorted("row"))._judge_all()
        self._note({line: finding for line, finding in findings.items() if line not in imported})

    def _in_batches(self, work):
        """Do work on as many rows at once as fit into memory."""
        for start in range(0, len(self), BATCH_SIZE):
            work(self[start : start + BATCH_SIZE])
            self.env.flush_all()
            self.env.invalidate_all()

    def _judge_all(self):
        """Return {line: Finding} of these rows as things are now, in a handful of queries; nothing is changed."""
        tables, findings, first_rows = self._lookup_tables(), {}, {}
        for line in self:
            try:
                finding = line._judge(tables)
                first = first_rows.setdefault(finding.move_id, line.row)
                if first != line.row:
                    raise import_cells.RowProblem("repeated", row=first)
            except import_cells.RowProblem as problem:
                finding = Finding("error", import_sheet.problem_text(self.env, problem))
            findings[line] = finding
        return findings

    def _judge(self, tables):
        """Return the Finding of this row.

        :param tables: LookupTables
        :raises RowProblem: if it cannot be imported
        """
        wish = import_cells.read_wish({key: self[key] or "" for key in import_cells.HEADINGS}, tables.words)
        company = self.import_id.company_id
        if wish.company:
            company = import_verdict.choose_company(
                wish.company, tables.companies.get(import_cells.fold(wish.company), ())
            )
        candidates = ((move, move.company_id.name) for move in tables.invoices.get(wish.number, ()))
        move = import_verdict.choose_invoice(wish.number, candidates, company.name)
        cadence = self._find_cadence(wish, company, tables) if wish.cadence else self.env["chasing.cadence"]
        standing = tables.standings[move.id]
        verdict = import_verdict.judge(wish, cadence.id or None, standing, self.import_id.overwrite)
        message = " ".join(self._act_text(word, value, cadence) for word, value in verdict.acts)
        is_given = any(word == "assign" for word, _value in verdict.acts)
        is_old = is_given and company._chasing_is_before_start(move.invoice_date)
        return Finding(verdict.word, message, move.id, verdict.acts, is_old)

    def _find_cadence(self, wish, company, tables):
        key = (wish.cadence, company)
        if key not in tables.chosen:
            owners = company.sudo().parent_ids.ids
            tables.chosen[key] = import_verdict.choose_cadence(
                wish.cadence,
                [
                    (cadence, cadence.name, -owners.index(cadence.company_id.id))
                    for cadence in tables.cadences.get(import_cells.fold(wish.cadence), ())
                    if cadence.company_id.id in owners
                ],
            )
        return tables.chosen[key]

    def _act_text(self, word, value, cadence):
        shown = cadence.name if word in ("assign", "choose") else (value or "").replace("\n", ", ")
        return translate(self.env, import_verdict.ACTS[word]) % {"value": shown}

    def _lookup_tables(self):
        moves = self._invoices()
        companies, cadences = defaultdict(list), defaultdict(list)
        for company in self.env.companies:
            companies[import_cells.fold(company.name)].append((company, company.name))
        for cadence in self.env["chasing.cadence"].search([]):
            cadences[import_cells.fold(cadence.name)].append(cadence)
        return LookupTables(
            words=import_sheet.words(self.env),
            companies=companies,
            cadences=cadences,
            invoices=moves.grouped("name"),
            standings=self._standings(moves.sudo()),
            chosen={},
        )

    def _invoices(self):
        """Return the customer invoices that these rows name, as far as the user may see them."""
        moves = self.env["account.move"]
        moves.flush_model(["name", "state", "journal_id"])
        # The index of all names is one of trigrams, which takes milliseconds a number; the numbers of what is posted
        # have one of their own, and the rest is little.
        rows = self.env.execute_query(
            SQL(
                "WITH wanted AS MATERIALIZED (SELECT unnest(%s::varchar[]) AS name),"
                " unposted AS MATERIALIZED (SELECT id, name FROM account_move WHERE state IN ('draft', 'cancel')"
                " AND journal_id IN (SELECT id FROM account_journal WHERE type = 'sale'))"
                " SELECT move.id FROM wanted JOIN account_move AS move"
                " ON move.name = wanted.name AND move.state = 'posted' AND move.name <> '/'"
                " UNION ALL SELECT unposted.id FROM unposted JOIN wanted USING (name)",
                list(set(self.mapped("number")) - {False}),
            )
        )
        domain = [("id", "in", [move_id for (move_id,) in rows]), ("move_type", "=", "out_invoice")]
        return moves.search_fetch(domain, ["name", "company_id"])

    def _standings(self, moves):
        """Return {move id: the engine's Standing}."""
        closures = moves._chasing_closures()
        schedules = {
            schedule.move_id.id: schedule
            for schedule in self.env["chasing.schedule"].sudo().search_fetch([("move_id", "in", moves.ids)])
        }
        attempted = {
            schedule.id
            for (schedule,) in self.env["chasing.step"]
            .sudo()
            ._read_group([("move_id", "in", moves.ids), ("state", "in", ATTEMPTED)], ["schedule_id"])
        }
        none = self.env["chasing.schedule"]
        return {
            move.id: self._standing(move, closures[move.id], schedules.get(move.id, none), attempted) for move in moves
        }

    def _standing(self, move, closure, schedule, attempted):
        return import_verdict.Standing(
            closed=closure not in (False, "draft"),
            draft=closure == "draft",
            excluded=any(move._chasing_customers().mapped("chasing_excluded")),
            # No chasing is like an end: a cadence starts it again. What is sent by hand chases nobody (R102).
            lifecycle="cancelled" if schedule.chosen_none else schedule._filter_decided().lifecycle or None,
            cadence=schedule.cadence_id.id or None,
            by_hand=schedule.assigned_by == "invoice",
            customised=schedule.is_customised,
            part_sent=schedule.id in attempted,
            own_emails=(schedule.own_emails or "") if schedule.use_own_contacts else None,
        )

    def _import(self):
        """Do what these rows say, as things are now; a row that fails is noted with its reason (R82)."""
        findings, failed = self._judge_all(), {}

        def work(lines):
            judged = findings if lines == self else lines._judge_all()
            changes = self.env["chasing.import.change"].sudo()
            before = changes._standings([finding.move_id for finding in judged.values() if finding.acts])
            lines._apply(judged)
            changes._note(self.import_id, judged.values(), before)
            return judged

        def fail(line, error):
            problem = import_cells.RowProblem("failed", detail=explain(self.env, error))
            failed[line] = Finding("error", import_sheet.problem_text(self.env, problem), findings[line].move_id)

        for judged in isolation.run(self, work, fail, BROKEN):
            self._note(judged, is_done=True)
        self._note(failed, is_done=True)

    def _apply(self, findings):
        """Do every act for all the invoices that want it, in the order in which a row's acts follow each other."""
        wanted = defaultdict(lambda: defaultdict(list))
        for finding in findings.values():
            for word, value in finding.acts:
                wanted[word][value].append(finding.move_id)
        send_on_issue = self.import_id.send_on_issue
        for cadence_id, move_ids in wanted["assign"].items():
            cadence = self.env["chasing.cadence"].browse(cadence_id)
            self.env["account.move"].browse(move_ids)._chasing_assign(cadence, send_on_issue=send_on_issue)
        unchased = self.env["account.move"].browse(wanted["choose_none"][None])
        unchased._chasing_assign_chosen(self.env["chasing.cadence"], None, None)
        schedules = self._schedules_of
        schedules(wanted["choose"][None])._confirm_choice()
        schedules(wanted["clear"][None])._opt_out()
        if wanted["disable"]:
            schedules(wanted["disable"][None]).action_disable()
        if wanted["enable"]:
            schedules(wanted["enable"][None]).action_enable()
        texts = {move_id: text for text, move_ids in wanted["contacts"].items() for move_id in move_ids}
        schedules([*texts, *wanted["customer_contacts"][None]])._give_contacts(texts)

    def _schedules_of(self, move_ids):
        return self.env["chasing.schedule"].search([("move_id", "in", move_ids)])

    def _note(self, findings, is_done=False):
        """Note what became of the rows, in one statement.

        :param findings: {line: Finding}
        """
        rows = [
            (line.id, finding.verdict, finding.message, finding.move_id, finding.is_old, is_done)
            for line, finding in findings.items()
        ]
        if not rows:
            return
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "UPDATE chasing_import_line AS line SET verdict = new.verdict, message = new.message,"
                " move_id = new.move_id, is_old = new.is_old, is_done = new.is_done, is_undone = FALSE"
                " FROM unnest(%s::int[], %s::varchar[], %s::varchar[], %s::int[], %s::bool[], %s::bool[])"
                " AS new(id, verdict, message, move_id, is_old, is_done) WHERE line.id = new.id RETURNING line.id",
                *(list(column) for column in zip(*rows, strict=True)),
            )
        )
        self.invalidate_model(flush=False)
        # The counts follow from the rows.
        self.import_id.invalidate_recordset(flush=False)
