from odoo import models
from odoo.exceptions import UserError

from ..common import user_input
from ..common.access import check_collector
from ..common.client_actions import notification
from ..people.chasing_address_book import postal_line
from ..policy.res_partner import NO_PAUSE

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
        return self.env["chasing.bulk.run"]._act(act, customers, {}, messages[act], companies=self.env.company)

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
