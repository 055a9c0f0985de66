from base64 import b64encode

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.common import client_actions
from ..models.engine.states import PRINTABLE


class ChasingLetterPrint(models.TransientModel):
    """Print the letters that are still due in one document, and note that they were handed to the post."""

    _name = "chasing.letter.print"
    _inherit = "chasing.dialog"
    _description = "Print Letters"

    letter_ids = fields.Many2many("chasing.letter", string="Selected Letters", required=True)
    left_out_text = fields.Char(readonly=True)
    letter_count = fields.Integer("Letters", compute="_compute_letter_count")
    printed_count = fields.Integer(compute="_compute_letter_count", help="Those that were printed before.")
    page_count = fields.Integer("Pages", readonly=True)
    file = fields.Binary("Document", readonly=True, attachment=False)
    file_name = fields.Char(default="letters.pdf")

    @api.depends("letter_ids")
    def _compute_letter_count(self):
        for dialog in self:
            dialog.letter_count = len(dialog.letter_ids)
            dialog.printed_count = len(dialog.letter_ids.filtered("printed_at"))

    @api.model
    def _unprinted(self):
        """Return the letters of the current company that wait to be printed for the first time, else to be posted.

        :raises UserError: if there are none
        """
        letters = self.env["chasing.letter"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("state", "=", "queued"),
                ("provider_code", "in", self.env["chasing.letter.queue"]._codes_by_hand()),
            ],
            order="id",
        )
        if not letters:
            raise UserError(self.env._("No letter is waiting to be printed."))
        return letters.filtered(lambda letter: not letter.printed_at) or letters

    def action_print(self):
        """Make the document of what is still due, dated today."""
        self.ensure_one()
        self.letter_ids._check_may_post()
        waiting = self.letter_ids.sudo().filtered(lambda letter: letter.state in PRINTABLE)
        wanted, unwanted = waiting._split_unwanted()
        if len(wanted.company_id) > 1:
            raise UserError(self.env._("Print the letters of one company at a time."))
        if not wanted:
            raise UserError(self.env._("None of these letters needs to be printed."))
        outdated = wanted.filtered(lambda letter: letter.printed_at and letter._is_outdated())
        printed = wanted._with_pdf()
        texts = (unwanted._removal_text(), (printed & outdated)._renewal_text(), (wanted - printed)._failure_text())
        self.write({"letter_ids": [Command.set(printed.ids)], "left_out_text": " ".join(filter(None, texts))})
        if printed:
            pdf, pages = printed._print()
            self.write({"file": b64encode(pdf), "page_count": pages})
        return client_actions.download(self._file_url(), self._reopened()) if printed else self._reopened()

    def _file_url(self):
        return f"/web/content/chasing.letter.print/{self.id}/file/{self.file_name}?download=true"

    def action_posted(self):
        """Note that the printed letters were handed to the post."""
        self.ensure_one()
        return self.letter_ids.action_posted()

    def _reopened(self):
        return {**self._open({}, self.env._("Print Letters")), "res_id": self.id}
