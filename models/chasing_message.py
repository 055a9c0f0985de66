from collections import defaultdict

from odoo import api, models
from odoo.tools.mail import is_html_empty

from . import clock, marks

TEMPLATE_FIELDS = {
    "new": "chasing_new_template_id",
    "reminder": "chasing_reminder_template_id",
    "past_due": "chasing_past_due_template_id",
}


class ChasingMessage(models.AbstractModel):
    """What a step says: the text of its template or its own, and below it always the facts of the invoice as they are
    now (R70-R72), in the recipient's language (R65)."""

    _name = "chasing.message"
    _description = "Chasing Message"

    @api.model
    def _kind(self, step, now):
        """Which of the company's templates fits the invoice at this moment (R70): `new`, `past_due` or `reminder`.

        Past due means that something of it was due before the company's local today (R7, R71).
        """
        schedule = step.schedule_id
        if step.trigger == "on_issue" or not schedule._was_sent():
            return "new"
        return "past_due" if schedule._is_late(clock.local_day(now, step.company_id)) else "reminder"

    @api.model
    def _template(self, step, now):
        """The e-mail template of a step: its own, else the company's for the invoice's status; empty if it is gone."""
        return step.email_template_id or step.company_id[TEMPLATE_FIELDS[self._kind(step, now)]]

    @api.model
    def _compose(self, steps, lang, now):
        """{step: (subject, content, letterhead)} of steps of one company that have a template or a text of their own.

        :param lang: the language code everything is written in
        :param now: the UTC instant the facts are told for
        """
        steps.move_id._chasing_ensure_tokens()
        written = {}
        by_template = defaultdict(steps.browse)
        for step in steps:
            by_template[self._template(step, now)] |= step
        for template, group in by_template.items():
            subjects, texts = self._texts(template, group.move_id, lang, now)
            for step in group:
                subject = step.subject or subjects.get(step.move_id.id) or step.move_id.display_name
                text = step.body if not is_html_empty(step.body) else texts.get(step.move_id.id, "")
                written[step] = (subject, *self._frame(step, text, lang, now))
        return written

    def _texts(self, template, moves, lang, now):
        """Subject and body of every move, the template's body compiled once for all of them."""
        if not template:
            return {}, {}
        template = marks.put(clock.at(template.sudo().with_context(lang=lang), now), chasing_compiled={})
        return (
            template._render_field("subject", moves.ids, set_lang=lang),
            template._render_field("body_html", moves.ids, set_lang=lang),
        )

    def _frame(self, step, text, lang, now):
        """The text with the invoice's facts below it, bare for the conversation and with the company's letterhead."""
        qweb = self.env["ir.qweb"].with_context(lang=lang)
        values = {"text": text, **step.move_id.with_context(lang=lang)._chasing_message_values(now)}
        content = qweb._render("invoice_chasing.message_content", values, lang=lang)
        letterhead = qweb._render("invoice_chasing.message_letterhead", {**values, "content": content}, lang=lang)
        return content, letterhead
