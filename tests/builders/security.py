"""The kinds of user of a database with chasing, each logged in over the network, and what they may do there."""

from base64 import b64encode

from odoo import Command
from odoo.tests import HttpCase, JsonRpcException
from odoo.tools import mute_logger

from .builders import BERLIN, ChasingCommon

DENIED = ("odoo.exceptions.AccessError", "odoo.exceptions.AccessDenied", "odoo.http.SessionExpiredException")
# kind of user -> groups, and of whom: the company, its branch, or another company
KINDS = {
    "public": (None, "firm"),
    "portal": ("base.group_portal", "firm"),
    "employee": ("base.group_user", "firm"),
    "contacts": ("base.group_user,base.group_partner_manager", "firm"),
    "auditor": ("account.group_account_readonly", "firm"),
    "collector": ("invoice_chasing.group_user", "firm"),
    "clerk": ("account.group_account_invoice", "firm"),
    "manager": ("invoice_chasing.group_manager", "firm"),
    "accountant": ("account.group_account_manager", "firm"),
    "branch_manager": ("invoice_chasing.group_manager,account.group_account_manager", "branch"),
    "stranger": ("invoice_chasing.group_user", "other"),
    "foreign_manager": ("invoice_chasing.group_manager,account.group_account_manager", "other"),
}
# what an act notes of an invoice of which it changed nothing
UNCHANGED = {"own": {}, "steps": {}}
EVERYBODY = frozenset(KINDS)
NOBODY = frozenset()
OUTSIDE = frozenset({"public", "portal", "employee", "contacts"})
FOREIGN = frozenset({"stranger", "foreign_manager"})
# who reads the chasing of the company's invoices, steers it, keeps the books, and decides its policy
READERS = EVERYBODY - OUTSIDE - FOREIGN - {"branch_manager"}
COLLECTORS = READERS - {"auditor"}
ACCOUNTANTS = frozenset({"clerk", "accountant"})
MANAGERS = frozenset({"manager", "accountant"})
# a branch goes by its parent's policy
POLICY_READERS = READERS | {"branch_manager"}


def is_ours(python_class):
    return ".invoice_chasing." in f"{python_class.__module__}."


