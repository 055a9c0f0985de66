import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..common import no_user_defaults, settings_log
from ..common.wording import reason_text
from ..engine.letters import LAYOUTS
from ..engine.states import UNPOSTED
from ..postal.client import Refused, Unavailable
from ..postal.lob import Lob
from ..postal.pingen import Pingen

PROVIDERS = [
    ("print", "Print and post yourself"),
    ("snailmail", "Odoo Snailmail"),
    ("lob", "Lob"),
    ("pingen", "Pingen"),
]
LAYOUT_NAMES = [
    ("din_a", "A4, window high (DIN 5008 form A)"),
    ("din_b", "A4, window low (DIN 5008 form B)"),
    ("us_10", "US letter, no. 10 envelope"),
]
US_PAPER = ("US", "CA")
# pages a provider insists on
PAPER = {"snailmail": ("din_a", "din_b"), "lob": ("us_10",), "pingen": ("din_a", "din_b")}
# the fields without which a provider cannot be used
NEEDED = {"lob": ("api_key",), "pingen": ("client_id", "api_key", "organisation")}
FOR_ACCOUNTS = frozenset(name for names in NEEDED.values() for name in names)
# those that know a letter by our key and tell later what became of it
ANSWERING = frozenset(NEEDED)
# what `secrets.token_urlsafe` makes
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
WEBHOOK_PATH = "/chasing/postal/%(code)s/%(token)s"


def _lob(provider):
    url = provider.env["ir.config_parameter"].get_param("invoice_chasing.lob_url")
    # our letters leave the place free: see `_prints_addresses`
    return Lob(provider.api_key or "", address_placement="top_first_page", **({"base_url": url} if url else {}))


def _pingen(provider):
    get = provider.env["ir.config_parameter"].get_param
    return Pingen(
        provider.client_id or "",
        provider.api_key or "",
        provider.organisation or "",
        test_mode=provider.test_mode,
        base_url=get("invoice_chasing.pingen_url"),
        identity_url=get("invoice_chasing.pingen_identity_url"),
    )


# code -> what makes its client, a postal.client.PostalClient, of a provider's record
CLIENTS = {"lob": _lob, "pingen": _pingen}


