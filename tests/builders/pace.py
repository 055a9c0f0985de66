"""A mail server with a limit (R113)."""

from .builders import BERLIN, ChasingCommon


class PaceCommon(ChasingCommon):
    """All servers of the database are put away but for one, that takes three messages a minute."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.mail_server"].sudo().search([]).active = False
        cls.server = cls.make_server("Slow", chasing_per_minute=3)

    @classmethod
    def make_server(cls, name, **values):
        values = {"name": name, "smtp_host": "127.0.0.1", "from_filter": "firm.example", **values}
        return cls.env["ir.mail_server"].sudo().create(values)

    def make_company_there(self, timezone=BERLIN, step=("on_issue", 0, 9)):
        """Another company, whose invoices leave by the same server."""
        company = self.setup_other_company(name="Other")["company"]
        company.write({"chasing_enabled": True, "chasing_tz": timezone, "email": "desk@firm.example"})
        self.make_cadence("Usual there", [step], company_id=company.id, is_default=True)
        return company

    def minutes(self, start, count):
        """The numbers of messages that left in so many runs, one each minute."""
        hour, minute = map(int, start.split()[1].split(":"))
        day = start.split()[0]
        left = []
        for number in range(count):
            total = hour * 60 + minute + number
            left.append(len(self.at_sent(f"{day} {total // 60:02d}:{total % 60:02d}")))
        return left

    def reason(self, invoice):
        step = self.steps(invoice)[:1]
        return step.state, step.reason_code
