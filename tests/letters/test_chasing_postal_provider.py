import re
from pathlib import Path
from unittest.mock import patch

import requests

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools.misc import file_path

from ...models.letters import snailmail
from ...models.postal.client import Refused, Unavailable
from ...models.postal.lob import Lob
from ...models.postal.pingen import Pingen
from ..builders.letters import LetterCommon
from ..builders.postal_double import CLIENT, LETTERS, ORGANISATION, SECRET, PingenDouble, error

IAP = "odoo.addons.snailmail.models.snailmail_letter.iap_tools.iap_jsonrpc"


@tagged("post_install", "-at_install")
class TestChasingPostalProvider(LetterCommon):
    def provider(self, company=None):
        return self.env["chasing.postal.provider"].sudo()._for_company(company or self.company)

    def test_without_any_set_up_people_print(self):
        """R89."""
        provider = self.provider()
        self.assertEqual((provider.code, provider.layout), ("print", "din_b"))
        self.assertEqual(self.provider(), provider)
        self.assertFalse(self.env["chasing.channel.letter"]._unavailable(self.company))

    def test_the_layout_follows_country_and_provider(self):
        self.company.country_id = self.env.ref("base.us")
        provider = self.provider()
        self.assertEqual(provider.layout, "us_10")
        provider.code = "pingen"
        self.assertEqual(provider.layout, "din_b")
        provider.layout = "din_a"
        provider.code = "print"
        self.assertEqual(provider.layout, "din_a")
        provider.code = "lob"
        self.assertEqual(provider.layout, "us_10")

    def test_paper_the_provider_cannot_print_is_refused(self):
        provider = self.use_provider("lob")
        with self.assertRaisesRegex(ValidationError, "Lob does not support this paper"):
            provider.layout = "din_b"

    def test_there_are_no_other_providers(self):
        manager = self.make_user("chooser", "invoice_chasing.group_manager")
        provider = self.provider().with_user(manager)
        for code in ("nobody", 5, ["print"]):
            with self.subTest(code), self.assertRaisesRegex(ValueError, "Wrong value"):
                provider.write({"code": code})

    def test_a_provider_that_is_gone_is_not_set_up(self):
        """R96: an addon may have brought it and taken it away again."""
        provider = self.provider()
        self.env.flush_all()
        self.env.cr.execute("UPDATE chasing_postal_provider SET code = 'gone' WHERE id = %s", [provider.id])
        provider.invalidate_recordset()
        self.assertIn("not set up", self.env["chasing.channel.letter"]._unavailable(self.company))
        self.assertEqual(provider.display_name, f"gone ({self.company.name})")
        provider.code = "print"
        self.assertFalse(self.env["chasing.channel.letter"]._unavailable(self.company))

    def test_a_branch_uses_its_parents_provider_until_it_has_one(self):
        provider = self.use_provider("lob")
        branch = self.env["res.company"].sudo().create({"name": "Branch", "parent_id": self.company.id})
        self.assertEqual(self.provider(branch), provider)
        own = provider.create({"company_id": branch.id})
        self.assertEqual(self.provider(branch), own)

    def test_looking_at_a_branchs_provider_changes_nothing(self):
        """Its letters leave by the parent's until somebody chooses otherwise."""
        provider = self.use_provider("lob")
        branch = self.env["res.company"].sudo().create({"name": "Branch", "parent_id": self.company.id})
        manager = self.make_user(
            "manager", "invoice_chasing.group_manager", company_id=branch.id, company_ids=[Command.set(branch.ids)]
        )
        as_manager = self.env["chasing.postal.provider"].with_user(manager)
        shown = as_manager.browse(as_manager.action_open()["res_id"])
        self.assertEqual((shown, shown.is_parents, self.provider(branch)), (provider, True, provider))
        own = as_manager.browse(shown.action_choose_own()["res_id"])
        self.assertEqual((own.company_id, own.is_parents, self.provider(branch)), (branch, False, own))
        self.assertEqual(shown.action_choose_own()["res_id"], own.id)

    def test_missing_account_data_is_named(self):
        """R85: the channel says so before anything is sent."""
        self.use_provider("pingen", client_id="me", api_key=False)
        said = self.env["chasing.channel.letter"]._unavailable(self.company)
        self.assertEqual(said, "Enter this first: API Key, Organisation ID.")

    def test_the_test_says_what_is_wrong_or_that_it_works(self):
        provider = self.use_provider("lob", api_key=False)
        provider.action_test()
        self.assertEqual((provider.test_state, provider.test_text), ("failed", "Enter this first: API Key."))
        provider.api_key = "test_key"
        self.client.answers = [Refused("not_set_up", "Your key is unknown."), Unavailable("Lob could not be reached.")]
        for words in ("Your key is unknown", "could not be reached. Try again"):
            provider.action_test()
            self.assertEqual(provider.test_state, "failed")
            self.assertIn(words, provider.test_text)
        provider.action_test()
        self.assertEqual((provider.test_state, provider.test_text), ("ok", "It works."))

    def test_a_changed_account_has_not_been_tested(self):
        provider = self.use_provider("lob")
        for values in ({"api_key": "another"}, {"code": "print"}):
            provider.action_test()
            self.assertEqual(provider.test_state, "ok")
            provider.write(values)
            self.assertEqual((provider.test_state, provider.test_text), (False, False))

    def test_keys_are_for_administrators_only(self):
        provider = self.use_provider("lob", api_key="live_secret")
        manager = self.make_user("manager", "invoice_chasing.group_manager")
        collector = self.make_user("collector", "invoice_chasing.group_user")
        as_manager = provider.with_user(manager)
        as_manager.color = True
        for name in ("api_key", "client_id", "organisation", "webhook_secret", "webhook_token", "webhook_url"):
            with self.assertRaises(AccessError, msg=name):
                as_manager.read([name])
            with self.assertRaises(AccessError, msg=name):
                as_manager.write({name: "mine"})
        with self.assertRaises(AccessError):
            provider.with_user(collector).color = True
        with self.assertRaises(AccessError):
            provider.with_user(collector).action_test()

    def test_a_manager_opens_the_companys_own(self):
        manager = self.make_user("manager", "invoice_chasing.group_manager")
        action = self.env["chasing.postal.provider"].with_user(manager).action_open()
        own = self.env["chasing.postal.provider"].with_user(manager).browse(action["res_id"])
        self.assertEqual(own.company_id, self.company)
        with Form(own) as form:
            form.code = "snailmail"
        self.assertEqual(own.code, "snailmail")
        collector = self.make_user("collector", "invoice_chasing.group_user")
        with self.assertRaises(AccessError):
            self.env["chasing.postal.provider"].with_user(collector).action_open()

    def test_there_is_one_class_a_provider_and_people_choose_among_them(self):
        providers = self.env["chasing.postal.provider"]
        self.assertEqual({code: kind.code for code, kind in providers._classes().items()}, {
            code: code for code in ("print", "snailmail", "lob", "pingen")
        })  # fmt: skip
        expected = [
            ("print", "Print and post yourself"), ("snailmail", "Odoo Snailmail"), ("lob", "Lob"), ("pingen", "Pingen"),
        ]  # fmt: skip
        self.assertEqual(providers.fields_get(["code"])["code"]["selection"], expected)
        self.assertEqual(
            self.env["chasing.letter"].fields_get(["provider_code"])["provider_code"]["selection"], expected
        )

    def test_a_provider_whose_addon_is_gone_is_not_used(self):
        """Its letters, and those who read them, see its code."""
        provider = self.use_provider("lob")
        letter = self.make_letter()
        self.env.cr.flush()
        self.env.cr.execute("UPDATE chasing_postal_provider SET code = 'gone' WHERE id = %s", [provider.id])
        self.env.cr.execute("UPDATE chasing_letter SET provider_code = 'gone' WHERE id = %s", [letter.id])
        self.env.invalidate_all()
        self.assertEqual(provider.display_name, f"gone ({self.company.name})")
        self.assertFalse(provider.webhook_url)
        self.run_queue()
        self.assertEqual((letter.state, letter.failure_code), ("failed", "not_set_up"))

    def test_the_form_asks_for_what_the_provider_needs(self):
        provider = self.provider().with_user(
            self.make_user("administrator", "invoice_chasing.group_manager,base.group_system")
        )
        self.assertFalse(provider.account_fields)
        with Form(provider) as form:
            self.assertTrue(form._get_modifier("api_key", "invisible"))
            form.code = "lob"
            self.assertEqual(form.account_fields, ["api_key"])
            self.assertTrue(form._get_modifier("client_id", "invisible"))
            self.assertFalse(form._get_modifier("api_key", "invisible"))
            form.code = "pingen"
            self.assertEqual(form.account_fields, ["client_id", "api_key", "organisation", "test_mode"])
            self.assertFalse(form._get_modifier("client_id", "invisible"))

    def test_other_companies_providers_are_not_seen(self):
        provider = self.provider()
        other = self.setup_other_company()["company"]
        stranger = self.make_user("stranger", "invoice_chasing.group_manager", company_id=other.id)
        self.assertNotIn(provider, self.env["chasing.postal.provider"].with_user(stranger).search([]))

    def test_clients_are_built_from_the_record(self):
        provider = self.use_provider("lob", api_key="test_key")
        lob = Lob.connect(provider, provider._setting)
        self.assertIsInstance(lob, Lob)
        self.assertEqual((lob.base_url, lob.address_placement), ("https://api.lob.com/v1", "top_first_page"))
        provider.write({"code": "pingen", "client_id": "me", "organisation": "us", "test_mode": True})
        pingen = Pingen.connect(provider, provider._setting)
        self.assertIsInstance(pingen, Pingen)
        self.assertIn("staging", pingen.base_url)
        self.env["ir.config_parameter"].sudo().set_param("invoice_chasing.pingen_url", "http://127.0.0.1:1/v1")
        self.assertEqual(Pingen.connect(provider, provider._setting).base_url, "http://127.0.0.1:1/v1")

    def test_a_copied_database_is_disarmed(self):
        provider = self.use_provider(
            "lob",
            api_key="live_secret",
            client_id="me",
            organisation="us",
            webhook_secret="s",
            test_mode=False,
        )
        letter = self.make_letter()
        self.env.flush_all()
        self.env.cr.execute(Path(file_path("invoice_chasing/data/neutralize.sql")).read_text())
        self.env.invalidate_all()
        self.assertEqual((provider.code, provider.test_mode, letter.provider_code), ("print", True, "print"))
        for name in ("api_key", "client_id", "organisation", "webhook_secret", "webhook_token"):
            self.assertFalse(provider[name], name)


