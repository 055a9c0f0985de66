import io
import tempfile
import zipfile
from pathlib import Path

from odoo.addons.invoice_chasing.tests.builders.letters import LetterCommon
from odoo.tests import Form, tagged


@tagged("post_install", "-at_install")
class TestFolderPost(LetterCommon):
    """What an addon of a few lines brings is a postal provider like any other."""

    real_clients = True

    def setUp(self):
        super().setUp()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def use_folder(self):
        return self.use_provider("folder", folder=str(self.folder))

    def say(self, letter, word):
        (self.folder / f"{letter.key}.txt").write_text(word)

    def test_people_choose_it_and_are_asked_for_its_folder(self):
        admin = self.make_user("administrator", "invoice_chasing.group_manager,base.group_system")
        provider = self.use_provider("print").with_user(admin)
        with Form(provider) as form:
            self.assertTrue(form._get_modifier("folder", "invisible"))
            form.code = "folder"
            self.assertTrue(form._get_modifier("api_key", "invisible"))
            form.folder = str(self.folder)
        self.assertEqual(provider.display_name, f"Folder ({self.company.name})")
        self.assertFalse(provider.webhook_url)
        provider.action_test()
        self.assertEqual(provider.test_state, "ok")
        provider.folder = "/nowhere"
        self.assertFalse(provider.test_state)
        provider.action_test()
        self.assertIn("There is no folder /nowhere", provider.test_text)

    def test_a_letter_leaves_and_is_followed(self):
        self.use_folder()
        letter = self.make_letter()
        step = self.step(letter.move_id, "on_issue")
        self.assertEqual((step.state, step.reason_code), ("under_way", False))
        self.run_queue()
        self.assertEqual((self.folder / f"{letter.key}.pdf").read_bytes(), letter.pdf_id.raw)
        self.assertEqual((letter.state, letter.provider_code), ("sending", "folder"))
        self.say(letter, "sent")
        self.run_queue("2026-03-02 11:00")
        self.assertEqual((letter.state, step.state), ("sent", "sent"))
        self.say(letter, "returned")
        self.run_queue("2026-03-03 12:00")
        self.assertEqual((letter.state, letter.delivery_id.state), ("returned", "bounced"))
        self.assertEqual((step.state, step.reason_code), ("failed", "returned"))

    def test_what_it_lacks_is_foreseen(self):
        self.use_provider("folder")
        invoice = self.make_invoice()
        step = self.step(invoice, "on_issue")
        self.assertEqual((step.prediction_code, invoice.chasing_status), ("not_set_up", "will_fail"))
        self.use_folder()
        with self.enter_registry_test_mode():
            self.env.ref("invoice_chasing.ir_cron_predict").sudo().method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((step.prediction_code, invoice.chasing_status), (False, "active"))

    def test_a_letter_is_taken_back_while_it_lies_there(self):
        self.use_folder()
        letter = self.make_letter()
        self.run_queue()
        self.pay(letter.move_id)
        self.run_queue()
        self.assertEqual((letter.state, letter.delivery_id.state), ("cancelled", "cancelled"))
        self.assertEqual((self.folder / f"{letter.key}.txt").read_text(), "cancelled")

    def test_the_dossier_holds_the_letter(self):
        self.use_folder()
        letter = self.make_letter()
        self.run_queue()
        self.say(letter, "delivered")
        self.run_queue("2026-03-02 11:00")
        _name, content = self.env["chasing.dossier"]._make(letter.move_id.chasing_schedule_id)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            [path] = [name for name in archive.namelist() if name.startswith("messages/")]
            self.assertEqual(archive.read(path), letter.pdf_id.raw)
            self.assertIn(f"reference {letter.key}", archive.read("summary.html").decode())
