import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..common import no_user_defaults, settings_log
from ..common.client_actions import open_form, open_list
from ..common.known_selection import KnownSelection
from ..common.wording import reason_text, translate
from ..engine.letter_layout import LAYOUTS
from ..engine.states import UNPOSTED
from ..postal import PROVIDERS
from ..postal.client import PostalProvider, Refused, Unavailable
from .postal_address import address_of
from .print_queue import PrintQueue
from .snailmail import Snailmail

LAYOUT_NAMES = [
    ("din_a", "A4, window high (DIN 5008 form A)"),
    ("din_b", "A4, window low (DIN 5008 form B)"),
    ("us_10", "US letter, no. 10 envelope"),
]
US_PAPER_COUNTRIES = ("US", "CA")
# This is what `secrets.token_urlsafe` makes.
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
WEBHOOK_PATH = "/chasing/postal/%(code)s/%(token)s"


class ChasingPostalProvider(models.Model):
    """Hold who posts a company's letters (R89): without any set-up a person does, from the print queue.

    The providers that there are, and what is to be known of each, are classes: see `_classes`.
    """

    _name = "chasing.postal.provider"
    _inherit = ["chasing.owned"]
    _description = "Postal Provider"
    _rec_name = "code"
    _check_company_domain = models.check_company_domain_parent_of

    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", index=True, default=lambda self: self.env.company
    )
    code = KnownSelection("_code_selection", "Delivery Method", required=True, default=PrintQueue.code)
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
    color = fields.Boolean("Print in Color")
    duplex = fields.Boolean("Print on Both Sides", default=True)
    client_id = fields.Char("Client ID", groups="base.group_system", copy=False)
    api_key = fields.Char("API Key", groups="base.group_system", copy=False)
    organisation = fields.Char("Organisation ID", groups="base.group_system", copy=False)
    webhook_secret = fields.Char(
        "Signing Key",
        groups="base.group_system",
        copy=False,
        help="The key with which the provider signs its reports. Without it, its reports are ignored.",
    )
    webhook_token = fields.Char(groups="base.group_system", copy=False, default=lambda self: secrets.token_urlsafe(24))
    webhook_url = fields.Char("Webhook URL", compute="_compute_webhook_url", groups="base.group_system")
    test_state = fields.Selection([("ok", "Works"), ("failed", "Does Not Work")], readonly=True, copy=False)
    test_text = fields.Char("Last Test", readonly=True, copy=False)
    letter_count = fields.Integer("Letters Waiting", compute="_compute_letter_count")
    is_parents = fields.Boolean(compute="_compute_is_parents")
    account_fields = fields.Json(compute="_compute_account_fields")

    _one_per_company = models.UniqueIndex("(company_id)", "A company can have only one postal provider.")
    _webhook_token = models.UniqueIndex("(webhook_token)", "Two postal providers cannot share an address.")

    @api.depends("code", "company_id")
    def _compute_layout(self):
        """Choose a layout that suits company and provider; one that suits both already stays."""
        for provider in self:
            local = "us_10" if provider.company_id.country_id.code in US_PAPER_COUNTRIES else "din_b"
            possible = provider._layouts()
            if provider.layout not in possible or not provider.layout:
                provider.layout = local if local in possible else possible[-1]

    @api.depends("code", "webhook_token")
    def _compute_webhook_url(self):
        for provider in self:
            is_told = provider._class().sends_webhooks() and provider.webhook_token
            path = WEBHOOK_PATH % {"code": provider.code, "token": provider.webhook_token}
            provider.webhook_url = provider.get_base_url() + path if is_told else False

    @api.depends("code")
    def _compute_account_fields(self):
        for provider in self:
            provider_class = provider._class()
            provider.account_fields = [*provider_class.credentials, *["test_mode"] * provider_class.has_test_mode]

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
        for provider in self:
            provider.display_name = f"{provider._label(provider.code)} ({provider.sudo().company_id.name})"

    @api.constrains("code", "layout")
    def _check_layout(self):
        for provider in self:
            if provider.layout not in provider._layouts():
                raise ValidationError(
                    self.env._(
                        "%(provider)s does not support this paper. Choose another one.",
                        provider=provider._label(provider.code),
                    )
                )

    def write(self, vals):
        """Let what waits untouched follow a change: it leaves by the new provider, on the new paper.

        What was tried before says nothing of a changed account.
        """
        credentials = {name for provider_class in self._classes().values() for name in provider_class.credentials}
        if {"code", "test_mode", *credentials} & set(vals):
            vals = {"test_state": False, "test_text": False, **vals}
        names = vals.keys() - {"test_state", "test_text", "webhook_token"}
        before = {provider: settings_log.snapshot(provider.sudo(), sorted(names)) for provider in self}
        result = super().write(vals)
        for provider, old in before.items():
            title = self.env._("Postal provider of %(company)s changed.", company=provider.company_id.name)
            settings_log.log_changes(provider.sudo(), old, provider.sudo().company_id.partner_id, title)
        if {"code", "layout"} & set(vals):
            self.env["chasing.letter"].sudo()._on_provider_change(self)
        if {"code", *credentials} & set(vals):
            self.env["chasing.channel"]._availability_changed(self.company_id)
        return result

    @api.model
    def _for_company(self, company):
        """Return the provider of a company: its own, else that of its nearest ancestor that has one.

        Where nobody chose one, it gets a print queue of its own.
        """
        return self._nearest(company) or no_user_defaults.create(self, {"company_id": company.id})

    @api.model
    def _expected(self, company):
        """Return the provider that `_for_company` would, without making any."""
        return self._nearest(company) or self.sudo().new({"company_id": company.id})

    @api.model
    def _nearest(self, company):
        """Return the provider that this company or its nearest ancestor chose, none if nobody did."""
        chosen = self.sudo().search([("company_id", "parent_of", company.ids)])
        return chosen.sorted(lambda provider: len(provider.company_id.parent_path or ""), reverse=True)[:1]

    @api.model
    def _by_token(self, code, token):
        """Return the provider that a message of a provider's is addressed to, none if the address is wrong."""
        if not TOKEN.fullmatch(token):
            return self.browse()
        return self.sudo().search([("webhook_token", "=", token), ("code", "=", code)])

    # ------------------------------------------------------------------ what is known of a provider

    @api.model
    def _classes(self):
        """Return {code: class} of all providers, subclasses of `postal.client.PostalProvider`.

        Hook: extended by other addons with theirs.
        """
        return {PrintQueue.code: PrintQueue, Snailmail.code: Snailmail, **PROVIDERS}

    @api.model
    def _class_of(self, code):
        """Return the class of a provider; one that says nothing for a code that is no longer known."""
        return self._classes().get(code, PostalProvider)

    def _class(self):
        return self._class_of(self.code)

    @api.model
    def _label(self, code):
        """Return a provider's name in the reader's language."""
        return translate(self.env, self._class_of(code).label) or code

    @api.model
    def _code_selection(self):
        classes = sorted(
            self._classes().values(), key=lambda provider_class: (provider_class.sequence, provider_class.label)
        )
        return [(provider_class.code, self._label(provider_class.code)) for provider_class in classes]

    def _layouts(self):
        """Return the names of the layouts that this provider prints."""
        return self._class().layouts or tuple(LAYOUTS)

    def _prints_addresses(self):
        """Return whether the provider itself prints sender and recipient onto the first page, which is free there."""
        return self._class().prints_addresses

    def _client(self):
        """Return the client of this provider's account, None where there is none to talk with."""
        self.ensure_one()
        provider = self.sudo()
        return provider._class().connect(provider, provider._setting)

    def _setting(self, name):
        """Return what an administrator set for this provider under a name such as `url`."""
        return self.env["ir.config_parameter"].sudo().get_param(f"invoice_chasing.{self.code}_{name}")

    def _missing(self):
        """Return what keeps this provider from being used, in a sentence; False if nothing is missing."""
        provider = self.sudo()
        if provider and provider.code not in self._classes():
            # The addon that brought it is no longer installed.
            return reason_text(self.env, "not_set_up")
        missing = [name for name in provider._class().credentials if not provider[name]]
        if not missing:
            return False
        labels = [provider._fields[name]._description_string(self.env) for name in missing]
        return self.env._("Enter this first: %(fields)s.", fields=", ".join(labels))

    # ------------------------------------------------------------------ for people

    @api.model
    def action_open(self):
        """Open the provider by which the current company's letters leave, made if nobody chose one."""
        self._check_manager()
        return self._for_company(self.env.company)._open()

    def action_choose_own(self):
        """Give a branch whose letters left by its parent's provider until now one of its own."""
        self._check_manager()
        company = self.env.company
        own = self.sudo().search([("company_id", "=", company.id)])
        own = own or no_user_defaults.create(self, {"company_id": company.id})
        return own._open()

    @api.model
    def _check_manager(self):
        if not self.env.user.has_group("invoice_chasing.group_manager"):
            raise AccessError(self.env._("Only chasing managers can see the postal providers."))

    def _open(self):
        return open_form(self, self.env._("Postal Provider"))

    def action_open_letters(self):
        """Open the letters that wait to leave by it."""
        self.ensure_one()
        self.check_access("read")
        domain = [("provider_id", "=", self.id), ("state", "in", UNPOSTED)]
        return open_list(
            self.env["chasing.letter"], self.env._("Letters Waiting"), domain, views=("list", "kanban", "form")
        )

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
        """Return what is wrong, in a sentence; False if nothing is."""
        if problem := self._missing():
            return problem
        client = self._client()
        if not client:
            return False
        try:
            client.check_sender(address_of(self.company_id.partner_id))
            client.check()
        except Refused as refusal:
            return reason_text(self.env, refusal.code, {"detail": refusal.detail})
        except Unavailable as trouble:
            return self.env._("%(detail)s Try again later.", detail=trouble.detail)
        return False
