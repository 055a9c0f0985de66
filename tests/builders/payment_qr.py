"""Odoo's EPC codes where the app that has them is not installed: the same words, drawn by Odoo itself."""


class PaymentQrMixin:
    """Let accounts have EPC codes: by Odoo's own app, else by one that says the same."""

    def give_codes(self):
        """Return the list to which the lines of every code go that is drawn from now on."""
        bank, drawn = self.registry["res.partner.bank"], []
        if self.env["ir.module.module"].sudo()._get("account_qr_code_sepa").state != "installed":
            self._stand_in(bank)
        original = bank._get_qr_vals

        def spied(account, *args, **options):
            drawn.append(original(account, *args, **options))
            return drawn[-1]

        self.patch(bank, "_get_qr_vals", spied)
        return drawn

    def _stand_in(self, bank):
        def methods(_account):
            return [("sct_qr", "SEPA Credit Transfer QR", 20)]

        def refusal(account, _method, _debtor, currency):
            is_european = account.sanitized_acc_number[:2] in ("DE", "FR", "ES", "NL", "BE", "AT")
            return None if currency.name == "EUR" and is_european else "Not possible."

        def lines(account, _method, amount, currency, _debtor, free, structured):
            own = "".join(structured.split()) if structured.startswith("RF") else ""
            name = (account.acc_holder_name or account.partner_id.name)[:71]
            head = ["BCD", "002", "1", "SCT", account.bank_bic or ""]
            money = currency.name + str(amount)
            return [*head, name, account.sanitized_acc_number, money, "", own, "" if own else free[:141], ""]

        def drawing(account, qr_method, amount, currency, debtor_partner, free_communication, structured_communication):
            words = account._get_qr_vals(
                qr_method, amount, currency, debtor_partner, free_communication, structured_communication
            )
            return {"barcode_type": "QR", "quiet": 0, "width": 128, "height": 128, "value": "\n".join(words)}

        for name, method in (
            ("_get_available_qr_methods", methods),
            ("_get_error_messages_for_qr", refusal),
            ("_get_qr_vals", lines),
            ("_get_qr_code_generation_params", drawing),
        ):
            self.patch(bank, name, method)