class ChasingPostalProvider(models.Model):
    """Who posts a company's letters (R89): without any set-up a person does, from the print queue."""

    _name = "chasing.postal.provider"
    _inherit = ["chasing.owned"]
    _description = "Postal Provider"
    _rec_name = "code"
    _check_company_domain = models.check_company_domain_parent_of

    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", index=True, default=lambda self: self.env.company
    )
    code = fields.Selection(PROVIDERS, "Letters Leave By", required=True, default="print")
    test_mode = fields.Boolean(help="Letters go to the provider's test system, which prints nothing.")
    layout = fields.Selection(
        LAYOUT_NAMES,
        "Paper and Envelope",
        required=True,
        compute="_compute_layout",
        store=True,
        readonly=False,
        precompute=True,
    )
    color = fields.Boolean("Print in Colour")
    duplex = fields.Boolean("Print on Both Sides", default=True)
    client_id = fields.Char("Client ID", groups="base.group_system", copy=False)
    api_key = fields.Char("Key", groups="base.group_system", copy=False)
    organisation = fields.Char("Organisation ID", groups="base.group_system", copy=False)
    webhook_secret = fields.Char(
        "Signing Key",
        groups="base.group_system",
        copy=False,
        help="With it the provider signs what it tells about letters. Empty: nothing it tells is believed.",
    )
    webhook_token = fields.Char(groups="base.group_system", copy=False, default=lambda self: secrets.token_urlsafe(24))
    webhook_url = fields.Char("Address for Messages", compute="_compute_webhook_url", groups="base.group_system")
    test_state = fields.Selection([("ok", "Works"), ("failed", "Does Not Work")], readonly=True, copy=False)
    test_text = fields.Char("Last Test", readonly=True, copy=False)
    letter_count = fields.Integer("Letters Waiting", compute="_compute_letter_count")
    is_parents = fields.Boolean(compute="_compute_is_parents")

    _one_per_company = models.UniqueIndex("(company_id)", "A company has one postal provider.")
    _webhook_token = models.UniqueIndex("(webhook_token)", "Two postal providers cannot share an address.")

    @api.depends("code", "company_id")
    def _compute_layout(self):
        """A layout that suits company and provider; one that suits both already stays."""
        for provider in self:
            local = "us_10" if provider.company_id.country_id.code in US_PAPER else "din_b"
            possible = PAPER.get(provider.code) or tuple(LAYOUTS)
            if provider.layout not in possible or not provider.layout:
                provider.layout = local if local in possible else possible[-1]

    @api.depends("code", "webhook_token")
    def _compute_webhook_url(self):
        for provider in self:
            told = provider.code in ANSWERING and provider.webhook_token
            path = WEBHOOK_PATH % {"code": provider.code, "token": provider.webhook_token}
            provider.webhook_url = provider.get_base_url() + path if told else False

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_is_parents(self):
        for provider in self:
            provider.is_parents = provider.company_id != self.env.company

    def _compute_letter_count(self):
        counts = dict(
            self.env["chasing.letter"]._read_group(
                [("provider_id", "in", self.ids), ("state", "in", UNPOSTED)], ["provider_id"], ["__count"]
            )
        )
        for provider in self:
            provider.letter_count = counts.get(provider, 0)

    @api.depends("code", "company_id")
    def _compute_display_name(self):
        names = dict(self._fields["code"]._description_selection(self.env))
        for provider in self:
            provider.display_name = f"{names.get(provider.code)} ({provider.sudo().company_id.name})"

    @api.constrains("code", "layout")
    def _check_layout(self):
        for provider in self:
            if provider.layout not in PAPER.get(provider.code, LAYOUTS):
                names = dict(self._fields["code"]._description_selection(self.env))
                raise ValidationError(
                    self.env._("%(provider)s prints no such paper: choose another one.", provider=names[provider.code])
                )

    def write(self, vals):
        """What waits untouched follows a change: it leaves by the new provider, on the new paper. What was tried before
        says nothing of a changed account."""
        if {"code", "test_mode", *FOR_ACCOUNTS} & set(vals):
            vals = {"test_state": False, "test_text": False, **vals}
        names = vals.keys() - {"test_state", "test_text", "webhook_token"}
        before = {provider: settings_log.snapshot(provider.sudo(), sorted(names)) for provider in self}
        result = super().write(vals)
        for provider, old in before.items():
            title = self.env._("Postal provider of %(company)s changed.", company=provider.company_id.name)
            settings_log.log_changes(provider.sudo(), old, provider.sudo().company_id.partner_id, title)
        if {"code", "layout"} & set(vals):
            self.env["chasing.letter"].sudo()._provider_changed(self)
        if {"code", *FOR_ACCOUNTS} & set(vals):
            self.env["chasing.prediction"]._company_changed(self.company_id)
        return result

    @api.model
    def _for_company(self, company):
        """The provider of a company: its own, else that of its nearest ancestor that has one; where nobody chose one,
        a print queue of its own."""
        return self._nearest(company) or no_user_defaults.create(self, {"company_id": company.id})

    @api.model
    def _expected(self, company):
        """The same, without making any."""
        return self._nearest(company) or self.sudo().new({"company_id": company.id})

    @api.model
    def _nearest(self, company):
        """The provider that this company or its nearest ancestor chose, none if nobody did."""
        found = self.sudo().search([("company_id", "parent_of", company.ids)])
        return found.sorted(lambda one: len(one.company_id.parent_path or ""), reverse=True)[:1]

    @api.model
    def _by_token(self, code, token):
        """The provider that a message of a provider's is addressed to, none if the address is wrong."""
        if not TOKEN.fullmatch(token):
            return self.browse()
        return self.sudo().search([("webhook_token", "=", token), ("code", "=", code)])

    def _client(self):
        """The client of this provider's account, None where a person posts the letters."""
        self.ensure_one()
        build = CLIENTS.get(self.code)
        return build(self.sudo()) if build else None

    def _prints_addresses(self):
        """Whether the provider itself prints sender and recipient onto the first page, which is free there."""
        return self.code == "lob"

    def _missing(self):
        """What keeps this provider from being used, in a sentence; False if nothing is missing."""
        provider = self.sudo()
        missing = [name for name in NEEDED.get(self.code, ()) if not provider[name]]
        if not missing:
            return False
        labels = [provider._fields[name]._description_string(self.env) for name in missing]
        return self.env._("Enter this first: %(fields)s.", fields=", ".join(labels))

    # ------------------------------------------------------------------ for people

    @api.model
    def action_open(self):
        """The provider by which the current company's letters leave, made if nobody chose one."""
        self._check_manager()
        return self._for_company(self.env.company)._open()

    def action_choose_own(self):
        """A provider of its own for a branch whose letters left by its parent's until now."""
        self._check_manager()
        company = self.env.company
        found = self.sudo().search([("company_id", "=", company.id)])
        own = found or no_user_defaults.create(self, {"company_id": company.id})
        return own._open()

    @api.model
    def _check_manager(self):
        if not self.env.user.has_group("invoice_chasing.group_manager"):
            raise AccessError(self.env._("Only chasing managers can see how letters leave."))

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Postal Provider"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_test(self):
        """Ask the provider whether the account can be used; nothing is sent."""
        self.check_access("write")
        for provider in self:
            problem = provider._test()
            provider.write({
                "test_state": "failed" if problem else "ok",
                "test_text": problem or self.env._("It works."),
            })
        return True

    def _test(self):
        """What is wrong, in a sentence; False if nothing is."""
        client = self._client()
        if problem := self._missing():
            return problem
        if not client:
            return False
        try:
            client.check_sender(self.env["chasing.letter"]._address(self.company_id.partner_id))
            client.check()
        except Refused as refusal:
            return reason_text(self.env, refusal.code, {"detail": refusal.detail})
        except Unavailable as trouble:
            return self.env._("%(detail)s Try again later.", detail=trouble.detail)
        return False
