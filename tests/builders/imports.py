"""Builders of imports: a spreadsheet from rows, and what became of them."""

import base64

from .builders import ChasingCommon

HEADINGS = ("Invoice Number", "Cadence", "Chasing Disabled", "E-mail Contacts")


class ImportCommon(ChasingCommon):
    has_default = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.strict = cls.make_cadence("Strict", [("after_due", 1, 9), ("after_due", 8, 9)])

    def prepare(self, *rows, headings=HEADINGS, user=None, **values):
        """An import of a csv file with these rows."""
        lines = [";".join(f'"{cell}"' for cell in row) for row in (headings, *rows)]
        return self.prepare_file("\n".join(lines).encode(), "rows.csv", user, **values)

    def prepare_file(self, content, name, user=None, **values):
        return (
            self.env["chasing.import"]
            .with_user(user or self.env.user)
            .create({
                "file": base64.b64encode(content),
                "file_name": name,
                "company_id": self.company.id,
                **values,
            })
        )

    def imported(self, *rows, **values):
        record = self.prepare(*rows, **values)
        record.action_import()
        return record

    def verdicts(self, record):
        return [(line.row, line.verdict) for line in record.line_ids]

    def messages(self, record):
        return record.line_ids.mapped("message")

    def schedule(self, invoice):
        return invoice.chasing_schedule_id
