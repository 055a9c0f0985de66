from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..common.mail_header import format_sender
from ..common.wording import reason_text
from ..engine import address_list
from .chasing_address_book import emails_in

REOPENED = "invoice_chasing.mail_activity_type_reopened"


class ChasingSchedule(models.Model):
    """Say who looks after an invoice, and in whose name its messages leave (R98).

    It is what was chosen on the invoice, else what its cadence says, else its salesperson.
    """

    _inherit = "chasing.schedule"

    own_responsible_id = fields.Many2one(
        "res.users",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Set on the invoice, or the first of the responsible team to act on it.",
    )
    own_sender_id = fields.Many2one("res.users", readonly=True, ondelete="set null", index="btree_not_null")
    responsible_id = fields.Many2one("res.users", compute="_compute_responsible_id", store=True)
    is_mine = fields.Boolean(compute="_compute_is_mine", search="_search_is_mine")
    responsible_text = fields.Char("Responsible Name", compute="_compute_people_text", compute_sudo=True)
    sender_text = fields.Char("Sender Name", compute="_compute_people_text", compute_sudo=True)

    @api.depends(
        "own_responsible_id", "cadence_id.responsible_id", "cadence_id.responsible_group_id", "move_id.invoice_user_id"
    )
    def _compute_responsible_id(self):
        for schedule in self:
            schedule.responsible_id = schedule.own_responsible_id or schedule._usual_responsible(
                schedule.cadence_id, schedule.move_id
            )

    @api.model
    def _usual_responsible(self, cadence, move):
        """Return the user who looks after an invoice unless it says otherwise.

        It is nobody until one of the cadence's group takes it.
        """
        if cadence.responsible_id or cadence.responsible_group_id:
            return cadence.responsible_id
        return move.invoice_user_id

    @api.depends("responsible_id", "cadence_id.responsible_group_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        groups = self.env.user.sudo().all_group_ids
        for schedule in self:
            responsible, group = schedule.sudo().responsible_id, schedule.sudo().cadence_id.responsible_group_id
            schedule.is_mine = responsible == self.env.user or (not responsible and group in groups)

    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        untaken = Domain("responsible_id", "=", False) & Domain(
            "cadence_id.responsible_group_id", "in", self.env.user.sudo().all_group_ids.ids
        )
        mine = Domain("responsible_id", "=", self.env.uid) | untaken
        return mine if True in value else ~mine

    @api.depends("responsible_id", "own_sender_id", "cadence_id.sender_id", "cadence_id.sender_is_responsible")
    @api.depends_context("lang")
    def _compute_people_text(self):
        for schedule in self:
            group = not schedule.responsible_id and schedule.cadence_id.responsible_group_id
            schedule.responsible_text = group and self.env._(
                "%(group)s: the first to act becomes responsible", group=group.name
            )
            schedule.sender_text = schedule._sender()[0].name

    def _responsible_users(self):
        """Return the users who are told about this schedule, at least one (R98).

        They are its responsible or, until one of them takes it, everybody in the cadence's group, as far as they may
        see it; else one of the company's chasing managers.
        """
        self.ensure_one()
        users = self.responsible_id or self.cadence_id.responsible_group_id.all_user_ids
        able = users.filtered(self.company_id._chasing_is_collector)
        return able or self.company_id._chasing_managers()[:1] or self.env.ref("base.user_admin")

    def _responsible_name(self):
        """Return who approves: the responsible, else the group of which the first to act does."""
        return (self.responsible_id or self.cadence_id.responsible_group_id or self._responsible_users()[:1]).name

    def _sender(self):
        """Return (author partner, formatted address) of this schedule's messages.

        Without one of our own people who has an address it is the company, never OdooBot.
        """
        cadence = self.cadence_id
        user = (
            self.own_sender_id
            or (self.responsible_id if cadence.sender_is_responsible else cadence.sender_id)
            or self.move_id.invoice_user_id
        )
        company = self.company_id
        address = format_sender(user.name, user.email)
        if address and company._chasing_is_colleague(user):
            return user.partner_id, address
        return company.partner_id, company._chasing_sender()

    def _claim_responsibility(self):
        """Give these to the user, if they are the first of the responsible group to act on them (R98).

        The others of the group need not see to them any more.
        """
        untaken = self.filtered(lambda schedule: not schedule.responsible_id)
        untaken = untaken.filtered("cadence_id.responsible_group_id")
        groups = untaken and self.env.user.sudo().all_group_ids
        taken = untaken.filtered(lambda schedule: schedule.cadence_id.responsible_group_id in groups)
        if taken:
            taken.own_responsible_id = self.env.user
            others = taken.cadence_id.responsible_group_id.all_user_ids - self.env.user
            self.env["chasing.alert"]._dismiss_for(others, taken)

    def _set_responsible(self, **people):
        """Choose who looks after these invoices, and in whose name their messages leave.

        :param people: `own_responsible_id` or `own_sender_id`, each a user, or empty for what the cadence says
        """
        schedules = self._as_collector()
        responsible = people.get("own_responsible_id", self.env["res.users"]).sudo()
        for company in schedules.company_id if responsible else ():
            if not company._chasing_is_collector(responsible):
                raise UserError(
                    self.env._(
                        "%(user)s may not chase invoices of %(company)s. Choose someone who may, or grant the access "
                        "rights first.",
                        user=responsible.name,
                        company=company.name,
                    )
                )
        self._check_sender(people.get("own_sender_id", self.env["res.users"]).sudo())
        schedules.write({name: user.id for name, user in people.items()})
        schedules._log({schedule.move_id.id: schedule._responsible_note(people) for schedule in schedules})

    def _check_sender(self, sender):
        """Refuse a person in whose name the messages of these invoices could not leave."""
        if sender and not sender.email:
            raise UserError(self.env._("%(user)s has no e-mail address. Enter one first.", user=sender.name))
        for company in self.company_id if sender else ():
            if not company._chasing_is_colleague(sender):
                raise UserError(
                    self.env._(
                        "%(user)s is not a user of %(company)s and cannot be the sender. Choose one of its users.",
                        user=sender.name,
                        company=company.name,
                    )
                )

    def _responsible_note(self, people):
        """Return what `_set_responsible` notes on the invoice."""
        lines = []
        if "own_responsible_id" in people:
            name = self.responsible_id.name or self.responsible_text or self.env._("nobody")
            lines.append(self.env._("Responsible: %(name)s.", name=name))
        if "own_sender_id" in people:
            lines.append(self.env._("Messages are sent as %(name)s.", name=self.sender_text))
        return " ".join(lines)

    def _on_reopened(self, note=None):
        """Ask who looks after it whether chasing is to be resumed."""
        super()._on_reopened(note)
        note = note or self.env._("This invoice is due again. Chasing stays stopped until you resume it.")
        for schedule in self:
            schedule.move_id.activity_schedule(
                REOPENED,
                summary=self.env._("Resume chasing?"),
                note=note,
                user_id=schedule._responsible_users()[:1].id,
            )

    def _on_settled(self):
        """Take the question off the list."""
        reopened = self.filtered("is_reopened")
        super()._on_settled()
        reopened.move_id.activity_unlink([REOPENED])

    def _set_contacts(self, use_own, emails):
        """Send the e-mails of steps without a role to a list of the invoice's own, or to the customer's contacts (R61).

        :param use_own: whether the list is used
        :param emails: a list of addresses as people paste it; refused if one of them is no address
        """
        schedules = self._as_collector()
        entries = address_list.parse_address_list(emails or "")
        for _name, address in entries if use_own else ():
            if not address_list.is_email(address):
                raise UserError(reason_text(self.env, "invalid_email", {"address": address, "own": True}))
        if use_own and not entries:
            raise UserError(self.env._("The list has no address. Enter one, or use the customer's contacts."))
        if use_own and len(entries) > address_list.MAX_RECIPIENTS:
            raise UserError(reason_text(self.env, "too_many_recipients"))
        text = "\n".join(address_list.write_address(name, address) for name, address in entries)
        schedules._give_contacts({move.id: text if use_own else False for move in schedules.move_id})

    def _give_contacts(self, texts):
        """Give each e-mail addresses of its own, or the customer's contacts back (R61).

        :param texts: {move id: valid addresses, one a line}; those without one use the customer's contacts
        """
        schedules = self._as_collector()
        notes, entered = {}, emails_in(texts.values()) - emails_in(schedules.mapped("own_emails"))
        self.env["chasing.address.book"]._mark_as_working(entered)
        for schedule in schedules:
            text = texts.get(schedule.move_id.id)
            schedule.write({"use_own_contacts": bool(text), "own_emails": text})
            notes[schedule.move_id.id] = (
                self.env._("E-mails are sent to %(addresses)s.", addresses=text.replace("\n", ", "))
                if text
                else self.env._("E-mails are sent to the customer's contacts.")
            )
        schedules._recipients_changed()
        schedules._log(notes)

    def _recipients_changed(self):
        """Tell that the e-mails of these schedules go to others now.

        Hook: extended by forecast.
        """
