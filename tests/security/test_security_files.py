"""A file is for those who may read what it tells, whatever its address is guessed to be."""

from base64 import b64encode

from odoo.tests import tagged

from ..builders.security import COLLECTORS, FOREIGN, KINDS, READERS, SecurityCommon, is_ours

# what the addon answers at addresses of its own, and to whom
ROUTES = {
    # a link of a message, for whoever has its token, and the payment code, for whoever has that of the invoice's page:
    # see test_links_followed
    "/c": None,
    "/c/<chasing_rest:name>": None,
    "/chasing/qr/<int:move_id>.png": None,
    "/chasing/import/template.xlsx": COLLECTORS | FOREIGN | {"branch_manager"},
    # signed messages of providers, see test_postal_webhooks
    "/chasing/postal/<string:code>/<string:token>": None,
}


@tagged("post_install", "-at_install")
class TestSecurityFiles(SecurityCommon):
    def assert_only_for(self, kinds, url):
        """These kinds of user get the file at the address, and no other."""
        self.env.cr.flush()
        got = set()
        for kind in KINDS:
            self.be(kind)
            if self.url_open(url, allow_redirects=False).status_code == 200:
                got.add(kind)
        self.assertEqual(got, set(kinds))

    def test_every_address_has_its_readers(self):
        """An address that nobody classified fails here."""
        rules = self.env["ir.http"].routing_map().iter_rules()
        ours = {rule.rule for rule in rules if is_ours(rule.endpoint.func)}
        self.assertEqual(ours, set(ROUTES))
        for url, kinds in ROUTES.items():
            if kinds:
                self.assert_only_for(kinds, url)

    def test_a_dossier_is_for_those_who_read_the_chasing(self):
        """R41: who follows the invoice on the portal does not."""
        self.schedule.action_send_to_collections()
        self.assertTrue(self.rpc("portal", "account.move", "read", self.invoice.ids, ["name"]))
        self.assert_only_for(READERS, f"/web/content/{self.schedule.dossier_id.id}")

    def test_printed_letters_are_for_who_printed_them(self):
        letters = self.make_samples()["chasing.letter"]
        dialog = self.env["chasing.letter.print"].with_user(self.users["manager"]).create({"letter_ids": letters.ids})
        dialog.file = b64encode(b"%PDF-1.4 letters")
        self.assert_only_for({"manager"}, f"/web/content/chasing.letter.print/{dialog.id}/file/letters.pdf")

    def test_rows_with_errors_are_for_who_imported_them_and_for_managers(self):
        """R53"""
        content = b64encode(b"invoice number,cadence\nnone,Usual")
        made = (
            self.env["chasing.import"]
            .with_user(self.users["collector"])
            .create({
                "file": content,
                "file_name": "a.csv",
                "company_id": self.company.id,
            })
        )
        made.action_check()
        url = made.action_download_errors()["url"]
        self.assert_only_for({"collector", "manager", "accountant"}, url)