class SecurityCommon(ChasingCommon, HttpCase):
    """One invoice of the firm that was chased, and everybody who comes near it."""

    RpcError = JsonRpcException

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Other")["company"]
        cls.branch = cls.env["res.company"].create({"name": "Branch", "parent_id": cls.company.id})
        (cls.other | cls.branch).write({"chasing_enabled": True, "chasing_tz": BERLIN})
        companies = {"firm": cls.company, "branch": cls.branch, "other": cls.other}
        cls.users = {
            kind: cls.make_user(f"kind_{kind}", groups, company_id=companies[place].id)
            for kind, (groups, place) in KINDS.items()
            if groups
        }
        cls.users["portal"].partner_id.parent_id = cls.customer

    def setUp(self):
        super().setUp()
        self.kind, self.openers = None, {}
        self.invoice = self.make_invoice()
        self.invoice.message_subscribe(self.users["portal"].partner_id.ids)
        self.schedule = self.invoice.chasing_schedule_id

    # ------------------------------------------------------------------ asking

    def be(self, kind):
        """Go on as that kind of user; each logs in once a test."""
        if kind == self.kind:
            return
        self.kind = kind
        if kind not in self.openers:
            self.session = None
            login = f"kind_{kind}" if kind in self.users else None
            self.authenticate(login, login)
            self.openers[kind] = self.opener
        self.opener = self.openers[kind]

    def rpc(self, kind, model, method, *args, **kwargs):
        """What a client of that kind gets from `call_kw`; raises JsonRpcException with the exception's name."""
        self.be(kind)
        self.env.cr.flush()
        self.env.invalidate_all()
        params = {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
        with mute_logger("odoo.models", "odoo.addons.base.models.ir_rule", "odoo.sql_db"):
            try:
                return self.make_jsonrpc_request("/web/dataset/call_kw", params, timeout=60)
            finally:
                self.env.invalidate_all()

    def error_of(self, kind, model, method, *args, **kwargs):
        """The name of the exception that a call ends with, None if it goes well; what it changed is taken back."""
        self.env.cr.flush()
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            self.rpc(kind, model, method, *args, **kwargs)
        except JsonRpcException as error:
            return str(error)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        return None

    def is_denial(self, error):
        return error in DENIED

    def is_refusal(self, error):
        """Whether it was refused in a sentence, not by breaking."""
        return self.is_denial(error) or (bool(error) and error.startswith("odoo.exceptions."))

    # ------------------------------------------------------------------ what there is

    def our_models(self):
        """{name: class} of every model that this addon defines."""
        registry = self.env.registry
        return {name: registry[name] for name in registry if registry[name]._original_module == "invoice_chasing"}

    def our_methods(self):
        """[(model, method)] of what this addon lets clients call; overrides of Odoo's own methods are Odoo's."""
        found = []
        for name, model in self.env.registry.items():
            ours, theirs = set(), set()
            for part in model.__mro__:
                (ours if is_ours(part) else theirs).update(
                    word for word, thing in vars(part).items() if callable(thing) and not word.startswith("_")
                )
            found += [(name, word) for word in sorted(ours - theirs) if self._is_reachable(model, word)]
        return found

    def _is_reachable(self, model, method):
        """A method of an abstract model is a client's business only if it needs no records."""
        if any(getattr(vars(part).get(method), "_api_private", False) for part in model.__mro__):
            return False
        return not model._abstract or getattr(getattr(model, method), "_api_model", False)

    def make_samples(self):
        """{model: a record of the firm that methods can be tried on}."""
        self.make_invoice(partner_id=self.make_customer("Silent", False).id)
        self.at_sent("2026-03-02 09:00")
        made = self.make_import()
        return {
            **self.make_policy(),
            **self.make_acts(),
            "account.move": self.invoice,
            "chasing.delivery": self.deliveries(self.invoice)[:1],
            "chasing.document.ahead": self.env["chasing.document.ahead"].sudo().create({"move_id": self.invoice.id}),
            "chasing.document.copy": self.env["chasing.document.copy"]
            .sudo()
            .create({"move_id": self.invoice.id, "lang": "en_US", "official_checksum": "1"}),
            "chasing.formal.reminder": self.env["chasing.formal.reminder"]
            .sudo()
            .create({
                "step_id": self.invoice.chasing_schedule_id.step_ids[:1].id,
                "lang": "en_US",
                "made_for": "1",
                "tried_at": self.now,
            }),
            "chasing.import": made,
            "chasing.import.line": made.line_ids[:1],
            **self.make_undo(made),
            "chasing.letter": self.make_letter(),
            "chasing.link": self.deliveries(self.invoice).sudo().link_ids[:1],
            "chasing.failure.cause": self.env["chasing.failure.cause"].search(
                [("company_id", "=", self.company.id)], limit=1
            ),
            "chasing.forecast.line": self.env["chasing.forecast.line"].search(
                [("company_id", "=", self.company.id)], limit=1
            ),
            "chasing.forecast.change": self.env["chasing.forecast.change"]
            .sudo()
            .create({"schedule_id": self.schedule.id}),
            "chasing.forecast.message": self.env["chasing.forecast.message"]
            .sudo()
            .search([("company_id", "=", self.company.id)], limit=1),
            "chasing.schedule": self.schedule,
            "chasing.step": self.steps(self.invoice)[1],
            "res.company": self.company,
            "res.config.settings": self.env["res.config.settings"].create({}),
            "res.partner": self.customer,
        }

    def make_import(self):
        """An import of the superuser's with a row of each kind."""
        content = b64encode(f"invoice number,cadence\n{self.invoice.name},Usual\nnone,Usual".encode())
        made = self.env["chasing.import"].create({"file": content, "file_name": "a.csv", "company_id": self.company.id})
        made.action_check()
        return made

    def make_undo(self, made):
        """{model: what an import changed, or that it was undone}."""
        return {
            "chasing.import.change": self.env["chasing.import.change"]
            .sudo()
            .create({"import_id": made.id, "move_id": self.invoice.id, "is_undone": True}),
            "chasing.import.undo": self.env["chasing.import.undo"]
            .sudo()
            .create({
                "import_id": made.id,
                "company_id": self.company.id,
                "user_id": self.env.uid,
                "is_done": True,
            }),
        }

    def make_letter(self):
        """A letter in the print queue."""
        provider = self.env["chasing.postal.provider"]._for_company(self.company)
        return (
            self.env["chasing.letter"]
            .sudo()
            .create({
                "delivery_id": self.deliveries(self.invoice)[:1].id,
                "provider_id": provider.id,
                "provider_code": "print",
            })
        )

    def make_acts(self):
        """{model: an act on many, or a line of one}."""
        assignment = (
            self.env["chasing.assignment"]
            .sudo()
            .create({
                "name": "All",
                "company_id": self.company.id,
                "user_id": self.env.uid,
                "cadence_id": self.cadence.id,
                "is_done": True,
            })
        )
        run = (
            self.env["chasing.bulk.run"]
            .sudo()
            .create({
                "act": "pause",
                "company_id": self.company.id,
                "user_id": self.env.uid,
                "is_done": True,
            })
        )
        return {
            "chasing.assignment": assignment,
            "chasing.assignment.line": self.env["chasing.assignment.line"]
            .sudo()
            .create({
                "assignment_id": assignment.id,
                "move_id": self.invoice.id,
            }),
            "chasing.bulk.run": run,
            "chasing.bulk.change": self.env["chasing.bulk.change"]
            .sudo()
            .create({"run_id": run.id, "schedule_id": self.schedule.id, "before": UNCHANGED, "after": UNCHANGED}),
            "chasing.bulk.refusal": self.env["chasing.bulk.refusal"]
            .sudo()
            .create({
                "run_id": run.id,
                "schedule_id": self.schedule.id,
                "reason": "It is so.",
            }),
        }

    def make_policy(self):
        """{model: a record of the firm's policy}."""
        role = self.make_role("Bookkeeping", holder_ids=[Command.create({"is_salesperson": True})])
        tone = self.env["chasing.tone"].create({"name": "Ours", "company_id": self.company.id})
        return {
            "chasing.cadence": self.cadence,
            "chasing.cadence.step": self.cadence.step_ids[:1],
            "chasing.contact.role": role,
            "chasing.contact.role.holder": role.holder_ids,
            "chasing.minimum": self.env["chasing.minimum"].create({
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "amount": 1,
            }),
            "chasing.postal.provider": self.env["chasing.postal.provider"]._for_company(self.company),
            "chasing.rule": self.env["chasing.rule"].create({
                "name": "All",
                "company_id": self.company.id,
                "cadence_id": self.cadence.id,
            }),
            "chasing.tone": tone,
            "chasing.tone.line": tone.line_ids[:1],
        }
