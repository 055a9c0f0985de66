from odoo import models

from ..common import client_actions


class ChasingLetter(models.Model):
    _inherit = "chasing.letter"

    def action_print(self):
        """Print the chosen letters that wait for it, in one document with a list on top.

        Without a choice these are all of the current company that were not printed yet.
        """
        self._check_may_post()
        letters = self or self.env["chasing.letter.print"]._unprinted()
        return self.env["chasing.letter.print"]._open({"default_letter_ids": letters.ids}, self.env._("Print Letters"))

    def action_open_invoice(self):
        """Open the invoice that the letter is about."""
        self.ensure_one()
        self.check_access("read")
        return client_actions.open_form(self.move_id, self.move_id.display_name)
