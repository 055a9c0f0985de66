from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestResPartner(ChasingCommon):
    """What is said about a customer (R37)."""

    def below(self, customer):
        """The customer becomes a contact of a company."""
        customer.parent_id = self.make_customer("Big", "big@customer.example")
        self.env.cr.flush()

    def test_an_exclusion_outlives_the_contact_s_new_company(self):
        self.customer.action_chasing_exclude()
        invoice, other = self.make_invoice(), self.make_invoice(partner_id=self.make_customer("Big", "b@c.example").id)
        self.below(self.customer)
        self.assertEqual(invoice.chasing_schedule_id.hold_reason, "customer_excluded")
        self.assertEqual(other.chasing_status, "active")
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        self.customer.action_chasing_include()
        self.assertEqual(invoice.chasing_status, "active")
        self.assertFalse(self.customer.commercial_partner_id.chasing_excluded)

    def test_a_pause_outlives_it_too_and_ends_on_its_day(self):
        """R36"""
        self.customer.action_chasing_pause(until="2026-03-10")
        invoice = self.make_invoice()
        self.below(self.customer)
        self.assertEqual(invoice.chasing_schedule_id.hold_reason, "customer_paused")
        self.assertEqual(self.local(invoice.chasing_schedule_id.next_at), "2026-03-10 00:00")
        self.at("2026-03-10 00:00")
        self.assertEqual((invoice.chasing_status, self.customer.chasing_paused), ("active", False))

    def test_a_pause_without_an_end_is_taken_back_on_the_contact(self):
        self.customer.action_chasing_pause(reason="they move house")
        invoice = self.make_invoice()
        self.below(self.customer)
        self.assertFalse(invoice.chasing_schedule_id.next_at)
        self.customer.action_chasing_resume()
        self.assertEqual(invoice.chasing_status, "active")

    def test_the_customer_s_portal_user_reads_nothing_of_it(self):
        self.customer.action_chasing_pause(reason="they always lie")
        portal = self.make_user("portal", "base.group_portal")
        portal.partner_id.parent_id = self.customer
        portal.partner_id.chasing_pause_reason = "they always lie"
        partners = self.env["res.partner"].with_user(portal)
        for name in ("chasing_pause_reason", "chasing_paused", "chasing_excluded", "chasing_open_count"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                partners.browse(portal.partner_id.id).read([name])
        with self.assertRaises(AccessError):
            partners.search([("chasing_pause_reason", "ilike", "lie")])
        self.assertEqual(self.customer.with_user(self.salesperson).chasing_pause_reason, "they always lie")

    def test_a_customer_gets_no_archived_cadence(self):
        """R23"""
        old = self.make_cadence("Old", [("after_due", 1, 9)])
        self.customer.chasing_cadence_id = old
        self.customer.chasing_cadence_id = False
        old.action_archive()
        with self.assertRaisesRegex(UserError, "Old is archived"):
            self.customer.chasing_cadence_id = old

    def seller(self):
        return self.make_user("seller", "base.group_user,base.group_partner_manager")

    def test_who_only_keeps_contacts_does_not_steer(self):
        """R37: neither by lifting what was said, nor by saying it, nor on a new customer; a collector does."""
        self.customer.write({"chasing_excluded": True, "chasing_paused": True, "chasing_paused_until": "2026-03-10"})
        seller = self.seller()
        kept = self.customer.with_user(seller)
        for values in (
            {"chasing_excluded": False},
            {"chasing_paused": False},
            {"chasing_paused_until": "2026-03-11"},
            {"chasing_pause_reason": "no reason"},
            {"chasing_cadence_id": self.cadence.id},
        ):
            with self.subTest(values=values), self.assertRaisesRegex(AccessError, "may chase invoices"):
                kept.write(values)
        with self.assertRaisesRegex(AccessError, "may chase invoices"):
            kept.create({"name": "New", "chasing_excluded": True})
        seller.group_ids += self.env.ref("invoice_chasing.group_user")
        kept.chasing_excluded = False
        self.assertFalse(self.customer.chasing_excluded)

    def test_who_only_keeps_contacts_keeps_them_as_before(self):
        """R37: values that say nothing new, another name, a duplicate, a new one."""
        said = {"chasing_excluded": True, "chasing_paused_until": "2026-03-10", "chasing_cadence_id": self.cadence.id}
        self.customer.write(said)
        kept = self.customer.with_user(self.seller())
        kept.write({**said, "name": "Anna Lee"})
        self.assertEqual((kept.name, kept.chasing_excluded), ("Anna Lee", True))
        self.assertFalse(kept.copy().chasing_excluded)
        new = kept.create({"name": "New", "chasing_excluded": False, "chasing_paused_until": False})
        self.assertEqual(new.name, "New")

    def test_merged_contacts_keep_what_was_said_of_one_of_them(self):
        """R37: whoever merges them."""
        other = self.make_customer("Ann", self.customer.email)
        other.write({"chasing_excluded": True, "chasing_cadence_id": self.cadence.id})
        seller = self.seller()
        merge = self.env["base.partner.merge.automatic.wizard"].with_user(seller)
        merge._merge((self.customer | other).ids, self.customer.with_user(seller))
        self.assertFalse(other.exists())
        self.assertEqual((self.customer.chasing_excluded, self.customer.chasing_cadence_id), (True, self.cadence))

    def test_many_are_excluded_together_and_chased_again_together(self):
        customers = self.customer | self.make_customer("Other", "o@customer.example")
        self.customer.action_chasing_exclude()
        customers.action_chasing_exclude()
        self.assertEqual(customers.mapped("chasing_excluded"), [True, True])
        customers.action_chasing_include()
        self.assertEqual(customers.mapped("chasing_excluded"), [False, False])

    def test_the_same_click_twice_changes_nothing(self):
        """A stale page, or a double click."""
        for act, excluded in (("action_chasing_exclude", True), ("action_chasing_include", False)):
            for _click in range(2):
                getattr(self.customer, act)()
                self.assertEqual(self.customer.chasing_excluded, excluded)

    def test_a_pause_is_refused_without_a_day_that_can_be_meant(self):
        """R37."""
        for day, words in (
            ("2026-03-02", "must end in the future"),
            ("9999-12-31", "next ten years"),
            ("soon", "is not a date"),
        ):
            with self.assertRaisesRegex(UserError, words):
                self.customer.action_chasing_pause(until=day)
        with self.assertRaisesRegex(UserError, "reason as text"):
            self.customer.action_chasing_pause(reason={"a": 1})
        self.assertFalse(self.customer.chasing_paused)

    def open(self, action):
        return self.env[action["res_model"]].with_context(**action["context"]).create({})

    def test_the_dialogs_say_what_they_hold(self):
        """R37: of the customer and the contacts below."""
        clerk = self.make_customer("Clerk", "clerk@customer.example", parent_id=self.customer.id)
        invoices = self.make_invoice() | self.make_invoice(partner_id=clerk.id, amount=50)
        self.make_invoice(partner_id=self.make_customer("Other", "o@customer.example").id)
        self.pay(self.make_invoice())
        never = self.open(clerk.action_chasing_ask_exclude())
        pause = self.env["chasing.customer.pause"].create({"partner_id": self.customer.id})
        for dialog in (never, pause):
            self.assertIn("2 invoices, $", dialog.preview)
            self.assertIn("150.00 outstanding.\n6 scheduled messages will be paused.", dialog.preview)
        never.action_exclude()
        self.assertEqual(invoices.mapped("chasing_status"), ["paused"] * 2)
        self.assertTrue(self.customer.chasing_excluded)


@tagged("post_install", "-at_install")
class TestCustomerOfSeveralCompanies(ChasingCommon):
    """R37: exclusion and pause are per company. The customer owes something to the firm, to its branch, and to a
    company that is nobody's branch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Other")["company"]
        cls.branch = cls.env["res.company"].create({"name": "Branch", "parent_id": cls.company.id})
        cls.env.user.company_ids |= cls.other | cls.branch
        (cls.other | cls.branch).write({"chasing_enabled": True, "chasing_tz": "Europe/Berlin"})
        account = (
            cls.env["account.account"]
            .with_company(cls.other)
            .search([("account_type", "=", "asset_receivable"), ("company_ids", "in", cls.other.ids)], limit=1)
        )
        cls.customer.with_company(cls.other).property_account_receivable_id = account

    def setUp(self):
        super().setUp()
        self.ours, self.branchs = self.make_invoice(), self.make_invoice(company=self.branch)
        self.theirs = self.make_invoice(company=self.other)
        self.theirs._chasing_assign(self.make_cadence("Theirs", [("after_due", 1, 9)], company_id=self.other.id))
        self.collector = self.make_user(
            "carla", "invoice_chasing.group_user", company_ids=(self.company | self.branch | self.other).ids
        )

    def holds(self):
        """Why the firm's, the branch's and the other company's invoice are held."""
        self.env.cr.flush()
        return [one.chasing_schedule_id.hold_reason for one in (self.ours, self.branchs, self.theirs)]

    def test_a_pause_holds_in_its_company_and_the_branches(self):
        for collector_s in (self.customer.with_user(self.collector), self.customer):
            collector_s.with_company(self.company).action_chasing_pause()
            self.assertEqual(self.holds(), ["customer_paused", "customer_paused", False])
            collector_s.with_company(self.company).action_chasing_resume()
            self.assertEqual(self.holds(), [False, False, False])

    def test_an_exclusion_holds_in_its_company_and_the_branches(self):
        self.customer.with_company(self.other).action_chasing_exclude()
        self.assertEqual(self.holds(), [False, False, "customer_excluded"])
        self.customer.with_company(self.company).action_chasing_exclude()
        self.customer.with_company(self.other).action_chasing_include()
        self.assertEqual(self.holds(), ["customer_excluded", "customer_excluded", False])

    def test_what_is_imported_holds_in_its_company_and_the_branches(self):
        """R37: a new contact, and one that is changed."""
        result = (
            self.env["res.partner"]
            .with_company(self.company)
            .load(["name", "chasing_excluded"], [["New Customer", "True"]])
        )
        [new] = self.env["res.partner"].browse(result["ids"])
        self.customer.with_company(self.company).write({"chasing_excluded": True})
        for partner in (new, self.customer):
            excluded = [
                partner.with_company(company).chasing_excluded for company in (self.company, self.branch, self.other)
            ]
            self.assertEqual(excluded, [True, True, False])

    def test_a_branch_speaks_for_itself_alone(self):
        self.customer.with_company(self.branch).action_chasing_pause()
        self.assertEqual(self.holds(), [False, "customer_paused", False])

    def test_each_pause_ends_on_its_own_day(self):
        """R36: in each company; the end in one shortens none in another."""
        self.customer.with_company(self.other).action_chasing_pause(until="2026-03-10")
        self.customer.with_company(self.company).action_chasing_pause(until="2026-03-12")
        self.customer.with_company(self.branch).action_chasing_pause(until="2026-03-14")
        self.assertEqual(self.local(self.branchs.chasing_schedule_id.next_at), "2026-03-14 00:00")
        self.at("2026-03-10 00:00")
        self.assertEqual(self.holds(), ["customer_paused", "customer_paused", False])
        self.at("2026-03-12 00:00")
        self.assertEqual(self.holds(), [False, "customer_paused", False])
        self.at("2026-03-14 00:00")
        self.assertEqual(self.holds(), [False, False, False])

    def dialog(self, companies, **values):
        dialogs = (
            self.env["chasing.customer.pause"].with_user(self.collector).with_context(allowed_company_ids=companies.ids)
        )
        return dialogs.create({"partner_id": self.customer.id, **values})

    def test_the_dialog_asks_where_it_holds(self):
        """R37: this company with its branches, or all that are selected; it counts what it holds."""
        self.assertFalse(self.dialog(self.company | self.branch).is_reach_asked)
        own = self.dialog(self.company | self.other)
        self.assertTrue(own.is_reach_asked)
        self.assertIn("2 invoices", own.preview)
        own.action_pause()
        self.assertEqual(self.holds(), ["customer_paused", "customer_paused", False])
        everywhere = self.dialog(self.company | self.other, reach="selected")
        self.assertIn("3 invoices", everywhere.preview)
        everywhere.action_exclude()
        self.assertEqual(self.holds(), ["customer_excluded"] * 3)

    def test_the_import_of_assignments_asks_the_invoice_s_company(self):
        """R53: an excluded customer is an error on its row, one that another company excludes is none."""
        self.customer.with_company(self.company).action_chasing_exclude()
        lines = self.env["chasing.import.line"].with_company(self.other)
        standings = lines._standings((self.ours | self.theirs).sudo())
        self.assertEqual([standings[one.id].excluded for one in (self.ours, self.theirs)], [True, False])

    def test_merged_contacts_keep_the_stricter_word_of_each_company(self):
        """R37: exclusion before a pause, no end before a later end, each with its reason."""
        double = self.make_customer("Ann", self.customer.email)
        ours, theirs = (self.customer | double).with_company(self.company), double.with_company(self.other)
        ours[0].action_chasing_pause(until="2026-03-10", reason="holiday")
        ours[1].action_chasing_pause(reason="dispute")
        theirs.action_chasing_exclude()
        self.customer.with_company(self.branch).action_chasing_pause(until="2026-03-20", reason="promise")
        double.with_company(self.branch).action_chasing_pause(until="2026-03-15", reason="holiday")
        seller = self.make_user("seller", "base.group_user,base.group_partner_manager")
        merge = self.env["base.partner.merge.automatic.wizard"].with_user(seller)
        merge._merge((self.customer | double).ids, self.customer.with_user(seller))
        self.env.invalidate_all()
        self.assertFalse(double.exists())
        said = [
            (one.chasing_excluded, one.chasing_paused, str(one.chasing_paused_until or ""), one.chasing_pause_reason)
            for one in (self.customer.with_company(name) for name in (self.company, self.branch, self.other))
        ]
        self.assertEqual(
            said,
            [
                (False, True, "", "dispute"),
                (False, True, "2026-03-20", "promise"),
                (True, False, "", False),
            ],
        )
        self.assertEqual(self.holds(), ["customer_paused", "customer_paused", "customer_excluded"])


@tagged("post_install", "-at_install")
class TestLineOfAnInvoice(ChasingCommon):
    """What an invoice says before it is chased (R50)."""

    def headline(self, **values):
        draft = self.make_invoice(post=False, **values)
        draft.invalidate_recordset(["chasing_headline"])
        return draft.chasing_headline

    def rule(self, cadence=None, **values):
        return self.env["chasing.rule"].create({
            "name": "Special",
            "domain": "[('ref', '=', 'special')]",
            "cadence_id": cadence and cadence.id,
            **values,
        })

    def test_a_draft_says_what_precedence_will_give_it(self):
        hard = self.make_cadence("Hard", [("after_due", 1, 9)])
        self.rule(hard)
        self.assertIn("On confirm: Usual (company default), first message", self.headline())
        self.assertIn("On confirm: Hard (rule “Special”), first message", self.headline(ref="special"))
        self.customer.with_company(self.company).chasing_cadence_id = hard
        self.assertIn("On confirm: Hard (customer's cadence)", self.headline())

    def test_a_draft_says_that_a_rule_wants_no_chasing_or_that_nothing_does(self):
        self.rule()
        self.assertEqual(self.headline(ref="special"), "On confirm: no chasing (rule “Special”)")
        self.cadence.is_default = False
        self.assertEqual(self.headline(), "On confirm: not chased.")

    def test_a_draft_of_an_excluded_customer_says_so(self):
        self.customer.action_chasing_exclude()
        self.assertIn("The customer is excluded from chasing", self.headline())

    def test_an_unchased_invoice_names_the_rule(self):
        self.rule()
        invoice = self.make_invoice(ref="special")
        self.assertEqual(invoice.chasing_headline, "Not chased because of the rule “Special”.")


@tagged("post_install", "-at_install")
class TestSwitchOn(ChasingCommon):
    def test_switching_on_keeps_to_precedence(self):
        """R50: the preview counts the same."""
        hard = self.make_cadence("Hard", [("after_due", 1, 9)])
        rules = self.env["chasing.rule"]
        rules.create({"name": "None", "domain": "[('ref', '=', 'vip')]"})
        rules.create({"name": "Hard", "domain": "[('ref', '=', 'late')]", "cadence_id": hard.id})
        own = self.make_customer("Own", "own@customer.example")
        own.with_company(self.company).chasing_cadence_id = hard
        self.company.chasing_enabled = False
        vip, late, usual = (self.make_invoice(ref=ref) for ref in ("vip", "late", False))
        mine = self.make_invoice(partner_id=own.id)
        start = self.env["chasing.start"].create({
            "company_id": self.company.id,
            "cadence_id": self.cadence.id,
            "start_date": "2026-03-01",
            "stage": "look",
        })
        self.assertEqual(start.invoice_count, 3)
        self.assertIn("5 will be sent", start.look)
        start.action_switch_on()
        schedules = [one.chasing_schedule_id for one in (vip, late, usual, mine)]
        self.assertEqual(
            [(one.cadence_id.name, one.assigned_by) for one in schedules],
            [(False, False), ("Hard", "rule"), ("Usual", "default"), ("Hard", "customer")],
        )
