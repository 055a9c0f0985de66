import pytz

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.mail import is_html_empty
from odoo.tools.misc import clean_context

from ..models.common import clock, user_input
from ..models.common.known_selection import KnownSelection
from ..models.common.safe_html import SafeHtml
from ..models.common.typed_text import from_editor
from ..models.dispatch.chasing_step import BUTTON_TARGETS
from ..models.engine import address_list
from .send_sheet import Sheet

# What says whether a formal reminder goes along (R79); each has a value always.
FORMAL = ("document", "formal_level", "pay_by_days")
# What a person may give one message besides its channels, its templates and its words (R74).
GIVEN = ("cc", "consequence", "button_text", "button_target", *FORMAL)
# Of these a message names several.
SEVERAL_MODELS = ("res.partner", "ir.attachment")
# What tells which message it is.
ABOUT = ("step_id", "move_ids", "is_edit")
# What lines of a cadence have, and nobody gives one message: whoever names it would believe that it counts.
NOT_GIVEN = ("role_id", "date", "days")


class ChasingSendWords(models.AbstractModel):
    """Hold what a person may give one message, filled in with what it says and whom it reaches by itself (R74).

    The dialog that has them tells the invoice or the step they are for.
    """

    _name = "chasing.send.words"
    _inherit = ["chasing.step.mixin"]
    _description = "Words of a Message"

    when = fields.Selection([("now", "Send now"), ("later", "Schedule for later")], required=True, default="now")
    day = fields.Date("Date")
    # Of a step on a date, which a message by hand is made into.
    date = fields.Date("Planned Date")
    zone = KnownSelection(selection="_zones", string="Time Zone", default="company")

    to_ids = fields.Many2many("res.partner", "chasing_send_to_rel")
    to_emails = fields.Text("Other Addresses", help="One address a line.")
    cc = fields.Char("CC", help="Up to 10 addresses, separated by commas.")
    template_id = fields.Many2one(string="Template", related="email_template_id", readonly=False, related_sudo=False)
    # What decides which words a template gives, and whom the message reaches: whatever changes it has them taken anew.
    place_key = fields.Char(compute="_compute_place_key")
    body = SafeHtml("Text")
    # What the template said when the sheet took it: whoever leaves it as it is sends the template's words.
    from_subject = fields.Char()
    from_body = SafeHtml()
    from_sms_text = fields.Text()
    from_people = fields.Text()
    from_key = fields.Char()
    button_text = fields.Char()
    button_target = fields.Selection(
        BUTTON_TARGETS,
        "Button",
        help="Online payment opens the payment form on the customer portal, if the invoice can be paid online.",
    )
    attachment_ids = fields.Many2many("ir.attachment", "chasing_send_attachment_rel", string="Files")
    own_file_ids = fields.Many2many("ir.attachment", "chasing_send_own_file_rel", string="Files of the Invoice")
    template_name = fields.Char()

    # ------------------------------------------------------------------ what it opens with

    @api.model
    def _zones(self):
        """Return the time zones to choose from: those that have a word, then all by name."""
        named = [("company", self.env._("The company's")), ("customer", self.env._("The customer's"))]
        return named + [(name, name) for name in pytz.all_timezones]

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        self._check_given(values)
        about = {name: values[name] for name in ABOUT if values.get(name)}
        if not about:
            return values
        begun_with = self.env.context.keys() - clean_context(self.env.context).keys()
        given = {name: value for name, value in values.items() if f"default_{name}" in begun_with}
        filled = self._without_defaults().new(about)._prefilled(given)
        return {**values, **{name: value for name, value in filled.items() if name in fields}, **given}

    def _without_defaults(self):
        """Return this without what the client wants records to begin with."""
        return self.with_env(self.env(context=clean_context(self.env.context)))

    @api.model_create_multi
    def create(self, vals_list):
        """Fill in what a caller leaves out as the form would show it."""
        self._check_named(vals_list)
        vals_list = [_with_template(vals) for vals in vals_list]
        for vals in vals_list:
            self._check_given(vals)
        blank, filled = self._without_defaults(), []
        for vals in vals_list:
            about = {name: vals[name] for name in ABOUT if name in vals}
            filled.append({**(blank.new(about)._prefilled(vals) if about else {}), **vals})
        return super().create(filled)

    def write(self, vals):
        self._check_given(vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        # What is half typed is told by the form.
        self._check_given({name: values[name] for name in ("zone", "day") if name in values})
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _check_given(self, vals):
        """Refuse a time that is none (R102), and what a message does not take (R74).

        :param vals: values as `create` takes them
        """
        zone, hour = vals.get("zone"), vals.get("hour", 0)
        if zone and zone not in [name for name, _label in self._zones()]:
            raise UserError(self.env._("There is no time zone called %(zone)s.", zone=str(zone)[:40]))
        if type(hour) is not int or hour not in range(24):
            raise UserError(self.env._("The hour must be a whole number from 0 to 23."))
        if vals.get("when", "now") not in ("now", "later"):
            raise UserError(self.env._("Choose whether the message is sent now or later."))
        user_input.parse_day(self.env, vals.get("day"))
        for name in NOT_GIVEN:
            if vals.get(name):
                label = self._fields[name]._description_string(self.env)
                raise UserError(self.env._("%(field)s cannot be set here. Leave it empty.", field=label))

    @api.constrains("button_text")
    def _check_button_text(self):
        self.env["chasing.placeholder"]._check_plain(self, "button_text")

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
        kept = {"from_people": self._people_chosen(), "from_key": self.place_key}
        return {**own, **people, **kept, **self._taken()}

    def _of_step(self):
        """Return {field: value} of what the step says; a new one goes by the first channel, now or tomorrow morning."""
        step, today = self.step_id.sudo(), clock.today(self.company_id.sudo())
        words = {name: plain(step[name]) for name in self._word_fields()}
        place = {"when": "now", "day": fields.Date.add(today, days=1), "hour": 9, "zone": "company"}
        if not step:
            words |= step.default_get(FORMAL)
            return {**words, **place, next(iter(self._channel_boxes())): True}
        place |= {"day": max(place["day"], step.date or today), "hour": step.hour, "zone": step.zone or "company"}
        return {**words, **place, "attachment_ids": [Command.set(step.attachment_ids.ids)]}

    def _gets_final_title(self):
        """Return whether the step is a final notice that the sheet gives a formal reminder."""
        step = self.step_id.sudo()
        return step.is_final and step.document == "invoice" != self.document

    def _usual_people(self):
        """Return the recipients: those of the step's own, else whom it reaches by itself (R60, R61).

        Contacts whom the user may not read or choose are left out: they stay, unless a person changes who gets it.
        """
        step = self.step_id.sudo()
        if step.to_ids or step.to_emails:
            return {"to_ids": [Command.set(self._nameable(step.to_ids.ids))], "to_emails": step.to_emails}
        sheet = Sheet(self, {**self._channel_words(), "to_ids": [], "to_emails": False})
        found = sheet.recipients(sheet.resolutions())
        partners = dict.fromkeys(one.contact_key for one in found if one.contact_key)
        emails = dict.fromkeys(one.address for one in found if not one.contact_key)
        return {"to_ids": [Command.set(self._nameable(partners))], "to_emails": "\n".join(emails) or False}

    def _nameable(self, ids):
        """Return the ids of those of these contacts whom the user may choose for a message of this company."""
        contacts = self.env["res.partner"].browse(ids)._filtered_access("read")
        owners = self.company_id.sudo().parent_ids
        return contacts.filtered(lambda contact: not contact.company_id or contact.sudo().company_id in owners).ids

    def _people_chosen(self):
        """Return in one text whom the sheet names, to tell whether a person changed it."""
        return f"{sorted(self.to_ids._origin.ids)} {sorted(self._typed())}"

    def _typed(self):
        return list(dict.fromkeys(address for _name, address in address_list.parse_address_list(self.to_emails or "")))

    @api.model
    def _word_fields(self):
        """Return the names of the step's fields that this has too, besides subject, text, people and files."""
        return [*self._channel_boxes(), *self._template_fields(), *GIVEN]

    def _channel_words(self):
        return {name: self[name] for name in self._channel_boxes()}

    def _taken(self):
        """Return the words that the templates give, and beside them those of the step's own."""
        step, blank = self.step_id.sudo(), dict.fromkeys(self._own_word_fields(), False)
        templates = {name: self[name]._origin.id for name in self._template_fields()}
        said = Sheet(self, {**self._channel_words(), **templates, **blank}).texts()
        own = {name: text if is_html_empty(step[name]) else step[name] for name, text in said.items()}
        return {**own, **{f"from_{name}": text for name, text in said.items()}}

    @api.depends(lambda self: ("when", "day", "hour", "zone", *self._channel_boxes(), *self._template_fields()))
    def _compute_place_key(self):
        for dialog in self:
            decides = ["when", "day", "hour", "zone", *dialog._channel_boxes(), *dialog._template_fields()]
            dialog.place_key = str([plain(dialog[name]) for name in decides])

    @api.onchange("place_key")
    def _onchange_place_key(self):
        """Follow channels, templates and time with what a person left as it was: words and recipients."""
        if not self.move_id or self._is_retry() or self.place_key == self.from_key:
            return
        self.from_key = self.place_key
        is_own = self._own_words()
        taken = self._taken()
        for name, own in is_own.items():
            self[f"from_{name}"] = taken[f"from_{name}"]
            if not own:
                self[name] = taken[f"from_{name}"]
        if self._has_usual_people():
            self.update(self._usual_people())
            self.from_people = self._people_chosen()

    # ------------------------------------------------------------------ what a person chose

    def _own_words(self):
        """Return {field: what a person wrote, False for what the template says}."""
        plain = [name for name in self._own_word_fields() if name != "body"]
        return {"body": self._own_body(), **{name: self._own_text(name) for name in plain}}

    def _own_text(self, name):
        text = (self[name] or "").strip()
        return text if text and text != (self[f"from_{name}"] or "").strip() else False

    def _own_body(self):
        """Return the text that a person wrote, False for the template's; what they typed as Markdown is formatted."""
        if is_html_empty(self.body) or str(self.body) == str(self.from_body or ""):
            return False
        return from_editor(self.body)

    def _words(self):
        """Return {field of chasing.step: value} of this message, empty where it is to be as the template says."""
        words = {name: plain(self[name]) for name in self._word_fields()}
        return {**words, **self._own_words(), **self._people(), **self._files()}

    def _people(self):
        """Return whom a person chose, nobody where it is whom the message reaches by itself."""
        if self._has_usual_people():
            # Whoever is archived was chosen all the same.
            step = self.step_id.sudo().with_context(active_test=False)
            return {"to_ids": step.to_ids.ids, "to_emails": step.to_emails}
        return {"to_ids": self.to_ids._origin.ids, "to_emails": "\n".join(self._typed()) or False}

    def _has_usual_people(self):
        """Return whether a person left the recipients as the sheet proposed them."""
        return bool(self.from_people) and self._people_chosen() == self.from_people

    def _names_nobody(self):
        """Return whether a person removed all recipients, which is not to leave the proposed ones (R74)."""
        return bool(self.from_people) and not (self.to_ids or self._typed() or self._has_usual_people())

    def _files(self):
        return {"attachment_ids": (self.attachment_ids | self.own_file_ids)._origin.ids}


def plain(value):
    """Return a value of a step as words have it: ids of records, False for what is empty."""
    if isinstance(value, models.BaseModel):
        ids = value._origin.ids
        return ids if value._name in SEVERAL_MODELS else (ids[0] if ids else False)
    return value or False


def _with_template(vals):
    """Return values whose e-mail template stands under the name that steps have for it."""
    if "template_id" not in vals:
        return vals
    return {"email_template_id": vals["template_id"], **{name: vals[name] for name in vals if name != "template_id"}}
