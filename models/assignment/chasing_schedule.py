from odoo import models

from ..people.chasing_address_book import emails_in
from ..plan.chasing_schedule import CHOSEN_BY_PERSON


class ChasingSchedule(models.Model):
    """What an import does to many schedules at once, each act in a number of queries that does not grow with them."""

    _inherit = "chasing.schedule"

    def _import_choose(self):
        """The cadence they have is a person's choice from now on; their steps stay (R50, R53)."""
        self._steered().write(CHOSEN_BY_PERSON)

    def _import_clear(self):
        """No chasing, and no cadence either; what was sent stays (R52, R53)."""
        self._choose_none()

    def _give_contacts(self, texts):
        """Give each e-mail addresses of its own, or the customer's contacts back (R61).

        :param texts: {move id: valid addresses, one a line}; those without one use the customer's contacts
        """
        schedules = self._steered()
        notes, entered = {}, emails_in(texts.values()) - emails_in(schedules.mapped("own_emails"))
        self.env["chasing.delivery"]._address_works(entered)
        for schedule in schedules:
            text = texts.get(schedule.move_id.id)
            schedule.write({"use_own_contacts": bool(text), "own_emails": text})
            notes[schedule.move_id.id] = (
                self.env._("E-mails go to %(addresses)s.", addresses=text.replace("\n", ", "))
                if text
                else self.env._("E-mails go to the customer's contacts.")
            )
        self.env["chasing.prediction"]._changed(schedules)
        schedules._log(notes)
