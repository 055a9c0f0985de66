from contextlib import nullcontext

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..common import batches, isolation
from ..common.client_actions import open_list
from .account_move import BATCH_SIZE
from .rule_condition import REFUSED, UNREADABLE, check_pattern, explain, misfit, parse

OPEN_INVOICES = (
    ("move_type", "=", "out_invoice"),
    ("state", "=", "posted"),
    ("payment_state", "in", ("not_paid", "partial")),
)
# The parameter that says how far the night's round has come: the id of an invoice.
ASKED_TO = "invoice_chasing.rules_asked_to"
MAX_DOMAIN = 10_000


class ChasingRule(models.Model):
    """A rule says which invoices get which cadence, or none (R51): the first that matches an invoice decides."""

    _name = "chasing.rule"
    _text_limits = {"domain": MAX_DOMAIN}
    _inherit = ["chasing.owned", "mail.thread"]
    _description = "Chasing Rule"
    _order = "sequence, id"
    _check_company_auto = True

    _check_company_domain = models.check_company_domain_parent_of
    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10, tracking=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    domain = fields.Char("Invoices", required=True, default="[]", tracking=True)
    cadence_id = fields.Many2one(
        "chasing.cadence",
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    stops = fields.Boolean(
        "No Chasing",
        compute="_compute_stops",
        inverse="_inverse_stops",
        help="The invoices that match are not chased.",
    )
    gives = fields.Char(compute="_compute_gives")
    on_update = fields.Boolean(
        "Re-apply When the Invoice Changes",
        tracking=True,
        help="The rule is applied again as soon as someone changes a value that it uses, and every night for changes "
        "that come with time and payments. An invoice that no longer matches keeps its cadence. If not ticked, the "
        "rule is applied only when an invoice is confirmed.",
    )
    match_count = fields.Integer("Matching Invoices", compute="_compute_match_count")
    is_counted = fields.Boolean(compute="_compute_match_count", help="Whether the reader may know how many match.")
    refused_because = fields.Char(readonly=True, copy=False, help="Why the database refused the condition when asked.")
    problem = fields.Char(compute="_compute_problem")
    is_problem_notified = fields.Boolean(readonly=True, copy=False)

    @api.depends("domain", "refused_because")
    @api.depends_context("lang")
    def _compute_problem(self):
        """Say why a rule that was fine when it was saved cannot be read any more, say because a field was deleted."""
        for rule in self:
            problem = rule._read_domain()[1]
            rule.problem = problem and self.env._(
                "This rule can no longer be read: %(problem)s It matches nothing until its condition is corrected.",
                problem=problem if problem.endswith(".") else f"{problem}.",
            )

    @api.depends("cadence_id")
    def _compute_stops(self):
        """Tell *no chasing* from a rule that was saved without a cadence.

        On a new rule, or for want of the cadence that was there, a person has to say it.
        """
        for rule in self:
            rule.stops = bool(rule._origin) and not (rule.cadence_id or rule._origin.cadence_id)

    def _inverse_stops(self):
        self.filtered("stops").cadence_id = False

    @api.depends("cadence_id.name")
    @api.depends_context("lang")
    def _compute_gives(self):
        for rule in self:
            rule.gives = rule.cadence_id.name or self.env._("No chasing")

    @api.depends("domain", "company_id", "refused_because")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_match_count(self):
        """Count the open invoices of the reader's companies that the rule would match by itself.

        It is known as far as the reader may read what the rule asks about.
        """
        # A rule that the database refuses empties the cache: all are counted before any is written down.
        for rule, count in [(rule, rule._count_matches()) for rule in self]:
            rule.match_count, rule.is_counted = count or 0, count is not None

    def _count_matches(self):
        """Return how many match, None if that cannot be told."""
        moves, mine = self.env["account.move"], Domain("company_id", "in", self.env.companies.ids)
        is_typed = self.domain != self._origin.domain
        try:
            # A savepoint that is rolled back would lose what is being typed.
            with nullcontext() if is_typed else self.env.cr.savepoint():
                return moves.search_count(self._open_invoices() & mine)
        except UserError:
            if is_typed:
                raise
        except (ValueError, *REFUSED) as error:
            if is_typed:
                # After an error of its own the database answers nothing more that would tell which value it was.
                is_refused = isinstance(error, REFUSED)
                raise UserError(misfit(self.env) if is_refused else self._explain(error)) from error
        return None

    def _search_safely(self, search, *arguments):
        """Search by this rule and return what the search gives.

        The database may refuse what the ORM lets through, and the transaction has to go on.

        :raises UserError: if it cannot be asked, or not by this user
        """
        try:
            with self.env.cr.savepoint():
                return search(*arguments)
        except UserError:
            raise
        except (*UNREADABLE, *REFUSED) as error:
            raise UserError(self._explain(error)) from error

    def _explain(self, error):
        """Return in a sentence what keeps this rule from being asked."""
        return explain(self.env["account.move"], self.domain, error)

    def _open_invoices(self):
        """Return the domain of the open customer invoices of the rule's company and its branches that match."""
        if not self.company_id:
            return Domain.FALSE
        return Domain([*OPEN_INVOICES, ("company_id", "child_of", self.company_id.ids)]) & self._domain()

    def _domain(self):
        """Return the rule's own domain; one that cannot be read matches nothing."""
        return self._read_domain()[0]

    def _read_domain(self):
        """Return (the rule's domain, what keeps it from being read, False if nothing does)."""
        if self.refused_because and self.domain == self._origin.domain:
            return Domain.FALSE, self.refused_because
        try:
            domain = parse(self.domain)
            self.env["account.move"].sudo()._search(domain)
        except UNREADABLE as error:
            return Domain.FALSE, self._explain(error)
        return domain, False

    def _notify_problem(self):
        """Tell the company's chasing managers once that a rule decides nothing any more."""
        self.ensure_one()
        self.is_problem_notified = True
        self._message_log(body=self.problem)
        self.company_id._chasing_managers()._bus_send(
            "simple_notification",
            {"type": "warning", "title": self.name, "message": self.problem, "sticky": True},
        )

    @api.constrains("domain")
    def _check_domain(self):
        """Refuse a condition that its author may not read, or that cannot be asked.

        What a rule matches tells of what it asks about, so whoever saves it must be allowed to read that. And
        it must be possible to ask it, whichever of its conditions an invoice is the first to meet.
        """
        for rule in self:
            try:
                rule._search_safely(rule._check_searchable)
            except AccessError as error:
                raise ValidationError(
                    self.env._(
                        "The rule %(rule)s uses a field that you may not read: %(problem)s",
                        rule=rule.name,
                        problem=str(error).splitlines()[0],
                    )
                ) from error
            except UserError as error:
                raise ValidationError(
                    self.env._(
                        "The rule %(rule)s does not say which invoices it is for. %(problem)s Correct its condition.",
                        rule=rule.name,
                        problem=error,
                    )
                ) from error

    def _check_searchable(self):
        """Ask the database for the whole of the condition and for each part of it, with the rights of whoever saves."""
        moves, domain = self.env["account.move"].with_user(self.env.user), parse(self.domain)
        for condition in domain.iter_conditions():
            check_pattern(condition)
            moves.search_count(Domain(condition), limit=1)
        moves.search_count(domain)

    @api.constrains("cadence_id")
    def _check_cadence(self):
        """Refuse an archived cadence (R23)."""
        self.cadence_id._check_active()

    @api.model
    def _first_match(self, moves):
        """Return {move: the first rule that matches it} (R51), by one query a rule whatever the number of invoices.

        :param moves: account.move of one company; those that no rule matches are left out
        """
        rules = self._of_company(moves.company_id)
        if not rules:
            return {}
        try:
            with self.env.cr.savepoint():
                return rules._match(moves)
        except (ValueError, *REFUSED):
            return rules._match(moves, isolated=True)

    def _match(self, moves, isolated=False):
        """Return {move: the first of these rules that matches it}.

        :param isolated: the database refuses one of them: each is asked apart, and that one is noted and passed over
        """
        left, matched = moves, {}
        # The company decides which day it is, and which of a customer's values count.
        asked = self.env["account.move"].sudo().with_company(moves.company_id)
        for rule in self:
            if not left:
                break
            domain, problem = rule._read_domain()
            wanted = Domain("id", "in", left.ids) & domain
            try:
                matches = rule._search_safely(asked.search, wanted) if isolated else asked.search(wanted)
            except UserError as error:
                problem = rule.refused_because = rule._explain(error)
                matches = asked
            if problem and not rule.is_problem_notified:
                rule._notify_problem()
            matched.update(dict.fromkeys(matches.with_env(moves.env), rule))
            left -= matches
        return matched

    @api.model
    def _of_company(self, company):
        """Return the rules for a company's invoices, its own and its ancestors', in order."""
        return self.sudo().browse(self._rule_ids_of_company(company.id))

    @api.model
    @tools.ormcache("company_id")
    def _rule_ids_of_company(self, company_id):
        return tuple(self.sudo().search([("company_id", "parent_of", company_id)])._ids)

    @api.model
    @tools.ormcache("company_id")
    def _update_fields(self, company_id):
        """Return the fields of an invoice whose change makes its rules be asked again.

        These are the fields that the rules for changes ask about.
        """
        rules = self._of_company(self.env["res.company"].browse(company_id)).filtered("on_update")
        return frozenset(
            condition.field_expr.split(".")[0] for rule in rules for condition in rule._domain().iter_conditions()
        )

    @api.model
    def _cron_ask(self):
        """Ask the rules again for what no write tells, such as days late and payments (R51).

        What was interrupted goes on where it stopped.
        """
        moves, parameters = self.env["account.move"].sudo(), self.env["ir.config_parameter"].sudo()
        asked = self._nightly_domain()

        def rest():
            return asked & Domain("id", ">", int(parameters.get_param(ASKED_TO, 0)))

        def ask(found):
            isolation.run(found, lambda part: part._chasing_ask_rules())
            parameters.set_param(ASKED_TO, found[-1].id)
            return len(found)

        ending = batches.run(
            self.env,
            lambda: moves.search(rest(), order="id", limit=BATCH_SIZE),
            ask,
            lambda: moves.search_count(rest()),
        )
        if ending.is_complete:
            parameters.set_param(ASKED_TO, False)

    @api.model
    def _nightly_domain(self):
        """Return the domain of the open invoices for which there are rules that are asked again."""
        companies = self.env["res.company"].search([("chasing_enabled", "=", True)])
        having = companies.filtered(lambda company: any(self._of_company(company).mapped("on_update")))
        return Domain([*OPEN_INVOICES, ("company_id", "in", having.ids)])

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        anew = {"is_problem_notified": False, "refused_because": False} if "domain" in vals else {}
        return super().write({**vals, **anew})

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _matching(self):
        """Return the open invoices that match, with the reader's rights.

        Who may not read what the rule asks about gets what its author meant by it.
        """
        moves = self.env["account.move"]
        try:
            return self._search_safely(moves.search, self._open_invoices())
        except AccessError:
            return self._search_safely(moves.sudo().search, self._open_invoices()).sudo(self.env.su)

    def action_open_invoices(self):
        """Open the open invoices that match."""
        self.ensure_one()
        self.check_access("read")
        if self.problem:
            raise UserError(self.problem)
        return open_list(
            self.env["account.move"],
            self.name,
            list(self._open_invoices()),
            context={"default_move_type": "out_invoice"},
        )
