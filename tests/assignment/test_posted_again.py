from datetime import date

from odoo.tests import tagged

from ..builders.assignment import RuleCommon


class PostedCommon(RuleCommon):
    def draft(self, invoice):
        """Take it back to draft, with a click of its own."""
        invoice.button_draft()
        self.env.cr.flush()

    def post(self, draft, **values):
        """Change it and post it, each with a click of its own."""
        draft.write(values)
        self.env.cr.flush()
        draft.action_post()
        self.env.cr.flush()
        return draft

    def draft_again(self, invoice, **values):
        """Take it back to draft, change it, and post it."""
        self.draft(invoice)
        return self.post(invoice, **values)


@tagged("post_install", "-at_install")
class TestPostedAgain(PostedCommon):
    """R31, R32b, R50: what chasing does with an invoice that was a draft before, or is one again."""

    def enabled_draft(self, **values):
        draft = self.make_invoice(post=False, **values)
        draft.action_chasing_enable()
        self.env.cr.flush()
        return draft

    def test_a_paused_one_is_planned_again_and_held(self):
        """R32b, R36"""
        invoice = self.make_invoice()
        invoice.chasing_schedule_id.action_pause()
        self.draft_again(invoice)
        self.assertEqual(self.states(invoice), ["held"] * 3)
        invoice.chasing_schedule_id.action_resume()
        self.assertEqual(self.states(invoice), ["planned"] * 3)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

    def test_a_rule_for_no_chasing_is_asked_when_it_is_posted_again(self):
        """R51"""
        friend = self.make_customer("Friend", "friend@buyer.example")
        self.make_rule("Friends", [("partner_id", "=", friend.id)])
        invoice = self.draft_again(self.make_invoice(), partner_id=friend.id)
        self.assertEqual(self.chosen(invoice), (False, "rule", "Friends"))
        self.assertEqual(invoice.chasing_status, "stopped")
        self.assertFalse(self.at_sent("2026-03-02 09:00"))

    def test_what_was_not_to_be_chased_is_chased_as_its_new_customer_is(self):
        friend = self.make_customer("Friend", "friend@buyer.example")
        self.make_rule("Friends", [("partner_id", "=", friend.id)])
        invoice = self.draft_again(self.make_invoice(), partner_id=friend.id)
        self.draft_again(invoice, partner_id=self.customer.id)
        self.assertEqual(self.chosen(invoice), ("Usual", "default", False))
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)

    def test_the_new_customer_s_own_cadence_is_taken(self):
        own = self.make_customer("Own", "own@buyer.example", chasing_cadence_id=self.firm.id)
        invoice = self.draft_again(self.make_invoice(), partner_id=own.id)
        self.assertEqual(self.chosen(invoice), ("Hard", "customer", False))
        self.draft_again(invoice, partner_id=self.customer.id)
        self.assertEqual(self.chosen(invoice), ("Usual", "default", False))

    def test_a_draft_that_was_enabled_is_chosen_for_when_it_is_posted(self):
        draft = self.enabled_draft()
        self.assertEqual(self.chosen(draft), ("Usual", "default", False))
        self.make_rule("All", [], self.gentle)
        self.assertEqual(self.chosen(self.post(draft)), ("Softly", "rule", "All"))

    def test_what_a_person_chose_or_changed_stays(self):
        """R50"""
        self.make_rule("All", [], self.gentle)
        chosen, changed, ended = self.make_invoices(3)
        chosen._chasing_assign(self.firm)
        changed.chasing_schedule_id.sudo().is_customised = True
        ended.chasing_schedule_id.action_cancel()
        self.env["chasing.rule"].search([]).action_archive()
        for invoice in (chosen, changed, ended):
            self.draft_again(invoice)
        self.assertEqual([self.chosen(one)[0] for one in (chosen, changed, ended)], ["Hard", "Softly", "Softly"])
        self.assertEqual(ended.chasing_status, "cancelled")

    def test_another_default_is_not_handed_out_a_second_time(self):
        """R20"""
        invoice = self.make_invoice()
        self.firm.is_default = True
        self.assertEqual(self.chosen(self.draft_again(invoice)), ("Usual", "default", False))
        self.assertEqual(self.chosen(self.make_invoice()), ("Hard", "default", False))

    def test_while_chasing_is_off_nothing_is_chosen(self):
        """R47"""
        invoice = self.make_invoice()
        self.make_rule("All", [], self.gentle)
        self.company.chasing_enabled = False
        self.assertEqual(self.chosen(self.draft_again(invoice)), ("Usual", "default", False))

    def test_one_dated_before_the_start_sends_no_first_message(self):
        """R46"""
        self.company.chasing_start_date = date(2026, 2, 1)
        dated, undated = self.enabled_draft(issued="2026-01-10"), self.enabled_draft(issued=False)
        again = self.draft_again(self.make_invoice(), invoice_date=date(2026, 1, 12))
        for invoice in (self.post(dated), self.post(undated, invoice_date=date(2026, 1, 10)), again):
            step = self.step(invoice, "on_issue")
            self.assertEqual((step.state, step.reason_code), ("skipped", "before_start_date"))
        self.assertFalse(self.at_sent("2026-03-02 09:00"))

    def test_where_the_box_was_ticked_it_does(self):
        """R46"""
        self.company.chasing_start_date = date(2026, 2, 1)
        draft = self.make_invoice(post=False, issued="2026-01-10")
        draft._chasing_assign(self.cadence, send_on_issue=True)
        self.assertEqual(self.step(self.post(draft), "on_issue").state, "planned")

    def test_one_dated_after_the_start_by_now_sends_it(self):
        """R46"""
        self.company.chasing_start_date = date(2026, 2, 1)
        draft = self.make_invoice(post=False, issued="2026-01-10")
        draft._chasing_assign(self.cadence)
        self.assertEqual(self.step(self.post(draft, invoice_date=date(2026, 3, 2)), "on_issue").state, "planned")

    def test_a_credit_note_is_not_chased(self):
        """R30"""
        draft = self.enabled_draft()
        draft.action_switch_move_type()
        self.env.cr.flush()
        self.assertFalse(draft.chasing_schedule_id)
        draft.action_post()
        self.assertFalse(draft.chasing_schedule_id)

    def test_enabled_by_a_person_although_a_rule_says_no(self):
        """R50: what is set on the invoice is more than a rule."""
        self.make_rule("None", [], on_update=True)
        invoice = self.make_invoice()
        invoice.action_chasing_enable()
        self.assertEqual(self.chosen(invoice), (False, "invoice", False))
        invoice._chasing_ask_rules()
        self.assertFalse(invoice.chasing_schedule_id.chosen_none)


