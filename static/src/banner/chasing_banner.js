import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";

import { Component, onWillStart, useState } from "@odoo/owl";
import { ChasingParts, useChasingPages } from "./chasing_parts";

const TABS = [
    { model: "chasing.schedule", label: _t("Invoices"), action: "invoice_chasing.chasing_schedule_action" },
    { model: "chasing.step", label: _t("To Do"), action: "invoice_chasing.chasing_step_action" },
    { model: "chasing.forecast.line", label: _t("Forecast"), action: "invoice_chasing.chasing_forecast_line_action" },
];
// whether the cards above a list of these tell of what waits for approval too
const CARDS = { "chasing.schedule": false, "chasing.step": true };

/** What stands above every view of what is chased: tabs, cards, today's line, and when nothing leaves, and why. */
export class ChasingBanner extends Component {
    static template = "invoice_chasing.Banner";
    static components = { ChasingParts };
    static props = { resModel: String, model: { type: Object, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.openPage = useChasingPages();
        this.tabs = TABS;
        this.banner = useState({ off: false, brake: false, scope: false, can_act: false, cards: [], today: [] });
        onWillStart(() => this.load());
        if (this.props.model) {
            useBus(this.props.model.bus, "update", () => this.onModelUpdate());
        }
    }

    async load() {
        const { resModel } = this.props;
        const [banner, cards, today] = await Promise.all([
            this.orm.call("chasing.dashboard", "get_banner", []),
            resModel in CARDS ? this.orm.call("chasing.dashboard", "get_cards", [CARDS[resModel]]) : [],
            this.orm.call("chasing.dashboard", "get_today", []),
        ]);
        Object.assign(this.banner, banner, { cards, today });
    }

    /** What was done to the records below changes the numbers above: each new load of them brings both. */
    onModelUpdate() {
        const { root } = this.props.model;
        if (this.root && root !== this.root) {
            this.load();
        }
        this.root = root;
    }

    onTabClick(tab) {
        this.action.doAction(tab.action, { clearBreadcrumbs: true });
    }

    async onBannerClick(method) {
        const action = await this.orm.call("chasing.dashboard", method, []);
        const reload = async () => {
            await this.load();
            this.env.searchModel.search();
        };
        if (action?.type) {
            await this.action.doAction(action, { onClose: reload });
        } else {
            await reload();
        }
    }
}

/** A controller of what is chased, under the banner. */
export const withBanner = (Controller, name) =>
    class extends Controller {
        static template = name;
        static components = { ...Controller.components, ChasingBanner };
    };
