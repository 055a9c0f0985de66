from odoo.tests import Form, tagged

from ..builders.builders import ChasingCommon

STEPS = [("before_due", 3, 9), ("after_due", 5, 9), ("after_due", 14, 9), ("after_due", 30, 9)]


@tagged("post_install", "-at_install")
class TestEntryPoint(ChasingCommon):
    """Where a cadence given to an old invoice begins (R43): due on 11 February, so that on 2 March the steps of 8, 16
    and 25 February are past, and that of 13 March is to come."""

    PLANS = {
        "next": ["in_past", "in_past", "in_past", "2026-03-13 09:00"],
        "fitting": ["in_past", "in_past", "2026-03-02 09:00", "2026-03-13 09:00"],
        "first": ["in_past", "2026-03-02 09:00", "2026-03-11 09:00", "2026-03-14 09:00"],
    }

    def old_draft(self):
        return self.make_invoice(post=False, issued="2026-01-12", due="2026-02-11")

    def given(self, invoice):
        return [reason or local for local, _state, reason in self.plan(invoice)]

    def cadences(self):
        """[(cadence, what it plans)] of each entry point."""
        for entry_point, plan in self.PLANS.items():
            yield self.make_cadence(entry_point, STEPS, entry_point=entry_point), plan

    def post(self, draft):
        draft.action_post()
        self.env.cr.flush()

    def test_a_posted_invoice_begins_where_its_cadence_says(self):
        """R43"""
        for cadence, plan in self.cadences():
            with self.subTest(entry_point=cadence.name):
                invoice = self.old_draft()
                self.post(invoice)
                invoice._chasing_assign(cadence)
                self.assertEqual(self.given(invoice), plan)

    def test_a_draft_begins_there_once_it_is_posted(self):
        """R50b, R43: what the dialog promised is what happens."""
        for cadence, plan in self.cadences():
            with self.subTest(entry_point=cadence.name):
                draft = self.old_draft()
                promised = self.env["chasing.simulation"]._of_assignment(draft, cadence)[draft.id]
                draft._chasing_assign(cadence)
                self.post(draft)
                self.assertEqual(self.given(draft), plan)
                self.assertEqual([one.reason_code or self.local(one.at) for one in promised], plan)

    def test_a_draft_given_another_cadence_begins_where_that_one_says(self):
        """R50b: the dialog that changes it promises the same."""
        draft = self.old_draft()
        draft._chasing_assign(self.cadence)
        for cadence, plan in self.cadences():
            with self.subTest(entry_point=cadence.name):
                promised = self.env["chasing.simulation"]._of_assignment(draft, cadence)[draft.id]
                self.assertEqual(
                    sorted(one.reason_code or self.local(one.at) for one in promised if one.key), sorted(plan)
                )
                draft._chasing_assign(cadence)
        self.post(draft)
        self.assertEqual(self.given(draft), plan)

    def test_what_the_edit_of_a_draft_shows_is_what_posting_does(self):
        """R50b, R22: also where it starts from another cadence."""
        for cadence, plan in self.cadences():
            with self.subTest(entry_point=cadence.name):
                draft = self.old_draft()
                draft._chasing_assign(self.cadence)
                dialog = Form(self.env["chasing.edit"].with_context(default_schedule_id=draft.chasing_schedule_id.id))
                dialog.cadence_id = cadence
                count = sum(" " in one for one in plan)
                self.assertIn(f"{count} will be sent", dialog.summary)
                dialog.save().action_save()
                self.post(draft)
                self.assertEqual(self.given(draft), plan)

    def test_posted_again_a_draft_goes_on_from_where_it_was(self):
        """R50b, R39: what was sent stays, and is not what the entry point takes again."""
        cadence = self.make_cadence("First", STEPS, entry_point="first")
        invoice = self.old_draft()
        self.post(invoice)
        invoice._chasing_assign(cadence)
        self.assertEqual(len(self.at_sent("2026-03-02 09:00")), 1)
        invoice.button_draft()
        self.post(invoice)
        self.assertEqual(self.given(invoice), ["in_past", *self.PLANS["first"][1:]])
