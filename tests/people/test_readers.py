"""Who is meant by an invoice: R60, R60b, R72."""

from dataclasses import replace

from odoo import Command
from odoo.tests import tagged

from ..builders.letters import ADDRESS, LetterCommon


@tagged("post_install", "-at_install")
class TestReaders(LetterCommon):
    """The customer is a company with an address for everything; each invoice sends by e-mail, SMS and letter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cadence.step_ids.write({"channel_email": True, "channel_sms": True})
        cls.customer.write({"is_company": True, "phone": "0151 12345678"})

    def contact(self, name, **values):
        values = {"parent_id": self.customer.id, "type": "invoice", **values}
        return self.make_customer(name, values.pop("email", False), **values)

    def reached(self, invoice):
        """{channel: {address: problem}}, the letters by name."""
        step = self.steps(invoice)[:1]
        found = self.env["chasing.address.book"]._resolve(step)
        return {
            channel: {one.name if channel == "letter" else one.address: one.problem for one in resolution.recipients}
            for (_step, channel), resolution in found.items()
        }

    def test_the_invoices_own_address_for_invoices_is_the_one(self):
        """R60: not the other addresses for invoices beside it."""
        books = self.contact("Books", email="books@customer.example", phone="0151 11111111", **ADDRESS)
        self.contact("Other", email="other@customer.example", phone="0151 22222222", **ADDRESS)
        books.country_id = self.customer.country_id
        self.assertEqual(
            self.reached(self.make_invoice(partner_id=books.id)),
            {
                "email": {"books@customer.example": None},
                "sms": {"+4915111111111": None},
                "letter": {"Books": None},
            },
        )

    def test_all_addresses_for_invoices_where_the_invoice_names_none(self):
        """R60: each on the channels for which it has an address, the customer on those for which nobody has."""
        self.contact("Books", email="books@customer.example")
        self.contact("Other", email="other@customer.example", phone="0151 22222222")
        self.assertEqual(
            self.reached(self.make_invoice()),
            {
                "email": {"books@customer.example": None, "other@customer.example": None},
                "sms": {"+4915122222222": None},
                "letter": {"Ann Lee": None},
            },
        )

    def test_a_bad_address_is_a_failure_not_a_lack(self):
        """R60, R85: nobody stands in for a bad, a blacklisted or an incomplete one."""
        self.contact("Books", email="books@", phone="12", street="Somewhere")
        self.assertEqual(
            self.reached(self.make_invoice()),
            {
                "email": {"books@": "invalid_email"},
                "sms": {"12": "invalid_phone"},
                "letter": {"Books": "incomplete_address"},
            },
        )
        self.env["mail.blacklist"].create({"email": "ann@customer.example"})
        invoice = self.make_invoice(partner_id=self.contact("Person", type="contact", email="ann@customer.example").id)
        self.customer.child_ids.filtered(lambda one: one.type == "invoice").active = False
        self.assertEqual(self.reached(invoice)["email"], {"ann@customer.example": "blacklisted"})

    def test_the_contact_of_the_invoice_gets_it_and_else_the_company(self):
        """R60"""
        person = self.contact("Person", type="contact", phone="0151 33333333")
        found = self.reached(self.make_invoice(partner_id=person.id))
        self.assertEqual((list(found["email"]), list(found["sms"])), (["ann@customer.example"], ["+4915133333333"]))

    def test_who_was_archived_gets_nothing(self):
        """R60: the contact of the invoice, an address for invoices, the company itself."""
        books = self.contact("Books", email="books@customer.example")
        invoice = self.make_invoice(partner_id=books.id)
        books.active = False
        self.assertEqual(list(self.reached(invoice)["email"]), ["ann@customer.example"])
        self.customer.active = False
        self.assertEqual(self.reached(invoice), {"email": {}, "sms": {}, "letter": {}})

    def test_archived_contact_gets_nothing_by_hand_either(self):
        """R60: a retry, and a person's own click."""
        books = self.contact("Books", email="books@customer.example")
        other = self.contact("Other", email="other@")
        self.cadence.step_ids.write({"channel_sms": False, "channel_letter": False})
        invoice = self.make_invoice(partner_id=self.customer.id)
        self.at("2026-03-02 09:00")
        step = self.steps(invoice)[0]
        self.assertEqual(step.state, "partly")
        other.email = "other@customer.example"
        (books | other).active = False
        step.action_retry()
        waiting = self.deliveries(invoice).filtered(lambda one: one.state == "queued")
        self.assertEqual(waiting.address, "ann@customer.example")
        self.steps(invoice)[1].action_send_now()
        self.assertEqual(self.steps(invoice)[1].delivery_ids.address, "ann@customer.example")

    def test_the_button_leads_to_the_address_that_is_wrong(self):
        """R85: of the contact that failed or will fail, or to the invoice's own list."""
        self.cadence.step_ids.write({"channel_sms": False, "channel_letter": False})
        self.contact("Good", email="good@customer.example")
        bad = self.contact("Bad", email="bad@")
        invoice = self.make_invoice()
        self.assertEqual(invoice.action_chasing_open_contact()["res_id"], bad.id)
        self.at("2026-03-02 09:00")
        self.assertEqual(invoice.chasing_failure_cure, "contact")
        self.assertEqual(invoice.action_chasing_open_contact()["res_id"], bad.id)
        self.set_clock("2026-03-02 08:30")
        listed = self.make_invoice()
        listed.chasing_schedule_id._set_contacts(True, "black@customer.example")
        self.env["mail.blacklist"].create({"email": "black@customer.example"})
        self.assertEqual(listed.action_chasing_open_contact()["res_model"], "chasing.contacts")
        step = self.steps(listed)[:1]
        [resolution] = self.env["chasing.address.book"]._resolve(step).values()
        bounced = replace(resolution.recipients[0], problem="bounced")
        self.assertIn("in the recipients of the invoice", step._why_text(bounced))

    def test_letter_to_print_is_taken_back_from_who_is_archived_or_deleted(self):
        """R60"""
        self.cadence.step_ids.write({"channel_sms": False, "channel_email": False})
        for act in ("action_archive", "unlink"):
            with self.subTest(act=act):
                self.set_clock("2026-03-02 08:30")
                books = self.contact("Books", **ADDRESS, country_id=self.customer.country_id.id)
                invoice = self.make_invoice()
                self.at("2026-03-02 09:00")
                letter = self.deliveries(invoice).letter_id
                self.assertEqual((letter.partner_id, letter.state), (books, "queued"))
                getattr(books, act)()
                self.assertEqual(letter.state, "cancelled")

    def moved(self):
        """A private person who owes an invoice and joins a company, whose address Odoo then gives them."""
        home = {**ADDRESS, "street": "Home Lane 3"}
        person = self.make_customer("Pam Private", "pam@home.example", phone="0151 44444444", **home)
        person.country_id = self.customer.country_id
        invoice = self.make_invoice(partner_id=person.id)
        self.contact("Books", email="books@customer.example")
        person.parent_id = self.customer
        return invoice, person

    def test_who_joined_a_company_is_reached_alone(self):
        """R60: their employer learns nothing of what they owed before."""
        invoice, person = self.moved()
        self.assertEqual(
            self.reached(invoice),
            {
                "email": {"pam@home.example": None},
                "sms": {"+4915144444444": None},
                "letter": {"Pam Private": "incomplete_address"},
            },
        )
        person.email = person.phone = False
        found = self.reached(invoice)
        self.assertEqual((found["email"], found["sms"]), ({}, {}))

    def test_letter_goes_once_the_address_is_confirmed(self):
        """R60: and again waits when the address changes; the employer's name is not on it."""
        invoice, person = self.moved()
        self.assertTrue(person.chasing_is_unconfirmed)
        self.assertEqual(self.steps(invoice)[0].prediction_code, "incomplete_address")
        person.with_user(self.make_user("coll", "invoice_chasing.group_user")).action_chasing_confirm_address()
        self.assertFalse(person.chasing_is_unconfirmed)
        self.assertFalse(self.steps(invoice)[0].prediction_code)
        self.at("2026-03-02 09:00")
        letter = self.deliveries(invoice).letter_id
        self.assertEqual(letter.address.splitlines()[:2], ["Pam Private", "Main Street 1"])
        self.assertEqual((letter.recipient["name"], letter.recipient["company"]), ("Pam Private", ""))
        person.street = "Elsewhere 1"
        self.assertEqual(self.reached(invoice)["letter"], {"Pam Private": "incomplete_address"})

    def test_street_of_blanks_is_no_street(self):
        """R85"""
        self.customer.street = " \u200b\xa0"
        self.assertEqual(self.reached(self.make_invoice())["letter"], {"Ann Lee": "incomplete_address"})

    def test_number_without_country_is_read_with_the_companys(self):
        """R60b: and with the contact's own, if there is one."""
        self.customer.country_id = False
        self.assertEqual(self.reached(self.make_invoice())["sms"], {"+4915112345678": None})
        self.customer.country_id = self.env.ref("base.be")
        self.assertEqual(self.reached(self.make_invoice())["sms"], {"0151 12345678": "invalid_phone"})

    def test_the_sentence_says_what_is_missing_and_whose_it_is(self):
        """R85, R96: on each channel, and on the screen."""
        silent = self.make_customer("Silent", False)
        for channel, said in (
            ("email", "no contact with an e-mail address"),
            ("sms", "no contact with a phone number"),
            ("letter", "The postal address of Silent is incomplete"),
        ):
            with self.subTest(channel=channel):
                self.set_clock("2026-03-02 08:30")
                self.cadence.step_ids.write({f"channel_{one}": one == channel for one in ("email", "sms", "letter")})
                invoice = self.make_invoice(partner_id=silent.id)
                self.assertIn(said, self.steps(invoice)[0].to_problem)
                self.at("2026-03-02 09:00")
                self.assertIn(said, self.steps(invoice)[0].reason)
        silent.phone = "12"
        self.cadence.step_ids.write({"channel_sms": True, "channel_letter": False})
        invoice = self.make_invoice(partner_id=silent.id)
        self.assertIn("The phone number 12 of Silent is not valid", self.steps(invoice)[0].to_problem)

    def test_user_who_left_gets_no_copy(self):
        """R60, R62: a named one and a salesperson; who is there does."""
        role = self.make_role("Boss")
        self.customer.chasing_role_ids = role
        users = [self.make_user(name, "account.group_account_invoice") for name in ("sam", "sue")]
        role.holder_ids = [Command.create({"user_id": users[0].id}), Command.create({"is_salesperson": True})]
        self.cadence.step_ids.write({"role_id": role.id, "channel_sms": False, "channel_letter": False})
        invoice = self.make_invoice(invoice_user_id=users[1].id)
        expected = {"ann@customer.example", "sam@firm.example", "sue@firm.example"}
        self.assertEqual(set(self.reached(invoice)["email"]), expected)
        for user in users:
            user.active = False
            expected.remove(f"{user.login}@firm.example")
            self.assertEqual(set(self.reached(invoice)["email"]), expected)

    def account(self, number, **values):
        return self.env["res.partner.bank"].create({
            "acc_number": number,
            "partner_id": self.company.partner_id.id,
            "allow_out_payment": True,
            **values,
        })

    def told(self, invoice):
        return str(self.steps(invoice)[0].preview_body).replace(" ", "")

    def test_a_bank_account_is_printed_with_its_holder(self):
        """R72"""
        account = self.account("DE75512108001245126199", acc_holder_name="Firm Trust")
        told = self.told(self.make_invoice(partner_bank_id=account.id))
        for words in (">FirmTrust<", ">DE75512108001245126199<"):
            self.assertIn(words, told)

    def test_archived_bank_account_is_not_printed(self):
        """R72: another that takes the currency is, if our company has one."""
        old = self.account("DE75512108001245126199")
        invoice = self.make_invoice(partner_bank_id=old.id)
        old.active = False
        self.env.invalidate_all()
        self.assertNotIn("Bankaccount", self.told(invoice))
        self.account("BE68539007547034", currency_id=self.env.ref("base.JPY").id)
        self.account("GB82WEST12345698765432", allow_out_payment=False)
        self.account("FR1420041010050500013M02606")
        self.env.invalidate_all()
        self.assertIn("FR1420041010050500013M02606", self.told(invoice))
        for number in ("DE75512108001245126199", "BE68539007547034", "GB82WEST12345698765432"):
            self.assertNotIn(number, self.told(invoice))
