"""Reminders as files: one for each message, in a folder that the company names, under the number of whoever gets it."""

from pathlib import Path

from odoo import api, fields, models
from odoo.addons.invoice_chasing.models.common import no_user_defaults
from odoo.addons.invoice_chasing.models.common.errors import ChannelRefused
from odoo.addons.invoice_chasing.models.dispatch.chasing_channel import Result


class ResCompany(models.Model):
    _inherit = "res.company"

    chasing_folder = fields.Char("Folder of Reminders", groups="base.group_user")


class ChasingStepMixin(models.AbstractModel):
    _inherit = "chasing.step.mixin"

    channel_folder = fields.Boolean("Folder")
    folder_template_id = fields.Many2one(
        "mail.template", domain="[('model', '=', 'account.move')]", ondelete="set null"
    )


class ChasingDelivery(models.Model):
    _inherit = "chasing.delivery"

    channel = fields.Selection(selection_add=[("folder", "Folder")], ondelete={"folder": "cascade"})


class ChasingChannelFolder(models.AbstractModel):
    """A message waits in the invoice's conversation until the scheduled action writes its file."""

    _name = "chasing.channel.folder"
    _inherit = "chasing.channel"
    _description = "Chasing by Folder"
    _code = "folder"
    _sequence = 40
    _template_field = "folder_template_id"
    # Files say what e-mails say, unless a step has a template of its own for them.
    _tone_field = "email_template_id"

    def _missing_text(self):
        return self.env._("a number")

    def _count_text(self, count):
        return self.env._("1 file") if count == 1 else self.env._("%(count)s files", count=count)

    def _unavailable(self, company):
        return not company.chasing_folder and self.env._("Name a folder for %(company)s.", company=company.name)

    def _company_fields(self):
        return super()._company_fields() | {"chasing_folder"}

    def _addresses(self, contact, country=None):
        number = "".join(filter(str.isdigit, contact.phone or ""))
        return [(number, None)] if number else []

    def _queue(self, deliveries, now):
        receipts, note = {}, self.env.ref("mail.mt_note")
        for lang, group in deliveries.grouped(lambda delivery: delivery._lang()).items():
            texts = self.env["chasing.message"]._compose(self, group.step_id, lang, now)
            for delivery in group:
                text, sender = texts[delivery.step_id], delivery.schedule_id._sender()
                if not isinstance(text, ChannelRefused):
                    said = {"subject": text.subject, "body": text.leaving}
                    values = self.env["chasing.message"]._conversation_values(delivery, note, sender, **said)
                    text = {"mail_message_id": no_user_defaults.create(self.env["mail.message"], values).id}
                receipts[delivery] = text
        return receipts

    def _withdraw(self, deliveries):
        deliveries.try_lock_for_update()._set_state("cancelled")

    def _take_back(self, deliveries):
        taken = deliveries.try_lock_for_update()
        taken._put_aside()
        return taken

    @api.model
    def _cron_write(self):
        queued = [("channel", "=", self._code), ("state", "=", "queued"), ("mail_message_id", "!=", False)]
        for delivery in self.env["chasing.delivery"].search(queued).try_lock_for_update():
            path = self._path(delivery)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(delivery.mail_message_id.body)
            delivery._sync_results()

    def _read_results(self, deliveries):
        return {delivery: Result("sent") for delivery in deliveries if self._path(delivery).exists()}

    def _content(self, delivery):
        path = self._path(delivery)
        return ("html", path.read_bytes()) if path.exists() else (None, None)

    def _proof(self, delivery):
        return [self.env._("written to %(file)s", file=self._path(delivery).name)]

    def _path(self, delivery):
        return Path(delivery.company_id.chasing_folder, delivery.address, f"{delivery.id}.html")
