from odoo import api, fields, models
from odoo.exceptions import UserError

from ..actions.chasing_bulk_run import SENDING_BATCH_SIZE
from ..common import clock, no_user_defaults
from ..common.wording import counted
from ..engine import moments
from ..engine.customer_zone import COMPANY

MESSAGE_ACTS = [
    ("send_message", "Send Message"),
    ("schedule_message", "Schedule Message"),
]


class ChasingBulkRun(models.Model):
    """Send or schedule a message about many invoices (R102b).

    Its values are the words of the message, as `chasing.hand` takes them, and of one for later the local day, the hour
    and whose zone it is.
    """

    _inherit = "chasing.bulk.run"

    about = fields.Selection(selection_add=[("account.move", "Messages")], ondelete={"account.move": "cascade"})
    act = fields.Selection(selection_add=MESSAGE_ACTS, ondelete={act: "cascade" for act, _label in MESSAGE_ACTS})

    def _done_text(self):
        if self[:1].about != "account.move":
            return super()._done_text()
        count = sum(self.mapped("done")) - sum(self.mapped("refused_count"))
        if self[:1].act == "send_message":
            one, many = self.env._("1 message is on its way."), self.env._("%(count)s messages are on their way.")
            return counted(self.env, count, one, many)
        one, many = self.env._("1 message scheduled."), self.env._("%(count)s messages scheduled.")
        return counted(self.env, count, one, many)

    @api.model
    def _of_scheduled(self, step):
        """Return the run of a message that a person has just scheduled, which undoes it unless it was changed since."""
        run = no_user_defaults.create(
            self.sudo(),
            {
                "about": "account.move",
                "act": "schedule_message",
                "user_id": self.env.uid,
                "company_id": step.company_id.id,
                "selected": step.move_id.ids,
                "done": 1,
                "is_done": True,
            },
        )
        self.env["chasing.bulk.change"].sudo()._note_made(run, step.sudo())
        return run.sudo(self.env.su)

    # ------------------------------------------------------------------ working

    def _batch_size(self):
        return SENDING_BATCH_SIZE if self.act == "send_message" else super()._batch_size()

    def _ready(self, records):
        """Send no more at once than the mail servers take; the rest follows as they take more (R113)."""
        if self.act != "send_message" or self.undone_at:
            return super()._ready(records)
        drafts = self.env["chasing.hand"]._drafts(records, self.values["words"])
        waiting = {move.sudo(False): draft for move, draft in drafts.items()}
        return self.env["chasing.pace"]._ready(waiting, clock.now(self.env), has_waited=bool(self.waits_until))

    def _note_before(self, records):
        """Make the documents of what may go, while nothing is locked: what one refuses, the others keep (R33, R73)."""
        super()._note_before(records)
        if self.act == "send_message" and not self.undone_at:
            posted = records.filtered(lambda move: move.state == "posted")
            refused = self.env["chasing.hand"]._obstacles(posted, later=False)
            going = posted.browse(move.id for move in posted if move not in refused)
            self.env["chasing.documents"]._make_at_once(going.sudo())

    def _apply(self, records):
        if self.about != "account.move":
            return super()._apply(records)
        refused = self._blocked_messages(records)
        # Whoever is not reached is not asked to be: no draft is confirmed for it, and no step is made (R102b).
        refused |= self._unreached(records.browse(move.id for move in records if move not in refused))
        going = records.browse(move.id for move in records if move not in refused)
        if not going:
            return refused
        hand, words = self.env["chasing.hand"], self.values["words"]
        if self.act == "schedule_message":
            steps = hand._make(going, words, self._places(going))
            self.env["chasing.bulk.change"]._note_made(self, steps)
            return refused
        drafts = going.filtered(lambda move: move.state == "draft")
        unsent = {step.move_id: why for step, why in hand._send(hand._make(going, words)).items()}
        self._keep_drafts(drafts, unsent)
        return refused | unsent

    def _keep_drafts(self, drafts, unsent):
        """Undo what confirmed drafts whose message did not go; the others are sent without them (R102b).

        :param unsent: {invoice: why its message did not go}
        """
        for move in drafts:
            if move in unsent:
                raise UserError(unsent[move])

    def _unreached(self, moves):
        """Return {invoice: why nobody gets its message} of those of which nobody does, as the page has said before."""
        hand = self.env["chasing.hand"]
        drafts = {move.sudo(False): draft for move, draft in hand._drafts(moves, self.values["words"]).items()}
        return hand._reach(drafts, self._instants(moves), self.act == "send_message")[1]

    def _instants(self, moves):
        """Return {invoice: the UTC instant at which its message goes}."""
        now = clock.now(self.env)
        if self.act == "send_message":
            return dict.fromkeys(moves, now)
        return {
            move: moments.instant(day, hour, zone or move.company_id.sudo()._chasing_timezone())
            for move, (day, hour, zone) in self._places(moves).items()
        }

    def _blocked_messages(self, moves):
        """Return {invoice: why no message is sent or scheduled of it} of those of which none is, whoever gets it."""
        later = self.act == "schedule_message"
        refused = self.env["chasing.hand"]._obstacles(moves, later)
        if not self.env.user.has_group("account.group_account_invoice"):
            why = self.env._("This invoice is a draft. Ask someone with invoicing rights to confirm it first.")
            refused |= dict.fromkeys(moves.filtered(lambda move: move.state == "draft"), why)
        if later:
            why, now = self.env._("That time has passed. Choose a later one."), clock.now(self.env)
            refused |= {move: why for move, at in self._instants(moves).items() if at < now}
        return refused

    def _places(self, moves):
        """Return {invoice: (local day, hour, name of the zone or False for the company's)} of messages for later."""
        place = self.values["place"]
        day, zone = fields.Date.to_date(place["day"]), place["zone"]
        if zone == "customer":
            told = self.env["chasing.hand"]._customers_zones(moves)
            zones = {move: name if by != COMPANY else False for move, (name, by) in told.items()}
        else:
            zones = dict.fromkeys(moves, False if zone == "company" else zone)
        return {move: (day, place["hour"], zones[move]) for move in moves}

    def _subject(self, record):
        if self.about == "account.move" and not self.undone_at:
            return {"move_id": record.id}
        return super()._subject(record)
