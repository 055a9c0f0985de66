"""The database of the crash tests: invoices posted, each with its PDF and one step that is due now."""

import time
from datetime import timedelta

import workers

import copies
from databases import copy_database, drop_database
from odoo import fields, sql_db
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config

INVOICES = 500
CUSTOMERS = 50


class Database:
    """A database that can be had anew as often as wanted, with Odoo loaded for it in this process."""

    def __init__(self, base, mail_sink, log):
        self.name, self.armed, self.mail_sink = f"{base}_crash", f"{base}_armed", mail_sink
        copy_database(base, self.name)
        mail = ["--smtp=127.0.0.1", f"--smtp-port={mail_sink.port}", "--email-from=billing@seller.example"]
        config.parse_config(["-d", self.name, "--no-http", f"--logfile={log}", *mail], setup_logging=True)
        Registry(self.name)
        with workers.environment(self.name) as env:
            arm(env)
            env.cr.commit()
        self.keep()
        self.batch_seconds = self.rehearse()

    def keep(self):
        sql_db.close_all()
        copy_database(self.name, self.armed)

    def renew(self):
        """Back to where everything is due."""
        sql_db.close_all()
        copy_database(self.armed, self.name)
        self.mail_sink.start_anew()

    def rehearse(self):
        """Dispatch and send a little, so that the caches of every process to come are warm.

        :return: the seconds a batch takes
        """
        self.renew()
        with workers.environment(self.name) as env:
            for _twice in range(2):
                start = time.monotonic()
                env["chasing.dispatcher"]._dispatch(fields.Datetime.now())
                env.cr.rollback()
            seconds = time.monotonic() - start
            env["chasing.dispatcher"]._dispatch(fields.Datetime.now(), limit=3)
            env.cr.commit()
            env["mail.mail"].process_email_queue()
        return seconds

    def drop(self):
        sql_db.close_all()
        drop_database(self.name)
        drop_database(self.armed)


def arm(env):
    """Make the invoices and let their one step become due; Odoo's own scheduled actions stay out of it."""
    env["ir.cron"].search([]).active = False
    # at night, too, what goes at once goes now
    copies.company_ready(env).write({"chasing_run_limit": INVOICES, "chasing_window_from": 0, "chasing_window_to": 23})
    now = fields.Datetime.now()
    partners = copies.customers(env, CUSTOMERS)
    day = now.date() - timedelta(20)
    moves = copies.copies(env, copies.post(env, partners[0], day, day), partners, INVOICES)
    env.cr.execute("UPDATE account_move SET invoice_date = %s, invoice_date_due = %s", [day, day])
    env.cr.execute("UPDATE account_move_line SET date_maturity = %s WHERE display_type = 'payment_term'", [day])
    env.invalidate_all()
    copies.give_pdfs(moves)
    cadence = env["chasing.cadence"].create({
        "name": "One reminder",
        "company_id": env.company.id,
        "step_ids": [Command.create({"trigger": "after_due", "days": 18})],
    })
    workers.at(env["chasing.planner"], now - timedelta(10))._attach(moves, cadence, "invoice")


def hand_over(env, channel, count):
    """Let the steps of so many invoices go by another channel now, whose queue has not run yet.

    :return: the deliveries
    """
    schedules = env["chasing.schedule"].search([], order="id")
    schedules[count:].next_at = False
    schedules[:count].step_ids.write({"channel_email": False, f"channel_{channel}": True})
    germany = {"country_id": env.ref("base.de").id, "street": "Main Street 1", "zip": "10115", "city": "Berlin"}
    (schedules.move_id.partner_id | env.company.partner_id).write({**germany, "phone": "+49 151 12345678"})
    # at an hour at which everybody may get an SMS
    noon = fields.Datetime.now().replace(hour=11, minute=0, second=0)
    workers.at(env["chasing.dispatcher"], noon)._cron_dispatch()
    return env["chasing.delivery"].search([], order="id")
