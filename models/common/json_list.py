from odoo import fields


class JsonList(fields.Json):
    """Hold a list in which views look up members (`'skip' not in allowed`).

    Nothing in it is an empty list, not no value.
    """

    def convert_to_record(self, value, record):
        return super().convert_to_record(value, record) or []
