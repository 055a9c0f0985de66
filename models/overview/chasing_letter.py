from odoo import models


class ChasingLetter(models.Model):
    _inherit = "chasing.letter"

    def action_print(self):
        """Print the chosen letters that wait for it, in one document with a list on top."""
        self._check_may_post()
        return self.env["chasing.letter.print"]._open({"default_letter_ids": self.ids}, self.env._("Print Letters"))
