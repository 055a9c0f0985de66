"""What the settings say about the server (R73)."""

from unittest.mock import patch

from odoo.tests import tagged

from ...models.forms import res_config_settings
from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestSettings(ChasingCommon):
    def text(self, takes_many):
        with patch.object(res_config_settings, "takes_many", lambda: takes_many):
            return self.env["res.config.settings"].sudo().create({}).chasing_documents_text

    def test_they_say_whether_documents_are_made_in_batches(self):
        self.assertEqual(self.text(True), "PDFs of new invoices are created in batches.")

    def test_they_say_what_to_install_where_they_are_not(self):
        self.assertIn("install wkhtmltopdf with patched Qt", self.text(False))
