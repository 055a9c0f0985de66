from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ChasingCommon


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
        for day, words in (("2026-03-02", "day to come"), ("9999-12-31", "next ten years"), ("soon", "is not a day")):
            with self.assertRaisesRegex(UserError, words):
                self.customer.action_chasing_pause(until=day)
        with self.assertRaisesRegex(UserError, "reason as text"):
            self.customer.action_chasing_pause(reason={"a": 1})
        self.assertFalse(self.customer.chasing_paused)

    def open(self, action):
        return self.env[action["res_model"]].with_context(**action["context"]).create({})

    def test_the_dialogs_say_what_they_hold(self):
        """R37: of the customer and the contacts below, in every company of the user."""
        clerk = self.make_customer("Clerk", "clerk@customer.example", parent_id=self.customer.id)
        invoices = self.make_invoice() | self.make_invoice(partner_id=clerk.id, amount=50)
        self.make_invoice(partner_id=self.make_customer("Other", "o@customer.example").id)
        self.pay(self.make_invoice())
        never = self.open(clerk.action_chasing_ask_exclude())
        pause = self.env["chasing.pause"].create({"partner_id": self.customer.id})
        for dialog in (never, pause):
            self.assertIn("2 invoices, $", dialog.preview)
            self.assertIn("150.00 outstanding.\n6 messages to come are held.", dialog.preview)
        never.action_exclude()
        self.assertEqual(invoices.mapped("chasing_status"), ["paused"] * 2)
        self.assertTrue(self.customer.chasing_excluded)

    def test_a_dialog_counts_every_company_of_the_user(self):
        other = self.setup_other_company()["company"]
        other.write({"chasing_enabled": True, "chasing_tz": "Europe/Berlin"})
        theirs = self.make_invoice(company=other)
        theirs._chasing_assign(self.make_cadence("Theirs", [("after_due", 1, 9)], company_id=other.id))
        self.make_invoice()
        self.env.user.company_ids |= other
        dialog = self.env["chasing.pause"].with_company(self.company).create({"partner_id": self.customer.id})
        self.assertIn("2 invoices", dialog.preview)


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
        self.assertIn('On confirm: Hard (rule "Special"), first message', self.headline(ref="special"))
        self.customer.with_company(self.company).chasing_cadence_id = hard
        self.assertIn("On confirm: Hard (the customer's own)", self.headline())

    def test_a_draft_says_that_a_rule_wants_no_chasing_or_that_nothing_does(self):
        self.rule()
        self.assertEqual(self.headline(ref="special"), 'On confirm: no chasing (rule "Special")')
        self.cadence.is_default = False
        self.assertEqual(self.headline(), "On confirm: not chased.")

    def test_a_draft_of_an_excluded_customer_says_so(self):
        self.customer.action_chasing_exclude()
        self.assertIn("The customer is excluded from chasing", self.headline())

    def test_an_unchased_invoice_names_the_rule(self):
        self.rule()
        invoice = self.make_invoice(ref="special")
        self.assertEqual(invoice.chasing_headline, 'Not chased: the rule "Special" says so.')


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
