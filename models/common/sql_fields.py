"""Computed fields that lists sort, group and filter by like stored ones.

Odoo asks a model for the SQL of every column that it reads; here a field brings its own, and nothing else is asked.
"""

from odoo import fields
from odoo.tools import SQL


class SqlField:
    """Take the SQL of a computed field from a method of its model.

    :param sql: the method's name; it gets the alias of the model's table and returns SQL
    """

    sql = None

    def to_sql(self, model, alias):
        return getattr(model, self.sql)(alias)


class SqlDate(SqlField, fields.Date):
    """Hold a computed date that has SQL."""


class SqlInteger(SqlField, fields.Integer):
    """Hold a computed number that has SQL."""


class SqlSelection(SqlField, fields.Selection):
    """Hold a computed choice that has SQL."""


class OneToOne(fields.Many2one):
    """Hold the one record of another model that points here: computed, and joined by the column that is over there.

    Fields related through it are sorted, grouped and searched by the columns of that record.

    :param column: the other model's many2one to this one
    """

    column = None

    def to_sql(self, model, alias):
        other = model.env[self.comodel_name]
        return SQL(
            "(SELECT %s FROM %s WHERE %s = %s)",
            SQL.identifier(other._table, "id"),
            SQL.identifier(other._table),
            other._field_to_sql(other._table, self.column),
            SQL.identifier(alias, "id"),
        )

    def join(self, model, alias, query):
        if self.inherited:
            # What points there points at the record that this one inherits from.
            return super().join(model, alias, query)
        other = model.env[self.comodel_name]
        other_alias = query.left_join(alias, "id", other._table, self.column, self.name)
        return other, other_alias
