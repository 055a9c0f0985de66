import logging
from datetime import datetime, timedelta

import pytz

from odoo import api, models
from odoo.fields import Command

from ..models.common import clock

_logger = logging.getLogger(__name__)
TIMEZONE = "America/New_York"
SPEAKERS = {"azur": "fr_FR", "bergmann": "de_DE", "castillo": "es_ES"}
# days ago: invoices before START are not chased; those before WEEK were sent by hand before chasing was switched on
START, WEEK = 63, 7

# what it is for: customer, days from today to the invoice date and to the due date, amount, what is sold
INVOICES = {
    # older than START
    "old_1": ("everglade", -88, -58, 1840, "Display stands"),
    "old_2": ("dunmore", -80, -50, 620, "Spare parts"),
    "old_3": ("azur", -74, -44, 2300, "Showroom lamps"),
    "old_4": ("fuji", -70, -40, 950, "Tea crates"),
    # late, reminded during the week
    "late_1": ("everglade", -62, -32, 2150, "Shelving"),
    "late_2": ("dunmore", -60, -31, 480, "Repair kit"),
    "late_3": ("bergmann", -51, -21, 7350, "Machine feet, 300 pieces"),
    "late_4": ("castillo", -50, -20, 1290, "Olive presses, service"),
    "late_5": ("azur", -48, -18, 3120, "Counter and lights"),
    "late_6": ("fuji", -46, -16, 1675, "Tea crates"),
    "late_7": ("gomes", -40, -10, 2040, "Labels, 20 rolls"),
    # late, and something is wrong with the address
    "malformed": ("kestrel", -40, -10, 845, "Paper, 90 g"),
    "without_address": ("hilltop", -39, -9, 310, "Baking trays"),
    "blacklisted": ("ivory", -38, -8, 5200, "Cocoa sacks"),
    "bouncing": ("juniper", -37, -7, 415, "Flower buckets"),
    "soon_without_address": ("hilltop", -20, 9, 275, "Bread baskets"),
    # due about now
    "soon_1": ("vega", -30, 0, 1980, "Projector rental"),
    "soon_2": ("bergmann", -29, 1, 2640, "Machine feet, 100 pieces"),
    "soon_3": ("castillo", -27, 3, 760, "Olive presses, spare parts"),
    "soon_4": ("dunmore", -26, 2, 890, "Workbench"),
    "soon_5": ("everglade", -20, 10, 1320, "Tents"),
    # issued during the week
    "new_1": ("dunmore", -7, 23, 540, "Spare parts"),
    "new_2": ("azur", -6, 24, 1450, "Window display"),
    "new_3": ("bergmann", -5, 25, 8900, "Conveyor belt"),
    "new_4": ("castillo", -4, 26, 1115, "Oil cans"),
    "new_5": ("gomes", -3, 27, 2480, "Labels, 25 rolls"),
    "new_6": ("vega", -2, 28, 730, "Projector lamp"),
    "new_7": ("fuji", -1, 29, 1990, "Tea crates"),
    # paid before the week, or half-way through it
    "paid_1": ("riverside", -60, -30, 4100, "Waiting room seats"),
    "paid_2": ("castillo", -58, -28, 640, "Olive presses, inspection"),
    "paid_3": ("vega", -55, -25, 1210, "Projector rental"),
    "paid_4": ("umbra", -45, -15, 385, "Sun sails"),
    "paid_5": ("everglade", -35, -5, 2275, "Camp stoves"),
    "payer_1": ("lumen", -41, -11, 1200, "Studio lights"),
    "payer_2": ("lumen", -30, 0, 860, "Reflectors"),
    # held, split or changed
    "unapplied": ("maple", -42, -12, 1320, "Timber, 4 pallets"),
    "partial": ("quartz", -43, -12, 2400, "Drill heads"),
    "paused": ("nordic", -38, -8, 3300, "Cooling boxes"),
    "no_followup": ("opal", -36, -9, 1750, "Filing cabinets"),
    "blocked": ("opal", -28, -8, 990, "Reading lamps"),
    "credited": ("gomes", -33, -3, 560, "Labels, wrong colour"),
    "customised": ("sunrise", -33, -3, 6480, "Sun loungers, 40 pieces"),
    "instalments": ("pinewood", -31, 9, 12000, "Desks and chairs"),
    # on other cadences than the default
    "key_1": ("riverside", -45, -15, 2890, "Privacy screens"),
    "key_2": ("riverside", -34, -4, 9600, "Examination couches"),
    "key_3": ("riverside", -25, 5, 1150, "Wall clocks"),
    "gentle": ("umbra", -35, -14, 1080, "Sun sails"),
    "firm": ("wren", -21, -7, 2310, "Nest boxes"),
    # by e-mail, SMS and letter
    "channels_1": ("everglade", -37, -7, 1890, "Rain covers"),
    "channels_2": ("vega", -37, -7, 2675, "Stage lights"),
    "channels_3": ("tulip", -36, -6, 940, "Bicycle bells"),
}
DRAFT = ("tulip", 0, 30, 1425, "Bicycle racks")


