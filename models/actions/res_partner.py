import json
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common import bulk_sql, formats, user_input
from ..common.access import check_collector
from ..common.client_actions import notification
from ..people.chasing_address_book import postal_line
from ..plan.chasing_schedule import PAUSE_REASONS
from ..policy.res_partner import HOLDING_FIELDS, NO_PAUSE
from .chasing_bulk_change import as_values

# A click does these, and Undo takes them back; nothing is asked first.
ONE_CLICK_ACTS = ("resume_customer", "include_customer")


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _chasing_as_collector(self):
        """Return these customers with the rights to steer their chasing, for a collector only (R37)."""
        self.check_access("read")
        check_collector(self.env)
        return self.commercial_partner_id.sudo()

    def action_chasing_do(self, act):
        """Do what needs no asking with these customers in the current company, and answer with a toast.

        :param act: one of ONE_CLICK_ACTS
        """
        if act not in ONE_CLICK_ACTS:
            raise UserError(self.env._("There is no action called %(act)s.", act=act))
        messages = {
            "resume_customer": self.env._("Chasing of this customer is resumed."),
            "include_customer": self.env._("This customer is chased again."),
        }
        customers = self.commercial_partner_id | self
        blocked = customers._chasing_blocked_reasons(act)
        held = customers.filtered(lambda customer: customer not in blocked) or self.commercial_partner_id
        return self.env["chasing.bulk.run"]._act(act, held, {}, messages[act], companies=self.env.company)

    def action_chasing_pause(self, until=None, reason=None):
        """Hold everything of these customers in the current company and its branches (R36, R37).

        :param until: the local date on which chasing goes on by itself, or None
        :param reason: why, in a person's words
        """
        self._chasing_as_collector().write({
            "chasing_paused": True,
            "chasing_paused_until": user_input.parse_pause_end(self.env, until, self.env.company),
            "chasing_pause_reason": user_input.parse_reason(self.env, reason),
        })
        return True

    def action_chasing_resume(self):
        """Go on with the next step of every invoice of these customers (R35b).

        It is meant in the current company and its branches.
        """
        (self._chasing_as_collector() | self.sudo()).write(NO_PAUSE)
        return True

    def action_chasing_exclude(self):
        """Never chase these customers in the current company and its branches, whatever an invoice says (R37)."""
        self._chasing_as_collector().chasing_excluded = True
        return True

    def action_chasing_include(self):
        """Chase these customers again in the current company and its branches."""
        (self._chasing_as_collector() | self.sudo()).chasing_excluded = False
        return True

    def action_chasing_address_works(self):
        """Note that messages arrive at this contact's addresses again."""
        self._chasing_as_collector()
        self.env["chasing.delivery"]._address_works(self._chasing_addresses())
        return notification(self.env._("Marked as valid. You can retry what failed."))

    def action_chasing_confirm_address(self):
        """Confirm that this postal address is where letters about earlier invoices arrive (R60)."""
        self._chasing_as_collector()
        for partner in self.sudo():
            partner.chasing_confirmed_address = postal_line(partner)
        return notification(self.env._("The address is confirmed for letters."))

    # ------------------------------------------------------------------ many at once

    def _chasing_blocked_reasons(self, act, **values):
        """Return {customer: why an act leaves them as they are in the current company} of those that it does.

        Hook: rooms that add an act say here what it changes nothing of.

        :param act: one of CUSTOMER_ACTS
        :param values: the arguments of its method
        """
        readable = self._filtered_access("read")
        blocked = dict.fromkeys(self - readable, self.env._("It belongs to another company."))
        unchanged = {
            "exclude_customer": ("chasing_excluded", True, self.env._("Already excluded.")),
            "include_customer": ("chasing_excluded", False, self.env._("It was not excluded.")),
            "resume_customer": ("chasing_paused", False, self.env._("It was not paused.")),
        }
        if act in unchanged:
            name, value, why = unchanged[act]
            same = readable.sudo().filtered(lambda customer: customer[name] == value)
            blocked |= dict.fromkeys(readable & same.sudo(False), why)
        return blocked

    @api.model
    def _chasing_changed_fields(self, act):
        """Return which fields of customers an act may change.

        Hook: rooms that add an act say it here.
        """
        return HOLDING_FIELDS

    def _chasing_look(self, act):
        """Return {customer id: what is said of it now in the current company and its branches}, as JSON holds it.

        :param act: one of CUSTOMER_ACTS: what it may change is looked at
        """
        seen = {customer.id: {"own": {}, "steps": {}} for customer in self}
        names = self._chasing_changed_fields(act)
        for company in self.env.company | self.env.company._chasing_branches():
            for customer in self.sudo().with_company(company):
                seen[customer.id]["own"][str(company.id)] = {name: customer._chasing_noted(name) for name in names}
        return seen

    def _chasing_noted(self, name):
        """Return the value of a field as JSON holds it."""
        value, kind = self[name], self._fields[name].type
        if kind == "date":
            return fields.Date.to_string(value) or None
        return value.id if kind == "many2one" else value

    @api.model
    def _chasing_give_back(self, noted, text):
        """Let customers have what was noted of them, and note on them that they have.

        :param noted: {customer: {company id: {field: value}}}
        :param text: what is noted
        """
        groups = defaultdict(self.browse)
        for customer, companies in noted.items():
            for company_id, values in companies.items():
                groups[int(company_id), json.dumps(values, sort_keys=True)] |= customer
        self.union(*noted)._chasing_as_collector()
        for (company_id, values), customers in groups.items():
            here = customers.sudo().with_company(company_id).with_context(tracking_disable=True)
            here._chasing_hold_here(as_values(here, json.loads(values)))
        bulk_sql.log_notes(self.union(*noted), dict.fromkeys((customer.id for customer in noted), text))

    @api.model
    def _chasing_standing_text(self, values):
        """Return what noted values say: 'Excluded', 'Paused until Fri 5 Mar 2026 (they move house)'.

        Hook: rooms that add an act say it of what theirs changes.

        :param values: {field: value} as `_chasing_look` returns them
        """
        if values.get("chasing_excluded"):
            return self.env._("Excluded from chasing")
        if not values.get("chasing_paused"):
            return self.env._("Chased as usual")
        reason = values.get("chasing_pause_reason")
        until = fields.Date.to_date(values.get("chasing_paused_until"))
        text = self.env._("Paused")
        if until:
            text = self.env._("Paused until %(day)s", day=formats.day(self.env, until))
        return f"{text} ({dict(PAUSE_REASONS).get(reason, reason)})" if reason else text

    def _chasing_log_changes(self, before, after):
        """Note on these customers what an act changed of them in the current company; what stayed is not noted.

        :param before: what `_chasing_look` returned before it
        :param after: what it returned after it
        """
        company, texts = str(self.env.company.id), {}
        for customer_id, values in after.items():
            old, new = before[customer_id]["own"][company], values["own"][company]
            if old != new:
                texts[customer_id] = self.env._(
                    "Invoice chasing in %(company)s: %(old)s → %(new)s",
                    company=self.env.company.name,
                    old=self._chasing_standing_text(old),
                    new=self._chasing_standing_text(new),
                )
        bulk_sql.log_notes(self, texts)
