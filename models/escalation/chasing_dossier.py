import io
import re
import zipfile

from markupsafe import Markup

from odoo import api, models
from odoo.tools.mail import is_html_empty

from ..common import clock, formats
from ..common.wording import selection_labels
from ..engine import markup

NOT_IN_NAMES = re.compile(r"[^\w@.+ -]")


class ChasingDossier(models.AbstractModel):
    """The dossier of an invoice for a debt collector or a court, as one ZIP file.

    It holds the invoice, a summary, and every message that was sent about it.
    """

    _name = "chasing.dossier"
    _description = "Collections Dossier"

    @api.model
    def _make(self, schedule):
        """Return (name, bytes) of the ZIP file of one schedule."""
        move, content = schedule.move_id, io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self._files(schedule):
                archive.writestr(name, data)
        return f"{self._file_name(move.name)} {self.env._('Dossier')}.zip", content.getvalue()

    def _files(self, schedule):
        """Yield (path, content) of every file of the dossier."""
        move = schedule.move_id
        yield f"{self._file_name(move.name)}.pdf", self._invoice_pdf(move)
        tried = schedule.delivery_ids.filtered(lambda delivery: delivery.state != "cancelled")
        deliveries = (tried - tried._taken_back()).sorted("id")
        listed = []
        for number, delivery in enumerate(deliveries, 1):
            ending, content = self._channel(delivery)._content(delivery)
            name = self._file_name(f"{number:03} {delivery.local_day} {delivery.channel} {delivery.address}")
            path = ending and f"messages/{name[:120]}.{ending}"
            listed.append({"delivery": delivery, "path": path, **self._told(delivery)})
            if path:
                yield path, content
        yield "summary.html", self._summary(schedule, listed)

    def _file_name(self, text):
        return NOT_IN_NAMES.sub("_", " ".join(text.split()))

    def _invoice_pdf(self, move):
        self.env["chasing.documents"]._make_at_once(move)
        return self.env["ir.attachment"].sudo().browse(move._chasing_pdfs()[move.id]).raw

    # ------------------------------------------------------------------ messages

    def _told(self, delivery):
        """Return in words when something left, what it was, and what is known of its arrival."""
        timezone = delivery.company_id._chasing_timezone()
        channels = selection_labels(delivery, "channel")
        return {
            "time": formats.dated_instant(self.env, delivery.sent_at or delivery.queued_at, timezone),
            "channel": channels[delivery.channel],
            "subject": self._channel(delivery)._subject(delivery),
            "proof": "; ".join(self._proof(delivery)),
        }

    def _proof(self, delivery):
        """Return what is known of a delivery's fate, a list of short texts; a tracker adds its own."""
        states = selection_labels(delivery, "shown_state")
        facts = [states[delivery.shown_state]]
        if delivery.failure_reason:
            facts.append(delivery.failure_reason)
        return facts + self._channel(delivery)._proof(delivery)

    def _channel(self, delivery):
        return self.env["chasing.channel"]._all()[delivery.channel]

    # ------------------------------------------------------------------ the summary

    def _summary(self, schedule, listed):
        move = schedule.move_id
        timezone = schedule.company_id._chasing_timezone()
        # A difference of exchange rates settles nothing.
        entries = (move.sudo().invoice_payments_widget or {}).get("content", [])
        settled = [entry for entry in entries if not entry["is_exchange"]]
        values = {
            "schedule": schedule,
            "move": move,
            "company": schedule.company_id,
            # The company is left out: it stands in the customer's name.
            "address": move.partner_id._display_address(without_company=True),
            "asked": move._chasing_asked()[move.id],
            "made_at": formats.dated_instant(self.env, clock.now(self.env), timezone),
            "messages": listed,
            "payments": [entry for entry in settled if not entry["is_refund"]],
            "credits": [entry for entry in settled if entry["is_refund"]],
            "notes": [
                {
                    "time": formats.dated_instant(self.env, note.date, timezone),
                    # Nothing in it may ask whoever opens the file for anything.
                    "body": Markup(markup.clean(str(note.body))),
                    "who": note.author_id.name,
                }
                for note in self._notes(move)
            ],
            "amount": lambda value: formats.amount(self.env, value, move.currency_id),
            "date": lambda day: formats.date(self.env, day),
        }
        return str(self.env["ir.qweb"]._render("invoice_chasing.dossier_summary", values, lang=self.env.lang))

    def _notes(self, move):
        """Return what the system noted on the invoice: pauses, promises, holds, changes.

        What people wrote to each other is none of it.
        """
        notes = (
            self.env["mail.message"]
            .sudo()
            .search(
                [("model", "=", "account.move"), ("res_id", "=", move.id), ("message_type", "=", "notification")],
                order="id",
            )
        )
        return notes.filtered(lambda note: not is_html_empty(note.body))
