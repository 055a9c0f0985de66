from collections import Counter

from odoo import api, models

from ..common import clock
from ..common.wording import reason_text
from ..engine import customer_zone, holds

# Fields of a step that hold several records: they are read by their ids, of a step that is saved nowhere as well.
SEVERAL = ("to_ids", "attachment_ids")


class ChasingHand(models.AbstractModel):
    """Tell of a message whom it would reach before it is made (R102b)."""

    _inherit = "chasing.hand"

    @api.model
    def _drafts(self, moves, words):
        """Return {invoice: the step that a message about it would be}, saved nowhere, with all rights.

        :param words: {field of `chasing.step`: value}, as `_make` takes them
        """
        said = {name: value for name, value in words.items() if name not in SEVERAL}
        drafts = {}
        for company, group in moves.sudo().grouped("company_id").items():
            steps = self.env["chasing.step"].sudo().with_company(company)
            for move in group.with_company(company):
                is_copy = bool(move._chasing_closure()) and move.state == "posted"
                draft = steps.new({
                    "schedule_id": move.chasing_schedule_ids or self._blank_schedule(move),
                    "trigger": "on_date",
                    "mode": "auto",
                    "state": "planned",
                    "is_by_hand": True,
                    "is_copy": is_copy,
                    **said,
                })
                for name in SEVERAL:
                    # Who reads a new record's records gets new ones, which no address book knows.
                    draft._fields[name]._update_cache(draft, tuple(words.get(name) or ()))
                drafts[move] = draft
        return drafts

    def _blank_schedule(self, move):
        return self.env["chasing.schedule"].sudo().new({"move_id": move.id, "company_id": move.company_id.id})

    @api.model
    def _reach(self, drafts, instants, by_person):
        """Return ({invoice: {channel: how many get its message}}, {invoice: why nobody gets it}).

        :param drafts: what `_drafts` returned
        :param instants: {invoice: the UTC instant at which its message goes}
        :param by_person: they are sent now, by a person's click
        """
        steps = self.env["chasing.step"].sudo().union(*drafts.values())
        found = steps._addressed({step: instants[move] for move, step in drafts.items()}, None, by_person)
        reached, unreached = {}, {}
        for move, step in drafts.items():
            reached[move] = Counter()
            for channel, resolution in found[step].items():
                reached[move][channel] = sum(not (one.problem or one.internal) for one in resolution.recipients)
            if not reached[move].total():
                unreached[move] = self._nobody_text(found[step])
        return reached, unreached

    def _nobody_text(self, resolutions):
        """Return why nobody gets a message, by the first channel."""
        for channel, resolution in resolutions.items():
            codes = [resolution.problem, *(one.problem for one in resolution.recipients)]
            if code := next(filter(None, codes), None):
                return reason_text(self.env, code, {"channel": channel, "role": None})
        return self.env._("Choose at least one channel.")

    @api.model
    def _customers_zones(self, moves):
        """Return {invoice: (name of its customer's zone, what told it)} (R102), with all rights.

        What told it is one of the engine's USER, COUNTRY, COMPANY.
        """
        now, zones = clock.now(self.env), {}
        for move in moves:
            contact, company = move.partner_id.sudo(), move.company_id.sudo()
            own = contact.with_context(active_test=True).user_ids.mapped("tz")
            country = contact.country_id or contact.commercial_partner_id.country_id
            zones[move] = customer_zone.zone_of_customer(
                filter(None, own), country.code, company._chasing_timezone(), now
            )
        return zones

    @api.model
    def _held_then(self, moves, instants):
        """Return {invoice: the Hold that keeps its message for later from leaving} of those that have one (R35b, R102).

        One that ends by itself before the message goes keeps nothing; nobody knows when others end.

        :param instants: {invoice: the UTC instant at which its message goes}
        """
        found = {}
        for move, told in self._binding(moves.sudo()).items():
            own = move.sudo(False)
            lasting = [hold for hold in told if not holds.ends_by(hold, instants[own])]
            if lasting:
                found[own] = lasting[0]
        return found
