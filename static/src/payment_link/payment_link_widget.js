import { Component } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/** Copies the address at which the customer pays, for a message of one's own. */
class PaymentLinkWidget extends Component {
    static template = "invoice_chasing.PaymentLink";
    static props = { "*": true };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
    }

    async onClick() {
        const link = await this.orm.call("chasing.schedule", "get_payment_link", [this.props.record.resId]);
        try {
            await browser.navigator.clipboard.writeText(link);
            this.notification.add(_t("The payment link is copied."), { type: "success" });
        } catch {
            this.notification.add(link, { title: _t("Copy this payment link"), sticky: true });
        }
    }
}

registry.category("view_widgets").add("chasing_payment_link", { component: PaymentLinkWidget });
