from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import moments
from . import clock
from .sql_fields import SqlDate

# A comparison with a local day -> instants count from so many days after it on, and until so many after it.
BOUNDS = {"<": (None, 0), "<=": (None, 1), ">": (1, None), ">=": (0, None)}


class ChasingListMixin(models.AbstractModel):
    """Give a list its records' day on the company's clock, and keep inner fields out of what people filter by.

    Everybody reads an instant on the same clock, that of the company the record belongs to, wherever the reader sits
    (R90). An heir has a `company_id`.
    """

    _name = "chasing.list.mixin"
    _description = "On the Company's Clock"
    # The datetime that is told by day, and which records have a day at all: a condition on columns of their own.
    _instant_field = None
    _instant_counts = Domain.TRUE
    # Only the addon reads these fields: nobody filters or groups by them.
    _inner_fields = frozenset()

    chasing_tz = fields.Char(compute="_compute_chasing_tz")
    local_day = SqlDate("Day", compute="_compute_local_day", search="_search_local_day", sql="_local_day_sql")
    is_today = fields.Boolean(compute="_compute_is_today", search="_search_is_today")

    @api.model
    def _search(self, *args, active_test=True, **kwargs):
        # Odoo looks up with it off what was found already, in the middle of reading it.
        if active_test:
            self._bring_up_to_date()
        return super()._search(*args, active_test=active_test, **kwargs)

    @api.model
    def _bring_up_to_date(self):
        """Work out what whoever searches is about to read, where that is kept and something has changed.

        Hook: here nothing, extended by forecast.
        """

    @api.depends("company_id")
    def _compute_chasing_tz(self):
        for record in self:
            record.chasing_tz = record._zone()

    def _zone(self):
        """Return the name of the zone in which the instants of this row are told.

        Hook: a step of its own zone, extended by forecast.
        """
        return clock.zone(self.company_id)

    @api.depends(lambda self: (self._instant_field,) if self._instant_field else ())
    def _compute_local_day(self):
        counted = self.filtered_domain(self._instant_counts)
        (self - counted).local_day = False
        for record in counted:
            at = record[self._instant_field]
            record.local_day = at and clock.local_day(at, record.company_id)

    @api.depends("local_day")
    @api.depends_context("chasing_now")
    def _compute_is_today(self):
        for record in self:
            record.is_today = record.local_day and record.local_day == clock.today(record.company_id)

    def _search_local_day(self, operator, value):
        if operator == "in":
            domain = Domain.OR(self._local_days(0, 1, lambda _company, day=day: day) for day in value if day)
            none = ~self._instant_counts | Domain(self._instant_field, "=", False)
            return domain | none if False in value else domain
        if operator in BOUNDS:
            return self._local_days(*BOUNDS[operator], lambda _company: value)
        return NotImplemented

    def _search_is_today(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._local_days(0, 1, clock.today)
        return domain if True in value else ~domain

    def _local_days(self, start, end, day):
        """Return the domain of what lies between two local midnights.

        :param start: days after `day` from which on; None: from the beginning
        :param end: days after `day` until which; None: to the end
        :param day: takes a company of a zone, gives a local date
        """
        zones = []
        for timezone, companies in self._zones().items():
            first = day(companies[0])
            bounds = [Domain("company_id", "in", companies.ids)]
            for operator, days in ((">=", start), ("<", end)):
                if days is not None:
                    at = moments.instant(first + timedelta(days), 0, timezone)
                    bounds.append(Domain(self._instant_field, operator, at))
            zones.append(Domain.AND(bounds))
        return self._instant_counts & Domain.OR(zones)

    @api.model
    def _zones(self):
        """Return {zone: the companies whose clock it is}."""
        return self.env["res.company"].sudo().search([]).grouped(lambda company: company._chasing_timezone())

    def _local_day_sql(self, alias):
        """Return SQL of the local day of the instant, NULL for what has none."""
        zones = SQL(" ").join(
            SQL("WHEN %s THEN %s", company.id, timezone)
            for timezone, companies in self._zones().items()
            for company in companies
        )
        at = self._field_to_sql(alias, self._instant_field)
        counts = self._instant_counts.optimize_full(self)._to_sql(self, alias, self._as_query(ordered=False))
        zone = SQL("CASE %s %s END", self._company_sql(alias), zones)
        return SQL("CASE WHEN %s THEN timezone(%s, timezone('UTC', %s))::date END", counts, zone, at)

    def _company_sql(self, alias):
        """Return SQL of the record's company.

        Hook: extended where the company is no column of the record's table.
        """
        return self._field_to_sql(alias, "company_id")

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Describe inner fields as neither searchable nor groupable."""
        described = super().fields_get(allfields, attributes)
        for name in self._inner_fields & described.keys():
            described[name].update(dict.fromkeys({"searchable", "groupable"} & described[name].keys(), False))
        return described
