from markupsafe import Markup

from odoo import Command, api, models
from odoo.tools import consteq, format_date
from odoo.tools.image import image_data_uri

from ..common import clock
from ..common.errors import ChannelRefused
from ..engine import markup
from ..engine.letters import HEADROOM, LAYOUTS, LINE_HEIGHT, Box, fit
from . import paper

PICTURES = ("image/gif", "image/jpeg", "image/png", "image/webp")


class ChasingLetter(models.Model):
    """The paper of a letter: its first pages from the text it carries, the invoice's official PDF behind them (R72)."""

    _inherit = "chasing.letter"

    def _asks_for_another_amount(self):
        """Whether the balance changed while the letter waited, so that its text is wrong (R72)."""
        move = self.move_id
        return bool(move.currency_id.compare_amounts(self.amount_due, move.amount_residual))

    def _write_anew(self):
        """The text with what is due now, and no paper yet; raises `ChannelRefused` where there is none."""
        self.ensure_one()
        channel = self.env["chasing.channel.letter"].with_company(self.company_id)
        page = channel._compose(self.delivery_id, clock.now(self.env))[self.delivery_id]
        if isinstance(page, ChannelRefused):
            raise page
        self.write({
            "subject": page.subject,
            "content": page.content,
            "enclosure_ids": [Command.set(page.enclosed.ids)],
            "amount_due": self.move_id.amount_residual,
            "pdf_id": False,
        })
        self.delivery_id.mail_message_id.sudo().write({"subject": page.subject, "body": page.content})

    def _make_paper(self):
        """The PDF of this letter and its number of pages; raises `paper.PaperError`. Nothing is written or locked."""
        self.ensure_one()
        official = self.move_id._chasing_pdfs().get(self.move_id.id)
        if not official:
            raise paper.PaperError(self.env._("The invoice has no PDF."))
        attachments = self.env["ir.attachment"].sudo().browse(official) + self.sudo().enclosure_ids
        layout = LAYOUTS[self.provider_id.layout]
        return paper.stack([self._print_text(layout), *attachments.mapped("raw")], layout.page)

    def _print_text(self, layout):
        reports = self._printer(self.provider_id.layout)
        zoom = paper.zoom(reports, self.provider_id.layout == "us_10")
        lang = self.lang or self.env.lang
        values = {**self._paper_values(layout), "zoom": zoom}
        html = self.env["ir.qweb"].with_context(lang=lang)._render("invoice_chasing.letter_document", values, lang=lang)
        return paper.print_html(reports, str(html))

    @api.model
    def _printer(self, layout):
        """What prints on the paper of a layout."""
        name = "us" if layout == "us_10" else "a4"
        paper_format = self.env.ref(f"invoice_chasing.paperformat_letter_{name}")
        return self.env["ir.actions.report"].sudo().new({"paperformat_id": paper_format.id})

    def _paper_values(self, layout):
        company = self.company_id.sudo()
        lang = self.lang or self.env.lang
        return {
            "lang": lang,
            "direction": self.env["res.lang"]._get_data(code=lang).direction or "ltr",
            "company": company,
            "logo": image_data_uri(company.logo) if company.logo and not company.uses_default_logo else False,
            "date": format_date(self.env, clock.today(company), lang_code=lang),
            "subject": self.subject,
            "content": Markup(markup.carry_pictures(str(self.content or ""), self._picture)),
            "sender_line": self.sender_line,
            "free_head": self.provider_id._prints_addresses(),
            "text_top": layout.text_top - layout.margin[1],
            **self._head_values(layout),
        }

    @api.model
    def _picture(self, attachment_id, token):
        """An uploaded picture as its own data, None if it is not for everybody who knows its address."""
        attachment = self.env["ir.attachment"].sudo().browse(attachment_id).exists()
        is_open = attachment.public or attachment.res_model == "mail.template"
        known = bool(token and attachment.access_token) and consteq(token, attachment.access_token)
        if (is_open or known) and attachment.mimetype in PICTURES:
            return image_data_uri(attachment.datas)
        return None

    @api.model
    def _fits(self, partner, company, provider):
        """Whether a contact's address fits the window of the envelope that a provider uses."""
        lines = self._address_lines(partner, company)
        return provider._prints_addresses() or bool(fit(lines, LAYOUTS[provider.layout].address))

    def _head_values(self, layout):
        """Where the letterhead, the sender's line and the address stand; nowhere if the provider prints them."""
        if self.provider_id._prints_addresses():
            return {}
        found = fit((self.address or "").splitlines(), layout.address)
        if not found:
            raise paper.AddressTooLong(self.env._("shorten it on the contact"))
        size, lines = found
        type_of_address = f"font-size: {size}pt; line-height: {LINE_HEIGHT}; padding-top: {HEADROOM}em;"
        head = Box(layout.margin[0], layout.margin[1], 110, layout.head_bottom - layout.margin[1])
        return {
            "head_style": _style(layout, head),
            "sender_style": layout.sender and _style(layout, layout.sender) + self._sender_type(layout.sender),
            "address_style": _style(layout, layout.address) + type_of_address,
            "address_lines": lines,
        }

    def _sender_type(self, box):
        """The sender in one line, as small as it must be."""
        size = next((size for size in (7, 6, 5) if len(self.sender_line or "") * size * 0.2 < box.width), 4)
        return f"font-size: {size}pt; line-height: {box.height - 0.5}mm; text-decoration: underline;"


def _style(layout, box):
    """CSS of a box on the page, whose positions count from the margins."""
    return (
        f"left: {box.left - layout.margin[0]:.2f}mm; top: {box.top - layout.margin[1]:.2f}mm; "
        f"width: {box.width:.2f}mm; height: {box.height:.2f}mm; "
    )
