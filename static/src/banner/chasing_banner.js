import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { Component, onWillStart, useState } from "@odoo/owl";

const TABS = [
    { model: "chasing.schedule", label: _t("Invoices"), action: "invoice_chasing.chasing_schedule_action" },
    { model: "chasing.step", label: _t("Actions"), action: "invoice_chasing.chasing_step_action" },
    { model: "chasing.forecast.line", label: _t("Forecast"), action: "invoice_chasing.chasing_forecast_line_action" },
];

/** What stands above every view of what is chased: tabs, cards, today's line, and when nothing leaves, and why. */
export class ChasingBanner extends Component {
    static template = "invoice_chasing.Banner";
    static props = { resModel: String };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.tabs = TABS;
        this.banner = useState({ off: false, brake: false, can_act: false, cards: [], today: "" });
        onWillStart(() => this.load());
    }

    async load() {
        const [banner, cards, today] = await Promise.all([
            this.orm.call("chasing.dashboard", "get_banner", []),
            this.orm.call("chasing.dashboard", "get_cards", []),
            this.orm.call("chasing.dashboard", "get_today", []),
        ]);
        Object.assign(this.banner, banner, { cards, today });
    }

    onTabClick(tab) {
        this.action.doAction(tab.action, { clearBreadcrumbs: true });
    }

    async onCardClick(card) {
        // the action's own filter would stand beside the card's
        const action = await this.action.loadAction("invoice_chasing.chasing_schedule_action");
        const context = { [`search_default_${card.status}`]: 1 };
        await this.action.doAction({ ...action, context }, { clearBreadcrumbs: true });
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
