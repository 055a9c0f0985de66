from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..builders.assignment import AssignmentCommon


@tagged("post_install", "-at_install")
class TestGivenAndPutBack(AssignmentCommon):
    """What each had is noted truthfully, and comes back."""

    def test_the_line_says_what_the_invoice_had(self):
        """R52"""
        chased, unchased = self.make_invoice(), self.make_invoice(post=False)
        chased.chasing_schedule_id.action_pause()
        act = self.give(chased | unchased, self.firm)
        had = {line.move_id: (line.old_cadence_id, line.old_assigned_by, line.old_lifecycle) for line in act.line_ids}
        none = self.env["chasing.cadence"]
        self.assertEqual(had, {chased: (self.cadence, "default", "paused"), unchased: (none, False, False)})

    def test_what_was_stopped_goes_on_as_it_was(self):
        running, paused = self.make_invoices(2)
        paused.chasing_schedule_id.action_pause(reason="dispute")
        act = self.give(running | paused)
        self.assertEqual(self.cadences(running | paused)[1], ["stopped"] * 2)
        act.action_undo()
        self.assertEqual(self.cadences(running | paused)[1], ["active", "paused"])
        self.assertEqual((running | paused).chasing_schedule_ids.mapped("assigned_by"), ["default"] * 2)
        self.assertFalse(act.refused_count)

    def test_what_is_not_chased_is_not_stopped(self):
        chased, stopped = self.make_invoices(2)
        stopped.chasing_schedule_id.action_disable()
        dialog = self.open((chased | stopped).action_chasing_assign())
        dialog.stop = True
        self.assertEqual((dialog.invoice_count, dialog.kept_text), (1, "1: not chased anyway"))

    def test_what_was_cancelled_is_cancelled_again(self):
        """R36: only a person starts it again; who takes that back ends it."""
        invoices = self.make_invoices(2)
        invoices[0].chasing_schedule_id.action_cancel()
        act = self.give(invoices, self.firm)
        self.assertEqual(self.cadences(invoices), (["Hard"] * 2, ["active"] * 2))
        act.action_undo()
        self.assertEqual(self.cadences(invoices), (["Usual"] * 2, ["cancelled", "active"]))

    def test_what_is_under_way_of_the_cadence_taken_away_does_not_leave(self):
        """R36: as with any change of the cadence; given another one and put back again it does not come again."""
        invoices = self.make_invoices(2)
        other = self.make_cadence("Other", [("after_issue", 0, 10), ("after_due", 9, 9)])
        act = self.give(invoices, other)
        self.at("2026-03-02 10:00")
        step = self.step(invoices[0], "after_issue")
        self.assertEqual(step.state, "under_way")
        act.action_undo()
        self.assertEqual((step.state, step.reason_code), ("cancelled", "replaced"))
        self.assertFalse(self.deliver())
        self.give(invoices, self.firm).action_undo()
        self.assertEqual((step.state, step.reason_code), ("cancelled", "replaced"))

    def test_a_rule_starts_nothing_that_a_person_ended(self):
        """R36, R51."""
        invoices = self.make_invoices(2)
        invoices[0].chasing_schedule_id.action_cancel()
        self.apply(self.firm)
        self.assertEqual(self.cadences(invoices), (["Usual", "Hard"], ["cancelled", "active"]))

    def test_a_draft_gets_its_former_cadence_back(self):
        drafts = self.make_invoices(2, post=False)
        drafts._chasing_assign(self.cadence)
        act = self.give(drafts, self.firm)
        act.action_undo()
        self.assertEqual(self.cadences(drafts), (["Usual"] * 2, ["draft"] * 2))

    def test_what_keeps_it_is_listed_with_the_reason(self):
        paid, anew, fine = self.make_invoices(3)
        act = self.give(paid | anew | fine, self.firm)
        self.pay(paid)
        anew._chasing_assign(self.cadence)
        self.assertEqual(act.action_undo()["res_id"], act.id)
        reasons = {line.move_id: line.blocked_reason for line in act.refused_ids}
        self.assertEqual(
            reasons,
            {
                paid: "Closed or ended since.",
                anew: "Reassigned since.",
            },
        )
        self.assertEqual((act.done, act.refused_count, fine.chasing_cadence_id), (3, 2, self.cadence))

    def test_what_was_chosen_later_stays_though_it_is_the_same(self):
        """R52: given again by a person, by a second act, by a spreadsheet, or in the editor; what the second act gave,
        it takes."""
        chosen, again, named, edited, fine = invoices = self.make_invoices(5)
        first = self.give(invoices, self.firm)
        chosen.chasing_schedule_id.action_cancel()
        chosen._chasing_assign(self.firm)
        second = self.give(again | self.make_invoice(), self.firm)
        named.chasing_schedule_ids._confirm_choice()
        for cadence in (self.cadence, self.firm):
            with Form(self.editor(edited)) as dialog:
                dialog.cadence_id = cadence
            dialog.record.action_save()
        first.action_undo()
        self.assertEqual(
            {line.move_id: line.blocked_reason for line in first.refused_ids},
            dict.fromkeys((chosen, again, named, edited), "Reassigned since."),
        )
        self.assertEqual(self.cadences(invoices)[0], ["Hard"] * 4 + ["Usual"])
        second.action_undo()
        self.assertFalse(second.refused_count)
        self.assertEqual(again.chasing_schedule_id.assigned_by, "invoice")

    def test_a_cadence_chosen_in_the_editor_is_a_person_s_choice(self):
        """R50: no rule comes before it, though the steps are the cadence's own."""
        invoice = self.make_invoice()
        with Form(self.editor(invoice)) as dialog:
            dialog.cadence_id = self.firm
        dialog.record.action_save()
        schedule = invoice.chasing_schedule_id
        self.assertEqual(
            (schedule.cadence_id, schedule.is_customised, schedule.assigned_by), (self.firm, False, "invoice")
        )

    def test_acts_are_put_back_one_after_the_other(self):
        """R52: what the second takes away is the first's again; so is no chasing, and what was applied anew."""
        invoices = self.make_invoices(2)
        acts = [self.give(invoices, self.firm), self.give(invoices), self.give(invoices, self.cadence)]
        self.cadence.step_ids[0].hour = 10
        self.open(self.cadence.action_apply()).action_assign()
        acts.append(self.env["chasing.assignment"].search([], limit=1))
        seen = []
        for act in reversed(acts):
            act.action_undo()
            self.assertFalse(act.refused_count, act.name)
            seen.append((invoices[0].chasing_cadence_id.name, invoices[0].chasing_status))
        self.assertEqual(seen, [("Usual", "active"), (False, "stopped"), ("Hard", "active"), ("Usual", "active")])
        self.assertEqual(set(invoices.chasing_schedule_ids.mapped("assigned_by")), {"default"})

    def test_steps_of_its_own_come_back_and_what_was_sent_stays(self):
        """R22, R39, R52: one has a subject of its own and a task for the 20th, of which the cadence knows nothing."""
        own, usual = self.make_invoices(2)
        self.at_sent("2026-03-02 09:00")
        self.customise(own)
        before = self.whole_plan(own)
        act = self.give(own | usual, self.firm)
        self.assertEqual(self.cadences(own | usual)[0], ["Hard"] * 2)
        self.assertNotEqual(self.whole_plan(own), before)
        act.action_undo()
        self.assertEqual(self.whole_plan(own), before)
        schedule = own.chasing_schedule_id
        self.assertEqual((schedule.is_customised, schedule.cadence_id), (True, self.cadence))
        self.assertFalse(usual.chasing_schedule_id.is_customised)

    def test_a_cadence_that_was_changed_is_applied_to_its_invoices_and_put_back(self):
        """R20: a change touches new invoices only, until somebody applies it; who chose the cadence stays."""
        usual, own, other = self.make_invoices(3)
        self.customise(own)
        other._chasing_assign(self.firm)
        before = self.whole_plan(usual)
        self.cadence.step_ids.filtered(lambda line: line.trigger == "after_due").days = 9
        self.assertEqual(self.whole_plan(usual), before)
        dialog = self.open(self.cadence.with_user(self.collector).action_apply(), self.collector)
        self.assertEqual((dialog.invoice_count, dialog.kept_text), (1, "1: customised by a person"))
        dialog.action_assign()
        self.assertEqual(self.plan(usual)[-1][0], "2026-03-25 14:00")
        self.assertEqual(usual.chasing_schedule_id.assigned_by, "default")
        act = self.env["chasing.assignment"].search([], limit=1)
        self.assertEqual((act.name, act.line_ids.move_id), ("Usual, re-applied", usual))
        act.action_undo()
        self.assertEqual(self.whole_plan(usual), before)
        self.assertEqual(other.chasing_cadence_id, self.firm)

    def test_what_a_person_moved_or_left_out_comes_back_as_it_was(self):
        """R39, R84, R13: nothing that was skipped by hand is sent after all, and a series keeps its start."""
        series = {"trigger": "repeat", "days": 7, "hour": 9, "repeat_count": 2}
        cadence = self.make_cadence("Series", [("after_due", 1, 9), ("after_due", 5, 14), series])
        invoices = self.make_invoices(2)
        invoices._chasing_assign(cadence)
        moved, left_out = self.steps(invoices[0])[:2]
        moved._reschedule(date(2026, 4, 20), 11)
        left_out.action_skip()
        before = self.whole_plan(invoices[0])
        self.assertIn("skipped", [line[-1] for line in before])
        self.set_clock("2026-03-20 09:00")
        act = self.give(invoices, self.firm)
        self.assertNotEqual(self.whole_plan(invoices[0]), before)
        act.action_undo()
        self.assertEqual(self.whole_plan(invoices[0]), before)
        invoices.chasing_schedule_ids._replan()
        self.assertEqual(self.whole_plan(invoices[0]), before)

    def test_a_plan_whose_role_was_deleted_does_not_come_back(self):
        """R62: without the role it would go to everybody."""
        role = self.make_role("Boss")
        limited = {"trigger": "after_due", "days": 3, "hour": 9, "role_id": role.id}
        cadence = self.make_cadence("Limited", [limited])
        invoices = self.make_invoices(2)
        invoices[0]._chasing_assign(cadence)
        act = self.give(invoices, self.firm)
        cadence.step_ids.role_id = False
        role.unlink()
        act.action_undo()
        self.assertEqual(
            act.refused_ids.mapped("blocked_reason"), ["The contact role of one of its former steps was deleted."]
        )
        self.assertEqual(self.cadences(invoices)[0], ["Hard", "Usual"])

    def editor(self, invoice):
        return self.env["chasing.edit"].with_context(default_schedule_id=invoice.chasing_schedule_id.id)

    def customise(self, invoice):
        with Form(self.editor(invoice)) as dialog:
            with dialog.line_ids.edit(1) as line:
                line.subject = "Please look at this"
            with dialog.line_ids.new() as line:
                line.trigger, line.date, line.hour, line.mode = "on_date", "2026-03-20", 11, "task"
        dialog.record.action_save()

    def whole_plan(self, invoice):
        """All that its steps say, in time."""
        return [
            (*(step[name] for name in step._copied_fields()), step.scheduled_at, step.state)
            for step in self.steps(invoice)
        ]

    def test_one_that_fails_is_listed_and_stops_nothing_else(self):
        """R82, R99"""
        invoices = self.make_invoices(5)
        moves = self.env.registry["account.move"]
        give, error = moves._chasing_assign_chosen, UserError("not this one")

        def picky(records, *args):
            if invoices[3] in records:
                raise error
            return give(records, *args)

        with patch.object(moves, "_chasing_assign_chosen", picky):
            act = self.give(invoices, self.firm)
        self.assertEqual([(line.move_id, line.reason) for line in act.refused_ids], [(invoices[3], "not this one")])
        self.assertEqual((act.done, act.line_count, act.refused_count), (5, 4, 1))
        act.action_undo()
        self.assertEqual((act.total, set(invoices.chasing_cadence_id)), (4, set(self.cadence)))

    def test_all_that_the_invoice_list_shows_is_meant_when_the_client_s_ids_are_cut_off(self):
        """R52"""
        invoices = self.make_invoices(3)
        self.env["ir.config_parameter"].sudo().set_param("web.active_ids_limit", "2")
        some = invoices[:2].with_context(active_domain=[("id", "in", invoices.ids)])
        self.assertEqual(self.open(some.action_chasing_assign()).invoice_count, 3)
        self.assertEqual(self.open(invoices[:1].action_chasing_assign()).invoice_count, 1)

    def test_all_open_invoices_of_a_customer_get_another(self):
        """R37"""
        invoices, other = self.make_invoices(2), self.make_invoice(partner_id=self.make_customer("Bo", False).id)
        paid = self.make_invoice()
        self.pay(paid)
        dialog = self.open(self.customer.action_chasing_reroute())
        self.assertEqual(dialog.invoice_count, 2)
        dialog.cadence_id = self.firm
        dialog.action_assign()
        self.assertEqual(self.cadences(invoices | other | paid)[0], ["Hard", "Hard", "Usual", "Usual"])

    def test_who_gave_it_stays_beside_who_put_it_back(self):
        invoices = self.make_invoices(2)
        act = self.give(invoices, self.firm)
        other = self.make_user("other", "base.group_user,invoice_chasing.group_user")
        act.with_user(other).action_undo()
        self.assertEqual((act.user_id, act.undone_by_id), (self.collector, other))

    def test_the_preview_says_how_many_are_held(self):
        """R52, R35, R37, R47: by a pause of the invoice, by the customer, and all of them while the company is off."""
        usual, paused = self.make_invoices(2)
        excluded = self.make_invoice(partner_id=self.make_customer("Bo", "bo@customer.example").id)
        paused.chasing_schedule_id.action_pause()
        excluded.partner_id.action_chasing_exclude()
        dialog = self.open((usual | paused | excluded).action_chasing_assign())
        dialog.cadence_id = self.firm
        sent = "3 will be sent, first Tue 17 Mar 09:00"
        self.assertEqual(dialog.preview, f"{sent}; 2 of these invoices are held for now")
        self.company.chasing_enabled = False
        dialog.invalidate_recordset(["preview"])
        self.assertEqual(dialog.preview, f"{sent}; 3 of these invoices are held for now")

    def test_what_names_no_invoices_is_refused_in_words(self):
        for dialog in (self.env["chasing.assign"], self.env["chasing.responsible"]):
            for selected in ("abc", ["a", None], 5, {"a": 1}, [True], [1.5]):
                with (
                    self.subTest(selected=selected),
                    self.assertRaisesRegex(UserError, "Select the records in the list"),
                ):
                    dialog.create({"selected": selected}).read()
            self.assertTrue(dialog.create({"selected": [10**20, -1, 0]}).read())

    def test_a_stranger_and_another_company_s_collector_are_refused(self):
        act = self.give(self.make_invoices(2), self.firm)
        foreigner = self.make_foreigner()
        for user in (self.make_user("stranger", "base.group_user"), foreigner):
            with self.assertRaises(AccessError):
                act.with_user(user).action_undo()
        self.assertFalse(act.undone_at)
