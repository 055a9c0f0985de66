from pathlib import Path

from odoo.addons.invoice_chasing.models.postal.client import PostalClient, Receipt, Refused, Status

WORDS = ("sent", "delivered", "returned", "cancelled")


class FolderPost(PostalClient):
    """Lay letters into a folder, from which somebody posts them; a note beside each says what became of it."""

    code = "folder"
    label = "Folder"
    credentials = ("folder",)
    tracks_letters = True

    @classmethod
    def connect(cls, account, setting):
        return cls(Path(account.folder)) if account.folder else None

    def __init__(self, folder):
        self.folder = folder

    def send(self, letter):
        self.check()
        (self.folder / f"{letter.key}.pdf").write_bytes(letter.pdf)
        return Receipt(letter.key, "sending")

    def find(self, key):
        return Receipt(key, "sending") if (self.folder / f"{key}.pdf").exists() else None

    def cancel(self, provider_reference):
        if self.status(provider_reference).state != "sending":
            return False
        self._note(provider_reference).write_text("cancelled")
        return True

    def status(self, provider_reference):
        note = self._note(provider_reference)
        word = note.read_text().strip() if note.exists() else "sending"
        return Status(word if word in WORDS else "sending", word)

    def check(self):
        if not self.folder.is_dir():
            raise Refused("not_set_up", f"There is no folder {self.folder}.")

    def check_address(self, address):
        if not address.street:
            raise Refused("incomplete_address", "The street is missing.")

    def _note(self, provider_reference):
        return self.folder / f"{provider_reference}.txt"
