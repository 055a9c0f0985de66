from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from ...models.common import user_input
from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestTexts(ChasingCommon):
    """What people write is short enough to be read, and a text that the database keeps."""

    def written_by_people(self):
        """Each stored text of a model of ours that some group may write."""
        rights = self.env["ir.model.access"].sudo().search(["|", ("perm_write", "=", True), ("perm_create", "=", True)])
        models = rights.model_id.mapped("model")
        for name in set(models):
            if name.startswith("chasing."):
                for field in self.env[name]._fields.values():
                    if field.store and field.type in user_input.LIMITS and not field.related:
                        yield field

    def test_every_text_that_people_write_has_a_limit(self):
        """A model of which this is not so inherits chasing.texts."""
        unlimited = {
            field.model_name
            for field in self.written_by_people()
            if not hasattr(self.env.registry[field.model_name], "_text_limits")
        }
        self.assertEqual(unlimited, set())

    def about(self, model):
        """What a dialog of many is about: without it, it says that first."""
        if "selected" not in model._fields:
            return {}
        return {"selected": self.env[getattr(model, "_about", "account.move")].search([], limit=1).ids}

    def test_what_is_too_long_or_no_text_is_refused_in_words(self):
        seen = set()
        self.make_invoice()
        for field in self.written_by_people():
            model = self.env[field.model_name]
            limit = model._all_text_limits().get(field.name, user_input.LIMITS[field.type])
            for value, words in (("x" * (limit + 1), "longer"), ("a\0b", "be stored"), ("\ud800", "be stored")):
                # of what is not filled in by people the import says that first
                with self.assertRaisesRegex(UserError, f"{words}|Only the file of an import", msg=str(field)):
                    call_kw(model, "create", [[{**self.about(model), field.name: value}]], {})
            seen.add(field.model_name)
        self.assertLessEqual({"chasing.cadence", "chasing.rule", "chasing.contacts", "chasing.import"}, seen)

    def test_what_is_within_the_limit_is_kept(self):
        self.cadence.name = "n" * 500
        self.cadence.step_ids[0].write({"subject": "s" * 200, "body": "<p>%s</p>" % ("b" * 10_000)})
        self.assertEqual(len(self.cadence.name), 500)
        with self.assertRaisesRegex(UserError, "Name is longer than 500 characters. Shorten it."):
            self.cadence.name = "n" * 501

    def test_a_reason_is_no_book(self):
        """R36, R37"""
        schedule = self.make_invoice().chasing_schedule_id
        for pause in (schedule.action_pause, self.customer.action_chasing_pause):
            for reason, words in (("x" * 50_000, "The reason is longer than 500"), ("a\0", "cannot be stored")):
                with self.assertRaisesRegex(UserError, words):
                    pause(reason=reason)
        with self.assertRaisesRegex(UserError, "longer than 500"):
            self.customer.chasing_pause_reason = "x" * 501
        schedule.action_pause(reason="x" * 500)
        self.assertEqual(len(schedule.pause_reason), 500)

    def test_what_is_no_day_is_quoted_in_short(self):
        schedule = self.make_invoice().chasing_schedule_id
        with self.assertRaisesRegex(UserError, "^“x{40}” is not a date"):
            schedule.action_pause(until="x" * 50_000)
