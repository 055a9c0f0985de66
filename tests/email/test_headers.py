"""Real mail over a real connection: what a name, a list or a subject hides reaches nobody (R60)."""

import re

from odoo import Command
from odoo.tests import tagged

from ...models.engine.addresses import on_the_wire
from ..builders.smtp import ChasingSmtpCommon

OLD = "old@elsewhere.example"
HOSTILE = [
    f"Acme Ltd\r\nE-mail: {OLD}",
    f"Acme\nBcc: {OLD}",
    f"Acme\u2028To: {OLD}",
    f"Acme\x0bCc: {OLD}",
    f"Acme\x85{OLD}",
    f'Acme" <{OLD}>, "Firm',
    f"<{OLD}>",
    f"{OLD}, Acme",
    f"Acme; {OLD}",
    f"Acme ({OLD})",
    f'Acme\\" <{OLD}>',
    "=?utf-8?q?=3Cold=40elsewhere=2Eexample=3E=2C?=",
    "=?utf-8?b?PG9sZEBlbHNld2hlcmUuZXhhbXBsZT4s?= Acme",
    "Friends: Acme;",
    "Lee, Ann",
    "O'Neil (Ann) \\",
    "Bike@Home",
    "Müller & Söhne\u202e",
    "Long " * 60,
]


@tagged("post_install", "-at_install")
class TestHeaders(ChasingSmtpCommon):
    def sent(self):
        """[(delivery, message)] of what left, each to the address of the ledger and to nobody else."""
        taken = self.deliver_by_smtp()
        deliveries = {one.mail_message_id.message_id: one for one in self.env["chasing.delivery"].search([])}
        found = [(deliveries[message["Message-Id"].strip()], message) for _recipients, message in taken]
        for (delivery, message), (recipients, _message) in zip(found, taken, strict=True):
            self.assertEqual(recipients, [on_the_wire(delivery.address)])
            # letters beyond ASCII stand there as they are
            header = str(message["To"]).encode("utf-8", "surrogateescape").decode()
            self.assertEqual(re.findall(r"[^<\s]+@[^>\s]+", header), recipients)
            self.assertEqual(delivery.state, "sent")
            for header in ("Bcc", "Cc", "E-mail"):
                self.assertNotIn(header, message)
            self.assertNotIn(OLD, message["From"] + message["To"] + message["Reply-To"])
        return found

    def test_name_of_a_contact(self):
        """R60: every message goes to the one address that stands on the contact."""
        for number, name in enumerate(HOSTILE):
            self.make_invoice(partner_id=self.make_customer(name, f"new{number}@customer.example").id)
        self.at("2026-03-02 09:00")
        self.assertEqual(
            {delivery.address for delivery, _message in self.sent()},
            {f"new{number}@customer.example" for number in range(len(HOSTILE))},
        )

    def test_good_names_stay(self):
        """R60, R72"""
        for number, name in enumerate(("Ann Lee", "Lee, Ann", "Müller & Söhne", 'Ann "Nick" Lee')):
            self.make_invoice(partner_id=self.make_customer(name, f"new{number}@customer.example").id)
        self.at("2026-03-02 09:00")
        self.assertEqual(
            {message["To"].addresses[0].display_name for _delivery, message in self.sent()},
            {"Ann Lee", "Lee, Ann", "Müller & Söhne", 'Ann "Nick" Lee'},
        )

    def test_own_list(self):
        """R60, R61: a name that is an address stays a name."""
        schedule = self.make_invoice().chasing_schedule_id
        schedule._set_contacts(
            True,
            (
                f'{OLD} <new0@customer.example>; "{OLD}" <new1@customer.example>\nnew2@customer.example ({OLD})\r\n'
                f'"Acme <{OLD}>" <new3@customer.example>, Info@Müller.example, \ufeffnew4@customer.example\u200b'
            ),
        )
        self.at("2026-03-02 09:00")
        self.assertEqual(
            sorted(delivery.address for delivery, _message in self.sent()),
            ["info@müller.example", *(f"new{number}@customer.example" for number in range(5))],
        )

    def test_several_addresses_of_a_contact(self):
        """R60, R61: each gets its own message."""
        self.customer.email = f"A <a@customer.example>; {OLD} <b@customer.example>\u2029müller@customer.example"
        self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(
            sorted(delivery.address for delivery, _message in self.sent()),
            ["a@customer.example", "b@customer.example", "müller@customer.example"],
        )

    def test_internal_copy(self):
        """R60, R62"""
        role = self.make_role("Boss")
        colleague = self.make_user("sam", "account.group_account_invoice", name=HOSTILE[0])
        role.holder_ids = [Command.create({"user_id": colleague.id})]
        self.customer.chasing_role_ids = role
        self.cadence.step_ids[0].role_id = role
        self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(
            sorted(delivery.address for delivery, _message in self.sent()), ["ann@customer.example", "sam@firm.example"]
        )

    def test_names_of_sender_and_company(self):
        """R60, R72: from and reply-to, with and without an address of Odoo's own for replies."""
        aliases = self.env["mail.alias.domain"].create({"name": "firm.example", "catchall_alias": "answers"})
        for name in HOSTILE:
            for domain in (False, aliases.id):
                self.company.write({"name": name, "alias_domain_id": domain})
                emails = f"{OLD} <sally@firm.example>; b@firm.example"
                self.salesperson.partner_id.write({"name": name, "email": emails})
                with self.subTest(name=name, domain=domain):
                    self.make_invoice()
                    self.at("2026-03-02 09:00")
                    [(_delivery, message)] = self.sent()
                    self.assertEqual([one.addr_spec for one in message["From"].addresses], ["sally@firm.example"])
                    self.assertEqual(
                        [one.addr_spec for one in message["Reply-To"].addresses],
                        ["answers@firm.example" if domain else "sally@firm.example"],
                    )

    def test_company_writes_if_nobody_else_does(self):
        """R60, R72"""
        self.salesperson.partner_id.email = False
        for name in HOSTILE[:6]:
            self.company.name = name
            self.make_invoice()
        self.at("2026-03-02 09:00")
        self.assertEqual(
            [message["From"].addresses[0].addr_spec for _delivery, message in self.sent()], ["office@firm.example"] * 6
        )

    def test_subject(self):
        """R60: one line, whatever a person or a template says."""
        subjects = [f"Pay{end}Bcc: {OLD}" for end in ("\r\n", "\n", "\r", "\u2028", "\x85", "\x0b")]
        for subject in subjects:
            invoice = self.make_invoice()
            self.steps(invoice)[0].sudo().subject = subject
        self.at("2026-03-02 09:00")
        self.assertEqual({message["Subject"] for _delivery, message in self.sent()}, {f"Pay Bcc: {OLD}"})

    def test_test_message_goes_to_who_asked(self):
        """R60, R75"""
        self.salesperson.partner_id.write({"name": HOSTILE[0], "email": f"{OLD} <sally@firm.example>"})
        self.steps(self.make_invoice())[0].action_send_test()
        [(recipients, message)] = self.deliver_by_smtp()
        self.assertEqual(recipients, ["sally@firm.example"])
        self.assertEqual(message["To"].addresses[0].addr_spec, "sally@firm.example")
