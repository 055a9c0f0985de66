import pytz

from odoo import Command, api, fields, models
from odoo.tools.mail import is_html_empty
from odoo.tools.misc import clean_context

from ..models.common import clock
from ..models.common.known_selection import KnownSelection
from ..models.common.safe_html import SafeHtml
from ..models.common.typed_text import from_editor
from ..models.dispatch.chasing_step import BUTTON_TARGETS
from ..models.engine import address_list
from .send_sheet import Sheet

# Field of the sheet -> field of the step: what a person may give one message (R74).
WORDS = {
    "channel_email": "channel_email",
    "channel_sms": "channel_sms",
    "channel_letter": "channel_letter",
    "template_id": "email_template_id",
    "sms_template_id": "sms_template_id",
    "letter_template_id": "letter_template_id",
    "cc": "cc",
    "button_text": "button_text",
    "button_target": "button_target",
}
# What tells which message it is.
ABOUT = ("step_id", "move_ids", "is_edit")
# What decides when it goes, and what its templates say then.
TAKEN_ANEW = ("when", "day", "hour", "zone", "template_id", "letter_template_id", "channel_email", "channel_letter")


class ChasingSendWords(models.AbstractModel):
    """Hold what a person may give one message, filled in with what it says and whom it reaches by itself (R74).

    The dialog that has them tells the invoice or the step they are for.
    """

    _name = "chasing.send.words"
    _description = "Words of a Message"

    when = fields.Selection(
        [("now", "Send now"), ("later", "Schedule for later")], "When", required=True, default="now"
    )
    day = fields.Date("Date")
    hour = fields.Integer("Hour", default=9)
    zone = KnownSelection(selection="_zones", string="Time Zone", default="company")

    channel_email = fields.Boolean("E-mail")
    channel_sms = fields.Boolean("SMS")
    channel_letter = fields.Boolean("Letter")
    to_ids = fields.Many2many("res.partner", "chasing_send_to_rel", string="To")
    to_emails = fields.Text("Other Addresses", help="One address a line.")
    cc = fields.Char("CC", help="Up to 10 addresses, separated by commas.")
    template_id = fields.Many2one("mail.template", "E-mail Template", domain="[('model', '=', 'account.move')]")
    sms_template_id = fields.Many2one("sms.template", "SMS Template", domain="[('model', '=', 'account.move')]")
    letter_template_id = fields.Many2one("mail.template", "Letter Template", domain="[('model', '=', 'account.move')]")
    subject = fields.Char()
    body = SafeHtml("Text")
    # What the template said when the sheet took it: whoever leaves it as it is sends the template's words.
    from_subject = fields.Char()
    from_body = SafeHtml()
    from_people = fields.Text()
    button_text = fields.Char()
    button_target = fields.Selection(BUTTON_TARGETS, "Button")
    attachment_ids = fields.Many2many("ir.attachment", "chasing_send_attachment_rel", string="Files")
    own_file_ids = fields.Many2many("ir.attachment", "chasing_send_own_file_rel", string="Files of the Invoice")
    template_name = fields.Char("Template Name")

    # ------------------------------------------------------------------ what it opens with

    @api.model
    def _zones(self):
        """Return the time zones to choose from: those that have a word, then all by name."""
        named = [("company", self.env._("The company's")), ("customer", self.env._("The customer's"))]
        return named + [(name, name) for name in pytz.all_timezones]

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        about = {name: values[name] for name in ABOUT if values.get(name)}
        if not about:
            return values
        given = {name: value for name, value in values.items() if f"default_{name}" in self.env.context}
        filled = self.with_context(clean_context(self.env.context)).new(about)._prefilled(given)
        return {**values, **{name: value for name, value in filled.items() if name in fields}, **given}

    @api.model_create_multi
    def create(self, vals_list):
        """Fill in what a caller leaves out as the form would show it."""
        self._check_named(vals_list)
        blank, filled = self.with_context(clean_context(self.env.context)), []
        for vals in vals_list:
            about = {name: vals[name] for name in ABOUT if name in vals}
            filled.append({**(blank.new(about)._prefilled(vals) if about else {}), **vals})
        return super().create(filled)

    def _prefilled(self, given):
        """Return {field: value} of what the sheet shows before a person changes anything.

        :param given: values that are known already, on which the others depend
        """
        if not self.move_id or self._is_retry():
            return {}
        self.move_id.check_access("read")
        own = self._of_step()
        self.update({**own, **{name: given[name] for name in own.keys() & given.keys()}})
        people = self._usual_people()
        self.update(people)
        return {**own, **people, "from_people": self._people_chosen(), **self._taken()}

    def _of_step(self):
        """Return {field: value} of what the step says; a new message goes by e-mail, tomorrow morning or now."""
        step, today = self.step_id.sudo(), clock.today(self.company_id.sudo())
        words = {name: step[source] for name, source in WORDS.items()}
        words = {name: value.id if isinstance(value, models.BaseModel) else value for name, value in words.items()}
        place = {"when": "now", "day": fields.Date.add(today, days=1), "hour": 9, "zone": "company"}
        if not step:
            return {**words, **place, "channel_email": True}
        place |= {"day": max(place["day"], step.date or today), "hour": step.hour, "zone": step.zone or "company"}
        return {**words, **place, "attachment_ids": [Command.set(step.attachment_ids.ids)]}

    def _usual_people(self):
        """Return the recipients: those of the step's own, else whom it reaches by itself (R60, R61)."""
        step = self.step_id.sudo()
        if step.to_ids or step.to_emails:
            return {"to_ids": [Command.set(step.to_ids.ids)], "to_emails": step.to_emails}
        sheet = Sheet(self, {**self._channel_words(), "to_ids": [], "to_emails": False})
        found = sheet.recipients(sheet.resolutions())
        partners = dict.fromkeys(one.contact_key for one in found if one.contact_key)
        emails = dict.fromkeys(one.address for one in found if not one.contact_key)
        return {"to_ids": [Command.set(list(partners))], "to_emails": "\n".join(emails) or False}

    def _people_chosen(self):
        """Return in one text whom the sheet names, to tell whether a person changed it; none where they are its own."""
        step = self.step_id.sudo()
        if step.to_ids or step.to_emails:
            return False
        return f"{sorted(self.to_ids._origin.ids)} {sorted(self._typed())}"

    def _typed(self):
        return list(dict.fromkeys(address for _name, address in address_list.parse_address_list(self.to_emails or "")))

    def _channel_words(self):
        return {name: self[name] for name in ("channel_email", "channel_sms", "channel_letter")}

    def _taken(self):
        """Return the words that the template gives, and beside them those of the step's own."""
        step = self.step_id.sudo()
        templates = {WORDS[name]: self[name]._origin.id for name in ("template_id", "letter_template_id")}
        subject, body = Sheet(self, {**self._channel_words(), **templates, "subject": False, "body": False}).texts()
        return {
            "subject": step.subject or subject,
            "body": body if is_html_empty(step.body) else step.body,
            "from_subject": subject,
            "from_body": body,
        }

    @api.onchange(*TAKEN_ANEW)
    def _onchange_taken(self):
        """Follow the template and the time with what a person left as the template says it."""
        if not self.move_id or self._is_retry():
            return
        is_own = {"subject": self._own_subject(), "body": self._own_body()}
        taken = self._taken()
        for name, own in is_own.items():
            self[f"from_{name}"] = taken[f"from_{name}"]
            if not own:
                self[name] = taken[f"from_{name}"]

    @api.onchange("channel_email", "channel_sms", "channel_letter")
    def _onchange_people(self):
        """Follow the channels with recipients whom nobody chose."""
        if self.move_id and not self._is_retry() and self._people_chosen() == self.from_people:
            self.update(self._usual_people())
            self.from_people = self._people_chosen()

    # ------------------------------------------------------------------ what a person chose

    def _own_subject(self):
        """Return the subject that a person wrote, False for the template's."""
        subject = (self.subject or "").strip()
        return subject if subject and subject != (self.from_subject or "").strip() else False

    def _own_body(self):
        """Return the text that a person wrote, False for the template's; what they typed as Markdown is formatted."""
        if is_html_empty(self.body) or str(self.body) == str(self.from_body or ""):
            return False
        return from_editor(self.body)

    def _words(self):
        """Return {field of chasing.step: value} of this message, empty where it is to be as the template says."""
        words = {source: self[name] for name, source in WORDS.items()}
        words = {name: value.id if isinstance(value, models.BaseModel) else value for name, value in words.items()}
        return {**words, "subject": self._own_subject(), "body": self._own_body(), **self._people(), **self._files()}

    def _people(self):
        """Return whom a person chose, nobody where it is whom the message reaches by itself."""
        if self.from_people and self._people_chosen() == self.from_people:
            return {"to_ids": [], "to_emails": False}
        return {"to_ids": self.to_ids._origin.ids, "to_emails": "\n".join(self._typed()) or False}

    def _files(self):
        return {"attachment_ids": (self.attachment_ids | self.own_file_ids)._origin.ids}
