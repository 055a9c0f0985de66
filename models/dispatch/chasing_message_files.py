from odoo import api, models
from odoo.exceptions import UserError

from ..common import no_user_defaults, paper
from ..common.errors import ChannelRefused, user_text
from ..common.wording import reason_text
from . import document_stamp, formal_reminder, message_files


class ChasingMessageFiles(models.AbstractModel):
    """Have what messages bring made before anything is locked, and say what each of them brings (R73, R79).

    What is made is what the usual language of a step wants. What else is wanting when a delivery is handed over has it
    wait for the next run, which makes it then.
    """

    _name = "chasing.message.files"
    _description = "Files of Messages"

    @api.model
    def _prepare(self, steps, now, commit=None):
        """Make what these steps' messages will bring.

        :param now: the UTC instant at which they go
        :param commit: makes each part a transaction of its own
        """
        fixed = [channel._box() for channel in self.env["chasing.channel"]._all().values() if channel._brings_files]
        bringing = steps.sudo().filtered(lambda step: any(step[box] for box in fixed))
        self._make([(step, message_files.usual_lang(step)) for step in bringing], now, commit)

    @api.model
    def _prepare_due(self, schedules, now, commit=None):
        """Make what the steps of these schedules that are due now will bring."""
        due = schedules.step_ids.filtered(lambda step: step.state == "planned" and step.scheduled_at <= now)
        self._prepare(due, now, commit)

    @api.model
    def _prepare_deferred(self, now, commit=None):
        """Make what the deliveries will bring that had to wait and may leave now."""
        waiting = self.env["chasing.delivery"].search([("state", "=", "queued"), ("leaves_at", "<=", now)])
        channels = self.env["chasing.channel"]._all()
        bringing = waiting.filtered(lambda delivery: channels[delivery.channel]._brings_files)
        self._make(list(dict.fromkeys((one.step_id, one._lang()) for one in bringing)), now, commit)

    def _make(self, pairs, now, commit):
        """Make what is wanting of (step, language code)."""
        wanted = {(step, lang): message_files.wanted(step, now) for step, lang in pairs}
        copies = [(step.move_id, lang) for (step, lang), files in wanted.items() if files.invoice and files.is_copy]
        if copies:
            self.env["chasing.document.copy"]._make(copies)
            if commit:
                commit()
        formal = [pair for pair, files in wanted.items() if files.formal]
        if formal:
            self.env["chasing.formal.reminder"]._make(formal, now, commit)

    @api.model
    def _brought(self, deliveries, now):
        """Return what deliveries bring, and what becomes of those for which something is still to be made.

        The next run makes it, with nothing locked, and hands them over then.

        :return: ({delivery: the ids of its files, or the ChannelRefused that says why they are wanting}, {delivery:
            values to write}); one whose invoice has no official PDF is in neither
        """
        pairs = {delivery: (delivery.step_id, delivery._lang()) for delivery in deliveries}
        wanted = {pair: message_files.wanted(pair[0], now) for pair in dict.fromkeys(pairs.values())}
        official = deliveries.move_id._chasing_pdfs()
        repeated = {step.move_id.id for (step, _lang), files in wanted.items() if files.is_copy}
        copies = self.env["chasing.document.copy"]._ready(deliveries.move_id.browse(repeated)) if repeated else {}
        formal = [pair for pair, files in wanted.items() if files.formal]
        reminders = self.env["chasing.formal.reminder"]._ready(formal, now)
        brought = {}
        for pair, files in wanted.items():
            move_id = pair[0].move_id.id
            if move_id not in official:
                continue
            invoice = copies.get((move_id, pair[1])) if files.is_copy else official[move_id]
            brought[pair] = _together(files, reminders.get(pair), invoice)
        if unmade := [delivery for delivery, pair in pairs.items() if brought.get(pair, True) is None]:
            self.env.ref("invoice_chasing.ir_cron_dispatch")._trigger()
        files = {delivery: brought[pair] for delivery, pair in pairs.items() if brought.get(pair)}
        return files, {delivery: {"leaves_at": now} for delivery in unmade}

    # ------------------------------------------------------------------ before it goes

    @api.model
    def _foreseen(self, step, lang, at):
        """Return (name of the formal reminder, name of the invoice) that a step's message will bring, empty without.

        :param at: the UTC instant at which it is to go
        """
        wanted = message_files.wanted(step, at)
        formal = formal_reminder.file_name(step, lang) if wanted.formal else ""
        if not wanted.invoice:
            return formal, ""
        if wanted.is_copy:
            return formal, self.env["chasing.document.copy"]._foreseen_name(step.move_id, lang)
        return formal, step.move_id._get_invoice_report_filename()

    @api.model
    def _made_for_test(self, step, lang, at, home):
        """Return files like those that a step's message will bring, which nothing else has (R75).

        :param at: the UTC instant at which it is to go
        :param home: {field: value} of where they live
        """
        wanted, made = message_files.wanted(step, at), []
        try:
            if wanted.formal:
                pdf = formal_reminder.printed(step, lang, at)
                made.append({"name": formal_reminder.file_name(step, lang), "raw": pdf})
        except paper.PaperError as error:
            raise UserError(reason_text(self.env, "pdf_failed", {"detail": user_text(str(error))})) from error
        if wanted.invoice:
            made.append(self._invoice(step.move_id, wanted.is_copy and lang))
        kept = {"mimetype": "application/pdf", "public": False, **home}
        return no_user_defaults.create(self.env["ir.attachment"], [{**values, **kept} for values in made])

    def _invoice(self, move, lang):
        """Return the name and the PDF of an invoice, of one that has no official one too; it does not get it by this.

        :param lang: the language in which it says that it is a copy, empty for one that does not say so
        """
        official = self.env["ir.attachment"].sudo().browse(move._chasing_pdfs().get(move.id))
        pdf, name = official.raw if official else self._printed(move), move._get_invoice_report_filename()
        stamped = lang and document_stamp.copy_of(pdf, self.with_context(lang=lang).env._("Copy"))
        if stamped:
            return {"name": self.env["chasing.document.copy"]._file_name(official.name or name, lang), "raw": stamped}
        return {"name": official.name or name, "raw": pdf}

    def _printed(self, move):
        move = move.sudo().with_company(move.company_id)
        report = move.env["account.move.send"]._get_default_pdf_report_id(move).report_name
        printer = move.env["ir.actions.report"]
        return printer._get_splitted_report(report, *printer._pre_render_qweb_pdf(report, res_ids=move.ids))[move.id]


def _together(files, reminder, invoice):
    """Return the ids of a reminder and an invoice as they are wanted, a ChannelRefused, or None if one is wanting."""
    if (files.formal and not reminder) or (files.invoice and not invoice):
        return None
    if files.formal and isinstance(reminder, ChannelRefused):
        return reminder
    return [*(reminder.ids if files.formal else ()), *([invoice] if files.invoice else ())]