@tagged("post_install", "-at_install")
class TestPaidAndDraftAgain(PostedCommon):
    """R34: who is asked, and when, about an invoice that was settled and taken back to draft."""

    def paid(self):
        invoice = self.make_invoice()
        self.pay(invoice)
        return invoice

    def test_nobody_is_asked_about_a_draft(self):
        invoice = self.paid()
        self.draft(invoice)
        self.assertFalse(invoice.activity_ids)
        self.assertEqual(invoice.chasing_status, "draft")

    def test_it_is_asked_when_it_is_posted_and_open(self):
        invoice = self.paid()
        self.draft(invoice)
        invoice.line_ids.remove_move_reconcile()
        self.post(invoice)
        self.assertEqual(invoice.activity_ids.mapped("summary"), ["Resume chasing?"])
        self.assertEqual(invoice.chasing_status, "stopped")
        self.assertFalse(self.at_sent("2026-03-17 09:00"))
        invoice.chasing_schedule_id.action_enable()
        self.assertFalse(invoice.activity_ids)
        self.assertEqual(invoice.chasing_status, "active")

    def test_still_paid_it_is_asked_only_when_the_money_goes_back(self):
        invoice = self.draft_again(self.paid())
        self.assertEqual((invoice.chasing_status, invoice.activity_ids.ids), ("paid", []))
        invoice.line_ids.remove_move_reconcile()
        self.env.cr.flush()
        self.assertEqual(invoice.activity_ids.mapped("summary"), ["Resume chasing?"])
