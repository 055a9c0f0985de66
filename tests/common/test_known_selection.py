from odoo.tests import tagged

from ...models.common.known_selection import KnownSelection
from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestKnownSelection(ChasingCommon):
    """What a method says can be chosen is all that can be."""

    def test_what_people_choose_is_checked(self):
        unchecked = [
            str(field)
            for model in self.env.registry.values()
            for field in model._fields.values()
            if field.type == "selection" and field.store and "invoice_chasing" in field._modules
            if not (isinstance(field, KnownSelection) or isinstance(field.selection, list))
            if not (field.readonly or field.related)
        ]
        self.assertEqual(unchecked, [])

    def test_what_nobody_knows_is_refused(self):
        for zone in ("Mars/Olympus", 5, ["UTC"]):
            with self.subTest(zone), self.assertRaisesRegex(ValueError, "Wrong value"):
                self.company.chasing_tz = zone
        self.company.chasing_tz = "Europe/Paris"
        self.assertEqual(self.company.chasing_tz, "Europe/Paris")
        self.company.chasing_tz = False
        self.assertFalse(self.company.chasing_tz)