@tagged("post_install", "-at_install")
class TestPingen(LetterCommon):
    """The queue, the real client, and a server on this machine."""

    real_clients = True

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        # Odoo's guard of a test's requests knows a single timeout only
        return super()._request_handler(s, r, **{**kw, "timeout": max(kw["timeout"])})

    def setUp(self):
        super().setUp()
        self.pingen = self.enterContext(PingenDouble())
        for name in ("pingen_url", "pingen_identity_url"):
            self.env["ir.config_parameter"].sudo().set_param(f"invoice_chasing.{name}", self.pingen.url)
        self.provider = self.use_provider(
            "pingen", client_id=CLIENT, api_key=SECRET, organisation=ORGANISATION, color=True, duplex=False
        )

    def test_a_letter_goes_all_the_way(self):
        """R87, R89."""
        letter = self.make_letter()
        self.run_queue()
        [attributes] = self.pingen.letters.values()
        self.assertEqual((letter.state, letter.provider_reference), ("sending", "letter-1"))
        self.assertEqual((attributes["print_spectrum"], attributes["print_mode"]), ("color", "simplex"))
        self.assertEqual(list(self.pingen.files.values()), [letter.pdf_id.raw])
        self.pingen.letters["letter-1"] |= {"status": "sent", "price_value": 1.35, "price_currency": "EUR"}
        self.run_queue("2026-03-02 11:00")
        self.assertEqual((letter.state, letter.cost, letter.currency_id.name), ("sent", 1.35, "EUR"))

    def test_a_refusal_at_the_counter_is_no_letter(self):
        """R84, R85."""
        letter = self.make_letter()
        self.pingen.force("POST", LETTERS, error(422, "validation_failed", "The file is no A4"))
        self.run_queue()
        self.assertEqual(letter.state, "failed")
        self.assertIn("The file is no A4", letter.failure_reason)

    def test_a_busy_server_gets_the_same_letter_once(self):
        """R89."""
        letter = self.make_letter()
        self.pingen.force("POST", LETTERS, error(503, "busy", "Later", **{"Retry-After": "120"}))
        self.run_queue()
        self.assertEqual((letter.retry_at - self.now).total_seconds(), 120)
        self.run_queue("2026-03-02 09:02")
        self.assertEqual((letter.state, len(self.pingen.letters)), ("sending", 1))
        self.assertEqual(set(self.pingen.keys), {letter.key})

    def test_a_paid_invoices_letter_is_taken_back(self):
        """R32: Pingen promises first."""
        letter = self.make_letter()
        self.run_queue()
        self.pay(letter.move_id)
        self.run_queue()
        self.assertEqual((letter.state, self.pingen.letters["letter-1"]["status"]), ("sending", "cancelling"))
        self.pingen.letters["letter-1"]["status"] = "cancelled"
        self.run_queue("2026-03-02 11:00")
        self.assertEqual((letter.state, letter.delivery_id.state), ("cancelled", "cancelled"))

    def test_the_button_asks_and_sends_nothing(self):
        self.provider.action_test()
        self.assertEqual(self.provider.test_text, "It works.")
        self.provider.api_key = "wrong"
        self.provider.action_test()
        self.assertEqual(self.provider.test_state, "failed")
        self.assertNotIn("wrong", self.provider.test_text)
        self.assertFalse(self.pingen.letters)