class ChasingDemo(models.AbstractModel):
    """Three months of invoices of one company that switched chasing on a week ago, for databases with demo data."""

    _name = "chasing.demo"
    _description = "Invoice Chasing Demo Data"

    @api.model
    def _tell(self):
        """Make the demo's company settings and invoices, all dates relative to today."""
        company = self.env.ref("base.main_company")
        if not company.chart_template:
            _logger.info("%s has no chart of accounts: Invoice Chasing makes no demo invoices for it", company.name)
            return
        self._speak_languages()
        self._dress_company(company)
        self._switch_on(company)
        self = self.with_company(company)
        moves = self._make_invoices()
        self._settle(moves)
        self._hold(moves)
        self._choose_cadences(company, moves)
        self._customise(moves["customised"].chasing_schedule_id)
        self.env.flush_all()

    # ------------------------------------------------------------------ the company

    def _speak_languages(self):
        missing = (
            self.env["res.lang"]
            .with_context(active_test=False)
            .search([("code", "in", list(SPEAKERS.values())), ("active", "=", False)])
        )
        missing.action_unarchive()
        for customer, code in SPEAKERS.items():
            partner = self._customer(customer)
            (partner | partner.child_ids).lang = code

    def _dress_company(self, company):
        """Give a company that nobody has named yet what a letter needs."""
        if company.name == "My Company":
            company.name = "Bluebird Supplies"
        wanted = {
            "email": "billing@bluebird.example",
            "phone": "+1 617 555 0142",
            "website": "https://bluebird.example",
            "street": "12 Harbor Street",
            "city": "Boston",
            "zip": "02110",
            "state_id": self.env.ref("base.state_us_34").id,
        }
        company.write({name: value for name, value in wanted.items() if not company[name]})
        if not company.partner_id.bank_ids:
            self.env["res.partner.bank"].create({
                "partner_id": company.partner_id.id,
                "acc_number": "021000021 4455667788",
                "allow_out_payment": True,
            })
        admin = self.env.ref("base.user_admin")
        if not admin.email:
            admin.email = "admin@bluebird.example"
        admin.tz = admin.tz or TIMEZONE

    def _switch_on(self, company):
        company.write({
            "chasing_enabled": True,
            "chasing_start_date": self._day(-START),
            "chasing_tz": TIMEZONE,
        })
        standard = self._shipped(company, "Standard")
        standard.write({"is_default": True, "responsible_id": self.env.ref("base.user_admin").id})

    # ------------------------------------------------------------------ builders

    def _customer(self, name):
        return self.env.ref(f"invoice_chasing.demo_{name}")

    def _shipped(self, company, name):
        return self.env["chasing.cadence"].search([("company_id", "=", company.id), ("name", "=", name)], limit=1)

    def _day(self, days):
        """Return the date so many days from the company's local today."""
        return datetime.now(pytz.timezone(TIMEZONE)).date() + timedelta(days=days)

    def _morning(self, days):
        """Return the UTC instant at which that local day begins."""
        midnight = datetime.combine(self._day(days), datetime.min.time())
        return pytz.timezone(TIMEZONE).localize(midnight).astimezone(pytz.utc).replace(tzinfo=None)

    def _values(self, customer, issued, due, amount, label):
        return {
            "move_type": "out_invoice",
            "partner_id": self._customer(customer).id,
            "invoice_user_id": self.env.ref("invoice_chasing.demo_collector").id,
            "invoice_date": self._day(issued),
            "invoice_date_due": self._day(due),
            "invoice_line_ids": [Command.create({"name": label, "price_unit": amount, "tax_ids": []})],
        }

    def _as_the_week_begins(self, records):
        return clock.at(records, self._morning(-WEEK))

    def _make_invoices(self):
        """Return {what it is for: invoice}, posted in the order of their dates, each as on its own day.

        Those from before the week were sent by hand at that time.
        """
        rows = sorted(INVOICES.items(), key=lambda item: item[1][1])
        made = self.env["account.move"].create([self._values(*row) for _name, row in rows])
        moves = dict(zip((name for name, _row in rows), made, strict=True))
        term = self.env.ref("invoice_chasing.demo_term_40_60")
        moves["instalments"].invoice_payment_term_id = term
        week = self._day(-WEEK)
        before = made.filtered(lambda move: move.invoice_date < week)
        before.is_move_sent = True
        self._as_the_week_begins(before).action_post()
        for name, (_customer, issued, *_rest) in rows:
            if issued >= -WEEK:
                clock.at(moves[name], self._morning(issued)).action_post()
        for name, (_customer, issued, *_rest) in rows:
            moves[name].message_ids.date = self._morning(issued) + timedelta(hours=8)
        return moves

    def _pay(self, move, days, amount=None):
        """Register a payment of an invoice so many days from today."""
        values = {"payment_date": self._day(days), **({"amount": amount} if amount else {})}
        wizard = self._as_the_week_begins(self.env["account.payment.register"]).with_context(
            active_model="account.move", active_ids=move.ids
        )
        wizard.create(values).action_create_payments()

    # ------------------------------------------------------------------ what became of the invoices

    def _settle(self, moves):
        for number, days in enumerate((-29, -20, -22, -14, -9), 1):
            self._pay(moves[f"paid_{number}"], days)
        self._pay(moves["partial"], -20, amount=1000)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=moves["credited"].ids)
            .create({
                "date": self._day(-12),
                "reason": "Wrong colour",
                "journal_id": moves["credited"].journal_id.id,
            })
        )
        wizard.refund_moves()
        wizard.new_move_ids.action_post()

    def _hold(self, moves):
        """One invoice for each thing that holds chasing."""
        self.env["mail.blacklist"]._add("office@ivorycoast.example", message="Asked for letters only.")
        self._as_the_week_begins(moves["paused"].chasing_schedule_id).action_pause(self._day(5), "promise")
        moves["no_followup"].no_followup = True
        moves["blocked"].action_toggle_block_payment()
        # a payment that nobody has matched with the invoice (R45)
        unapplied = moves["unapplied"]
        self._as_the_week_begins(self.env["account.payment"]).create({
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": unapplied.partner_id.id,
            "amount": unapplied.amount_total,
            "date": self._day(-9),
            "memo": "Bank transfer without reference",
        }).action_post()

    def _choose_cadences(self, company, moves):
        """Two cadences of the company's own, the shipped ones that are not the default, and a draft with its plan."""
        cadences = {
            "key": self._key_accounts(company),
            "gentle": self._shipped(company, "Gentle"),
            "firm": self._shipped(company, "Firm"),
            "instalments": self._by_instalment(company),
            "channels": self._all_channels(company),
        }
        for name, move in moves.items():
            cadence = cadences.get(name.split("_")[0])
            if cadence:
                self._as_the_week_begins(move)._chasing_assign(cadence)
        draft = self.env["account.move"].create(self._values(*DRAFT))
        draft._chasing_assign(cadences["firm"])

    def _customise(self, schedule):
        """Give an invoice a message of its own on a day of its own (R22)."""
        dialog = self._as_the_week_begins(self.env["chasing.edit"]).create({"schedule_id": schedule.id})
        dialog.line_ids = [
            Command.create({
                "trigger": "on_date",
                "date": self._day(-2),
                "hour": 16,
                "subject": "Our call this morning",
                "body": "<p>Hello,</p><p>As promised on the phone, here is the invoice once more.</p>",
            })
        ]
        dialog.action_save()

    def _key_accounts(self, company):
        collector = self.env.ref("invoice_chasing.demo_collector")
        return self.env["chasing.cadence"].create({
            "name": "Key accounts",
            "company_id": company.id,
            "responsible_id": collector.id,
            "sender_id": collector.id,
            "step_ids": [
                Command.create({"trigger": "on_issue", "hour": 9}),
                Command.create({"trigger": "before_due", "days": 7, "hour": 10}),
                Command.create({"trigger": "before_due", "days": 0, "hour": 10}),
                Command.create({
                    "trigger": "after_due",
                    "days": 3,
                    "hour": 14,
                    "subject": "Is everything in order with our invoice?",
                    "body": "<p>Hello,</p><p>You usually pay on the day, so I wonder whether something is wrong with "
                    "this invoice. A short answer is enough and I will see to it.</p><p>Nora Quill</p>",
                }),
                Command.create({"trigger": "after_due", "days": 10, "hour": 9, "mode": "ask"}),
                Command.create({"trigger": "repeat", "days": 7, "hour": 9, "repeat_count": 3}),
            ],
        })

    def _all_channels(self, company):
        """Write a text beside the e-mail, then a letter, and the last word to the managing director alone."""
        director = self.env["chasing.contact.role"].create({"name": "Managing Director", "company_id": company.id})
        self._customer("everglade_director").chasing_role_ids = director
        return self.env["chasing.cadence"].create({
            "name": "All channels",
            "company_id": company.id,
            "step_ids": [
                Command.create({"trigger": "on_issue", "hour": 9}),
                Command.create({"trigger": "after_due", "days": 1, "hour": 10, "channel_sms": True}),
                Command.create({
                    "trigger": "after_due",
                    "days": 4,
                    "hour": 10,
                    "channel_email": False,
                    "channel_letter": True,
                }),
                Command.create({"trigger": "after_due", "days": 6, "hour": 11, "role_id": director.id}),
                Command.create({
                    "trigger": "after_due",
                    "days": 14,
                    "hour": 10,
                    "channel_letter": True,
                    "role_id": director.id,
                }),
            ],
        })

    def _by_instalment(self, company):
        steps = [("on_issue", 0, 9), ("after_due", 3, 11), ("after_due", 15, 11)]
        return self.env["chasing.cadence"].create({
            "name": "By instalment",
            "company_id": company.id,
            "age_basis": "instalment",
            "step_ids": [
                Command.create({"trigger": trigger, "days": days, "hour": hour}) for trigger, days, hour in steps
            ],
        })
