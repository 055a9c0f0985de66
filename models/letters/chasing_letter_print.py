from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..common import clock
from ..common.access import notice
from ..common.errors import ChannelRefused
from ..engine.letters import LAYOUTS
from . import paper


class ChasingLetter(models.Model):
    """The print queue: people print the letters, put them into envelopes, and say when they are at the post (R89)."""

    _inherit = "chasing.letter"

    def action_print(self):
        """Print the chosen letters that wait for it, in one document with a list on top."""
        self._check_may_post()
        return self.env["chasing.letter.print"]._open({"default_letter_ids": self.ids}, self.env._("Print Letters"))

    def action_posted(self):
        """The chosen letters were handed to the post. Those that are no longer wanted stay behind and are named."""
        self._check_may_post()
        left, kept = self.sudo()._split_unwanted()
        posted = left.filtered(lambda letter: letter.state == "queued")
        posted._set_state("sent")
        return self._notify(self.env._("%(count)s letters are sent.", count=len(posted)), kept)

    def action_download(self):
        """The letter as it leaves, or left."""
        self.ensure_one()
        self.check_access("read")
        if not self.sudo().pdf_id:
            raise UserError(self.env._("The letter has no PDF yet: it is made within a minute. Try again then."))
        return {"type": "ir.actions.act_url", "url": f"/web/content/{self.sudo().pdf_id.id}?download=true"}

    def _check_may_post(self):
        if not self.env.user.has_group("invoice_chasing.group_manager"):
            raise AccessError(self.env._("Only chasing managers can print letters and say that they were posted."))
        self.check_access("read")
        others = self.sudo().filtered(lambda letter: letter.provider_code != "print")
        if others:
            raise UserError(
                self.env._(
                    "The letter to %(name)s leaves by %(provider)s: choose only letters of the print queue.",
                    name=others[0].recipient_name,
                    provider=dict(self._fields["provider_code"]._description_selection(self.env))[
                        others[0].provider_code
                    ],
                )
            )

    def _split_unwanted(self):
        """(those still wanted, those that are not): what nobody wants any more is cancelled (R33)."""
        locked = self.try_lock_for_update(allow_referencing=True)
        if self - locked:
            raise UserError(self.env._("Somebody is working on these letters right now: try again in a moment."))
        waiting = self.filtered(lambda letter: letter.state == "queued")
        unwanted = waiting.filtered(lambda letter: letter._is_unwanted())
        unwanted._set_state("cancelled")
        held = (waiting - unwanted).filtered(lambda letter: letter._is_held())
        held._set_state("cancelled", is_held_back=True)
        kept = self.filtered(lambda letter: letter.state == "cancelled")
        return self - kept, kept

    def _names(self):
        """These letters as people find them on a table: recipient and invoice."""
        return ", ".join(f"{letter.recipient_name} ({letter.move_id.name})" for letter in self)

    def _take_out_text(self):
        """What to do with the sheets of these letters; an empty text for none."""
        if not self:
            return ""
        return self.env._("No longer due, take these sheets out: %(names)s.", names=self._names())

    def _failed_text(self):
        """Which of these letters could not be made, and why; an empty text for none."""
        if not self:
            return ""
        reasons = "; ".join(f"{letter._names()}: {letter.failure_reason}" for letter in self)
        return self.env._("Could not be printed: %(reasons)s", reasons=reasons)

    def _notify(self, text, kept):
        message = f"{text} {kept._take_out_text()}".strip()
        return notice(message, "warning" if kept else "success", stays=bool(kept))

    def _address_in_line(self):
        return ", ".join((self.address or "").splitlines())

    def _with_paper(self):
        """Those of these letters that have paper, made now where it is wanting; the others have failed (R82)."""
        return self.filtered(lambda letter: letter._has_paper())

    def _has_paper(self):
        try:
            if self._waits_with_an_old_amount():
                self._write_anew()
            if not self.pdf_id:
                self._keep_paper(*self._make_paper())
        except ChannelRefused as refusal:
            self._set_state("failed", refusal.code, refusal.detail or False)
        except paper.PaperError as error:
            self._set_state("failed", error.code, str(error))
        return self.state == "queued"

    def _print(self):
        """One PDF of these letters of one company, all with paper, with a list on top; marks them as printed.

        :return: (PDF as bytes, its number of pages)
        """
        provider = self.provider_id
        layout = LAYOUTS[provider.layout]
        pdfs = [self._print_cover(provider), *(letter.pdf_id.sudo().raw for letter in self)]
        pdf, pages = paper.stack(pdfs, layout.page, provider.duplex)
        self.write({"printed_at": clock.now(self.env)})
        return pdf, pages

    def _print_cover(self, provider):
        reports = self._printer(provider.layout)
        company = self.company_id.sudo()
        lang = company.partner_id.lang or self.env.lang
        values = {
            "lang": lang,
            "direction": self.env["res.lang"]._get_data(code=lang).direction or "ltr",
            "zoom": paper.zoom(reports, provider.layout == "us_10"),
            "company": company,
            "date": format_date(self.env, clock.today(company), lang_code=lang),
            "letters": self,
        }
        html = self.env["ir.qweb"].with_context(lang=lang)._render("invoice_chasing.letter_cover", values, lang=lang)
        return paper.print_html(reports, str(html))
