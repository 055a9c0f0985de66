import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";

import { Component, onMounted, onWillUpdateProps, status, useExternalListener, useState } from "@odoo/owl";
import { ChasingParts, useChasingPages } from "./chasing_parts";

const TABS = [
    { model: "chasing.schedule", label: _t("Invoices"), action: "invoice_chasing.chasing_schedule_action" },
    { model: "chasing.step", label: _t("To Do"), action: "invoice_chasing.chasing_to_do_action" },
    { model: "chasing.forecast.line", label: _t("Forecast"), action: "invoice_chasing.chasing_forecast_line_action" },
];
// whether the cards above a list of these tell of what waits for approval too
const CARDS = { "chasing.schedule": false, "chasing.step": true };

/** Odoo's search bar turns the Tab key round between its filters and its input: nobody would ever come further. */
function leaveSearchBar(ev) {
    const isChoosing = document.querySelector(".o_searchview_autocomplete");
    if (ev.key === "Tab" && !isChoosing && ev.target.closest?.(".o_searchview")) {
        ev.stopImmediatePropagation();
    }
}

/** What stands above every view of what is chased: tabs, cards, today's line, and when nothing leaves, and why. */
export class ChasingBanner extends Component {
    static template = "invoice_chasing.Banner";
    static components = { ChasingParts };
    // `mine`: the cards tell of what the user is responsible for; they are read again whenever `loads` is another one
    static props = {
        resModel: String,
        model: { type: Object, optional: true },
        mine: { type: Boolean, optional: true },
        loads: { type: Number, optional: true },
        onChange: { type: Function, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.openPage = useChasingPages(() => this.props.mine);
        this.tabs = TABS;
        this.banner = useState({
            off: false,
            brake: false,
            braked: "",
            scope: false,
            stale: false,
            can_act: false,
            cards: [],
            today: [],
        });
        // The view below need not wait for it.
        onMounted(() => this.load());
        onWillUpdateProps((props) => {
            if (props.loads !== this.props.loads) {
                this.load(props);
            }
        });
        useExternalListener(window, "keydown", leaveSearchBar, { capture: true });
        if (this.props.model) {
            useBus(this.props.model.bus, "update", () => this.onModelUpdate());
        }
    }

    async load({ resModel, mine } = this.props) {
        const context = { chasing_mine: Boolean(mine) };
        const [banner, cards, today] = await Promise.all([
            this.orm.call("chasing.dashboard", "get_banner", []),
            this.hasCards ? this.orm.call("chasing.dashboard", "get_cards", [CARDS[resModel]], { context }) : [],
            this.orm.call("chasing.dashboard", "get_today", []),
        ]);
        if (status(this) !== "destroyed") {
            Object.assign(this.banner, banner, { cards, today });
        }
    }

    get hasCards() {
        return this.props.resModel in CARDS;
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
            this.props.onChange ? this.props.onChange() : this.env.searchModel.search();
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