@tagged("post_install", "-at_install")
class TestSnailmail(LetterCommon):
    real_clients = True

    def setUp(self):
        super().setUp()
        self.use_provider("snailmail")
        self.calls = []

    def run_iap(self, *answers):
        """Let the queue run; Odoo's letter service answers each letter with an error code, an exception, or prints."""
        answers = list(answers)

        def answer(url, params=None, **_options):
            self.calls.append(params)
            word = answers.pop(0) if answers else None
            if isinstance(word, Exception):
                raise word
            [document] = params["documents"]
            said = {"error": word} if word else {"sent": True, "send_id": "42"}
            return {"request_code": 200, "total_cost": 1, "request": {"documents": [{**document, **said}]}}

        with patch(IAP, answer):
            self.run_queue()

    def theirs(self):
        return self.env["snailmail.letter"].search([])

    def test_a_letter_leaves_with_our_paper_and_the_address_on_it(self):
        """R89: whatever became of the contact since."""
        letter = self.make_letter()
        self.customer.street = "New Street 9"
        self.run_iap()
        [document] = self.calls[0]["documents"]
        self.assertEqual(document["address"]["street"], "Main Street 1")
        self.assertEqual(document["return_address"]["street"], "Firm Road 2")
        self.assertEqual(document["pdf_bin"], letter.pdf_id.datas.decode())
        self.assertFalse(self.calls[0]["options"]["cover"])
        self.assertEqual((letter.state, letter.delivery_id.state, letter.retry_at), ("sent", "sent", False))

    def test_the_conversation_shows_it_once(self):
        """R91."""
        letter = self.make_letter()
        self.run_iap()
        self.assertFalse(letter.move_id.message_ids.filtered(lambda message: message.message_type == "snailmail"))

    def test_each_refusal_has_its_reason(self):
        """R85."""
        for word, code in snailmail.REASONS.items():
            letter = self.make_letter()
            self.run_iap(word)
            self.assertEqual((letter.state, letter.failure_code), ("failed", code), word)

    def test_odoos_queue_sends_no_failed_letter_of_ours_again(self):
        """R84."""
        letter = self.make_letter()
        self.run_iap("CREDIT_ERROR")
        self.assertEqual(self.theirs().state, "canceled")
        self.theirs().state = "pending"
        with patch(IAP, side_effect=AssertionError("sent again")):
            self.env["snailmail.letter"].sudo()._snailmail_cron(autocommit=False)
            self.theirs().snailmail_print()
        self.assertEqual(letter.state, "failed")

    def test_nothing_is_posted_for_an_invoice_paid_meanwhile(self):
        """R33."""
        letter = self.make_letter()
        self.pay(letter.move_id)
        self.run_iap()
        self.assertFalse(self.calls or self.theirs())

    def unreachable(self, cause):
        """What Odoo's own call raises."""
        error = AccessError("An error occurred while reaching the service.")
        error.__context__ = cause
        return error

    def test_a_service_that_cannot_be_reached_is_tried_again(self):
        letter = self.make_letter()
        self.run_iap(self.unreachable(requests.ConnectionError()))
        self.assertEqual(letter.state, "queued")
        self.assertFalse(self.theirs())
        self.set_clock("2026-03-02 09:01")
        self.run_iap()
        self.assertEqual(letter.state, "sent")

    def test_a_lost_answer_is_not_repeated(self):
        """R81: it knows no key, so that the letter may have been posted."""
        letter = self.make_letter()
        self.run_iap(self.unreachable(requests.Timeout()))
        self.assertEqual((letter.state, letter.failure_code), ("failed", "unclear"))
        self.assertIn("may have been posted", letter.failure_detail)

    def test_a_letter_left_in_sending_by_a_crash_is_not_repeated(self):
        """R81."""
        letter = self.make_letter()
        letter.write({
            "state": "sending",
            "attempts": 1,
            "pdf_id": self.env["ir.attachment"]
            .sudo()
            .create({
                "name": "letter.pdf",
                "raw": b"%PDF-1.4",
            }),
        })
        self.run_iap()
        self.assertEqual((letter.state, self.calls), ("failed", []))
        self.assertTrue(re.search("may have been posted", letter.failure_reason))
