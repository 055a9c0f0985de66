from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..common.wording import reason_text, translate
from ..engine import address_list, recipients
from ..engine.states import RETRYABLE, UNSENT

# Copies of one message.
MAX_COPIES = 10
# Why a recipient is one -> under which name it is said that the address is corrected on no contact.
NOT_ON_A_CONTACT = {"own_list": "own", "entered": "entered"}
# A list of addresses that a person types -> it takes so many.
MOST_ENTERED = {"to_emails": address_list.MAX_RECIPIENTS, "cc": MAX_COPIES}


class ChasingStep(models.Model):
    _inherit = "chasing.step"

    # Whom a person chose for this one message (R74); without any, those whom the step reaches by itself.
    to_ids = fields.Many2many(
        "res.partner",
        "chasing_step_to_rel",
        "step_id",
        "partner_id",
        "Chosen Recipients",
        readonly=True,
        check_company=True,
    )
    to_emails = fields.Text("Other Addresses", readonly=True)
    cc = fields.Char("CC", readonly=True)

    @api.constrains("to_emails", "cc")
    def _check_entered_addresses(self):
        """Refuse what is no address, and more of them than a message takes (R74)."""
        for step in self:
            for name in MOST_ENTERED:
                label = self._fields[name]._description_string(self.env)
                self._check_entered(step[name] or "", MOST_ENTERED[name], label)

    def _entered_problem(self, name):
        """Return why one of the lists of addresses that a person typed cannot be used, in a sentence; None if it can.

        :param name: the field that has it
        """
        label = self._fields[name]._description_string(self.env)
        return self._problem_of_list(self[name] or "", MOST_ENTERED[name], label)

    @api.model
    def _problem_of_list(self, text, most, name):
        """Return why a list of addresses is too long, or has one that is none, in a sentence; None if it is fine.

        :param most: the number of addresses it takes
        :param name: what the list is called, in the user's language
        """
        entries = address_list.parse_address_list(text)
        for _name, address in entries:
            if not address_list.is_email(address):
                return self.env._(
                    "%(name)s: “%(address)s” is not an e-mail address. Correct it.", name=name, address=address
                )
        if len(entries) > most:
            return self.env._(
                "%(name)s: no more than %(limit)s addresses are possible. Remove some of them.", name=name, limit=most
            )
        return None

    @api.model
    def _check_entered(self, text, most, name):
        """Refuse a list of addresses that cannot be used, see `_problem_of_list`."""
        if problem := self._problem_of_list(text, most, name):
            raise ValidationError(problem)

    @api.model
    def _to_be_sent(self):
        """Return the domain of the messages that may still leave: a person may send again what has failed (R84)."""
        failed = Domain("state", "in", RETRYABLE) & Domain("is_dismissed", "=", False)
        return failed | Domain("state", "in", (*UNSENT, "under_way"))

    def _copies(self):
        """Return [(name, address)] of those who get a copy of this step's e-mail (R74)."""
        return address_list.parse_address_list(self.cc or "")

    def _copy_texts(self):
        """Return a line for each who gets a copy of this step's e-mail (R66, R74)."""
        channels = self.env["chasing.channel"]._all()
        if not any(channels[code]._takes_copies for code in self._channels()):
            return []
        return [
            self.env._("%(recipient)s: Copy of the e-mail", recipient=f"{name} <{address}>" if name else address)
            for name, address in self._copies()
        ]

    @api.model
    def _as_seen(self, recipients):
        """Return recipients as the user may know them: of a contact that they may not read, no name and no address."""
        contacts = self.env["res.partner"].sudo(False).browse(one.contact_key for one in recipients if one.contact_key)
        hidden = set((contacts - contacts._filtered_access("read")).ids)
        unnamed = self.env._("A contact that you may not see")
        return [replace(one, name=unnamed, address=unnamed) if one.contact_key in hidden else one for one in recipients]

    def _why_text(self, recipient):
        """Return one recipient in words: the address, whose it is, and why or why not (R66)."""
        why = translate(self.env, recipients.WHY[recipient.why]) % {"role": self.role_id.name}
        if recipient.problem:
            why = reason_text(self.env, recipient.problem, _problem_values(recipient))
        name = recipient.name and recipient.name != recipient.address and f"{recipient.name} <{recipient.address}>"
        return self.env._("%(recipient)s: %(why)s", recipient=name or recipient.address, why=why)


def _problem_values(recipient):
    """Return what the sentence of a recipient's problem says."""
    place = NOT_ON_A_CONTACT.get(recipient.why)
    return {"address": recipient.address, "name": recipient.name, **({place: True} if place else {})}
