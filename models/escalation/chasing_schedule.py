import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common import nobodys_defaults
from ..common.errors import explain

_logger = logging.getLogger(__name__)


class ChasingSchedule(models.Model):
    """Handing invoices over to a debt collector (R41): chasing here ends, and a dossier tells what was done."""

    _inherit = "chasing.schedule"

    dossier_id = fields.Many2one("ir.attachment", ondelete="set null", index="btree_not_null", readonly=True)
    is_dossier_wanted = fields.Boolean(readonly=True)

    _dossier_wanted = models.Index("(id) WHERE is_dossier_wanted")

    def action_send_to_collections(self):
        """End chasing here and make the dossier; those of many are made in the background. A cadence applied anew takes
        the invoice back."""
        schedules = self._allowed("collections")
        for part in schedules._in_parts():
            part._end("collections", "collections")
            part.is_dossier_wanted = True
            part._log(self.env._("Sent to collections. The dossier is attached to the invoice."))
        if len(schedules) == 1:
            schedules._make_dossiers()
        else:
            self.env.ref("invoice_chasing.ir_cron_dossiers").sudo()._trigger()
        return True

    def action_download_dossier(self):
        """The dossier as a file; made now if there is none yet."""
        self.ensure_one()
        schedule = self._steered()
        if schedule.lifecycle != "collections":
            raise UserError(self.env._("Only an invoice that was sent to collections has a dossier."))
        if not schedule.dossier_id:
            schedule._make_dossier()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{schedule.dossier_id.id}?download=true",
            "target": "download",
        }

    def _make_dossiers(self):
        """Make those that are wanted; one that cannot be made is noted on its invoice and keeps no other waiting."""
        for schedule in self:
            try:
                with self.env.cr.savepoint():
                    schedule._make_dossier()
            except psycopg2.OperationalError:
                raise
            except Exception as error:
                _logger.exception("No dossier of schedule %s", schedule.id)
                schedule.is_dossier_wanted = False
                schedule._log(self.env._("The dossier could not be made: %(error)s", error=explain(self.env, error)))

    def _make_dossier(self):
        if self.move_id.state != "posted":
            raise UserError(
                self.env._("%(invoice)s is not posted: post it to make its dossier.", invoice=self.move_id.display_name)
            )
        company = self.company_id
        schedule = self.with_company(company).with_context(lang=company.partner_id.lang)
        name, content = self.env["chasing.dossier"]._make(schedule)
        self.dossier_id.unlink()
        attachment = nobodys_defaults.create(
            self.env["ir.attachment"],
            {
                "name": name,
                "raw": content,
                "mimetype": "application/zip",
                "res_model": "account.move",
                "res_id": self.move_id.id,
            },
        )
        self.write({"dossier_id": attachment.id, "is_dossier_wanted": False})

    @api.model
    def _cron_dossiers(self):
        """The dossiers of many, one after the other."""
        wanted = [("is_dossier_wanted", "=", True)]
        while schedule := self.search(wanted, limit=1):
            schedule._make_dossiers()
            if not self.env["ir.cron"]._commit_progress(1, remaining=self.search_count(wanted)):
                break
