import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";

import { Component, onWillStart, useState } from "@odoo/owl";
import { ChasingParts } from "../banner/chasing_parts";

const NEEDING = ["needs_me", "failed", "will_fail", "expired", "paused"];

/** What a list says when it shows nothing: how much is being chased all the same. */
export class ChasingHelper extends Component {
    static template = "invoice_chasing.Helper";
    static components = { ChasingParts };
    static props = { showRibbon: { type: Boolean, optional: true }, noContentHelp: { type: String, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ title: "", chased: [] });
        onWillStart(() => this.load());
        useBus(this.env.searchModel, "update", () => this.load());
    }

    async load() {
        const { searchModel } = this.env;
        if (searchModel.resModel === "chasing.schedule") {
            const asked = searchModel.getSearchItems((item) => item.isActive && NEEDING.includes(item.name));
            const chased = await this.orm.call("chasing.dashboard", "get_chased", []);
            const title = asked.length ? _t("Nothing needs attention") : _t("No invoices found");
            Object.assign(this.state, { title, chased });
        }
    }
}
