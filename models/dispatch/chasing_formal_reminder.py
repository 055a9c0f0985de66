import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, groupby

from ..common import clock, isolation, no_user_defaults, paper
from ..common.errors import ChannelRefused, user_text
from . import formal_reminder

_logger = logging.getLogger(__name__)
# Whoever began with one longer ago than this, and has not made it, has died over it.
TIMEOUT = timedelta(minutes=15)
# So many are printed in one go, and so long one is kept that nobody took.
BATCH_SIZE, KEPT = 20, timedelta(days=30)


class ChasingFormalReminder(models.Model):
    """Keep the formal reminder of a step in a language, which is made before anything is locked (R73, R79).

    It is bound to all that it prints, its day, its amounts, whom it goes to and where the money goes: whatever changes
    has it made anew before it goes. That it is tried is written down before, so that one that takes the process with it
    is tried once.
    """

    _name = "chasing.formal.reminder"
    _description = "Formal Reminder"
    _rec_name = "step_id"

    step_id = fields.Many2one("chasing.step", required=True, ondelete="cascade", readonly=True)
    lang = fields.Char(required=True, readonly=True)
    made_for = fields.Char(required=True, readonly=True)
    tried_at = fields.Datetime(required=True, readonly=True)
    error = fields.Char(readonly=True)
    attachment_id = fields.Many2one("ir.attachment", "PDF", ondelete="cascade", index="btree_not_null", readonly=True)
    _one_per_language = models.UniqueIndex("(step_id, lang)", "A step has one formal reminder in a language.")

    # ------------------------------------------------------------------ making them

    @api.model
    def _make(self, wanted, now, commit=None):
        """Make those reminders that are wanting, or were made for what is not true any more.

        :param wanted: [(step, language code)]
        :param now: the UTC instant for which they are made
        :param commit: makes the try, and each batch, a transaction of its own
        """
        for start in range(0, len(wanted), BATCH_SIZE):
            self.sudo()._make_batch(wanted[start : start + BATCH_SIZE], now, commit)

    def _make_batch(self, wanted, now, commit):
        texts = self._made_for(wanted, now)
        self._give_up_lost(texts, now)
        begun = self._begin(texts, now)
        if commit:
            commit()
        if begun:
            begun._print(now)
        if commit:
            commit()

    def _made_for(self, wanted, now):
        """Return {(step id, language): what its reminder is to be made for}, as of now.

        Of what cannot be written that it cannot: making it tells why, and keeps none of the others from leaving (R82).
        """
        texts, steps = {}, self.env["chasing.step"]
        for lang, pairs in groupby(wanted, lambda pair: pair[1]):

            def read(part, lang=lang):
                texts.update({(step.id, lang): formal_reminder.made_for(step, lang, now) for step in part})

            def give_up(step, error, lang=lang):
                texts[step.id, lang] = type(error).__name__

            isolation.run(steps.union(*(step for step, _lang in pairs)), read, give_up)
        return texts

    def _give_up_lost(self, texts, now):
        """Note of those over which a process has died that they failed."""
        lost = self.search([
            ("step_id", "in", [step_id for step_id, _lang in texts]),
            ("attachment_id", "=", False),
            ("error", "=", False),
            ("tried_at", "<=", now - TIMEOUT),
        ])
        same = lost.filtered(lambda one: texts.get((one.step_id.id, one.lang)) == one.made_for)
        same.error = self.env._("The server stopped while it made the PDF.")

    def _begin(self, texts, now):
        """Return those that are to be made now, noted as tried; nobody else is at them.

        :param texts: {(step id, language): what it is to be made for}
        """
        if not texts:
            return self.browse()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO chasing_formal_reminder AS own (step_id, lang, made_for, tried_at, create_date)
                SELECT step_id, lang, made_for, %(now)s, %(now)s
                FROM unnest(%(steps)s, %(langs)s, %(texts)s) AS wanted(step_id, lang, made_for)
                ON CONFLICT (step_id, lang) DO UPDATE SET
                    made_for = excluded.made_for, tried_at = excluded.tried_at, error = NULL, attachment_id = NULL
                WHERE own.made_for <> excluded.made_for
                RETURNING id
                """,
                now=now,
                steps=[step_id for step_id, _lang in texts],
                langs=[lang for _step_id, lang in texts],
                texts=list(texts.values()),
            )
        )
        begun = self.browse(reminder_id for (reminder_id,) in rows)
        begun.invalidate_recordset()
        return begun

    def _print(self, now):
        """Print these; one that fails fails alone, with what was said (R82)."""
        for size, group in self.grouped(lambda one: formal_reminder.size(one.step_id.company_id)).items():
            documents = {}
            isolation.run(group, lambda part, kept=documents: part._compose(now, kept), self._fail)
            if documents:
                reports = paper.printer(self.env, size)
                self._keep_printed(list(documents), *_printed(reports, list(documents.values())))

    def _compose(self, now, documents):
        """Write the HTML of these into {reminder: HTML}."""
        for reminder in self:
            documents[reminder] = formal_reminder.html(reminder.step_id, reminder.lang, now)

    def _fail(self, reminder, error):
        _logger.warning("Formal reminder of step %s could not be made: %s", reminder.step_id.id, error)
        reminder.error = user_text(str(error)) or type(error).__name__

    def _keep_printed(self, reminders, pdfs, broken):
        """Keep what was printed of reminders, and why the others could not be.

        :param pdfs: {place of a reminder: its PDF}
        :param broken: {place of a reminder: what the program said}
        """
        for place, reminder in enumerate(reminders):
            try:
                if place not in pdfs:
                    raise paper.PaperError(broken.get(place) or self.env._("The document took too long to print."))
                reminder._keep(paper.numbered(self.env, pdfs[place], reminder.lang))
            except paper.PaperError as error:
                self._fail(reminder, error)

    def _keep(self, pdf):
        """Keep a reminder's PDF; an earlier one that nobody took is dropped."""
        own = [("res_model", "=", self._name), ("res_id", "=", self.id)]
        self.env["ir.attachment"].search(own).unlink()
        values = {
            "name": formal_reminder.file_name(self.step_id, self.lang),
            "raw": pdf,
            "mimetype": "application/pdf",
            "res_model": self._name,
            "res_id": self.id,
            "company_id": self.step_id.company_id.id,
        }
        self.attachment_id = no_user_defaults.create(self.env["ir.attachment"], values)

    # ------------------------------------------------------------------ taking them along

    @api.model
    def _ready(self, wanted, now):
        """Return {(step, language): its attachment, or the ChannelRefused that says why there is none}, as of now.

        What is not made yet, or was made for something else, is wanting.
        """
        if not wanted:
            return {}
        found = self.sudo().search([("step_id", "in", [step.id for step, _lang in wanted])])
        kept, ready = {(one.step_id.id, one.lang): one for one in found}, {}
        texts = self._made_for([pair for pair in wanted if (pair[0].id, pair[1]) in kept], now)
        for step, lang in wanted:
            reminder = kept.get((step.id, lang))
            if not reminder or reminder.made_for != texts[step.id, lang]:
                continue
            if reminder.error:
                ready[step, lang] = ChannelRefused("pdf_failed", reminder.error)
            elif reminder.attachment_id:
                ready[step, lang] = reminder.attachment_id
        return ready

    @api.model
    def _hand_out(self, ids):
        """Let those of these attachments that are reminders live with their invoices, now that they leave (R91)."""
        for reminder in self.sudo().search([("attachment_id", "in", list(ids))]):
            if reminder.attachment_id.res_model != "account.move":
                reminder.attachment_id.write({"res_model": "account.move", "res_id": reminder.step_id.move_id.id})

    @api.autovacuum
    def _vacuum(self):
        """Forget those that were made long ago: who took one has it."""
        self.search([("tried_at", "<", clock.now(self.env) - KEPT)], limit=1000).unlink()


def _printed(reports, documents):
    """Return ({place: PDF}, {place: what was said}) of these documents."""
    try:
        return paper.print_many(reports, documents)
    except paper.PaperError as error:
        return {}, dict.fromkeys(range(len(documents)), str(error))
