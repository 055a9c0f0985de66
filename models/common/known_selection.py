from odoo import fields


class KnownSelection(fields.Selection):
    """Hold one of the values that a method gives, and refuse any other.

    Odoo refuses what is not in a list of values, and believes everything where a method gives them.
    """

    def convert_to_cache(self, value, record, validate=True):
        if validate and value and value not in self.get_values(record.env):
            raise ValueError(f"Wrong value for {self}: {value!r}")
        return super().convert_to_cache(value, record, validate)
