from ast import literal_eval

from lxml import etree

from odoo.fields import Domain
from odoo.tests import tagged

from ..builders.builders import ChasingCommon


@tagged("post_install", "-at_install")
class TestPartnerForm(ChasingCommon):
    def test_the_button_opens_what_it_counts(self):
        invoices, paid = self.make_invoices(2), self.make_invoice()
        self.pay(paid)
        action = self.customer.action_chasing_open()
        self.assertEqual(self.shown(action), invoices.chasing_schedule_ids)
        self.assertEqual(self.customer.chasing_open_count, 2)

    def shown(self, action):
        """Return the schedules that the list shows with the filters it opens with."""
        search = etree.fromstring(self.env["chasing.schedule"].get_view(view_type="search")["arch"])
        filters = [name.removeprefix("search_default_") for name in action["context"]]
        domains = [literal_eval(search.find(f".//filter[@name='{name}']").get("domain")) for name in filters]
        return self.env["chasing.schedule"].search(Domain.AND([action["domain"], *domains]), order="id")
