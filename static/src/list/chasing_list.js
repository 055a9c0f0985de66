import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

import { onWillStart, useState } from "@odoo/owl";

const TABS = [
    { model: "chasing.schedule", label: _t("Invoices"), action: "invoice_chasing.chasing_schedule_action" },
    { model: "chasing.step", label: _t("Actions"), action: "invoice_chasing.chasing_step_action" },
    { model: "chasing.outlook", label: _t("Forecast"), action: "invoice_chasing.chasing_outlook_action" },
];

/** A controller of what is chased, under a line that says when nothing leaves, and why. */
const withBanner = (Controller, name) =>
    class extends Controller {
        static template = name;

        setup() {
            super.setup();
            this.bannerOrm = useService("orm");
            this.bannerAction = useService("action");
            this.banner = useState({ off: false, brake: false, can_act: false, cards: [], today: "", tabs: TABS });
            onWillStart(() => this.loadBanner());
        }

        async loadBanner() {
            const [banner, cards, today] = await Promise.all([
                this.bannerOrm.call("chasing.schedule", "get_banner", []),
                this.bannerOrm.call("chasing.schedule", "get_cards", []),
                this.bannerOrm.call("chasing.schedule", "get_today", []),
            ]);
            Object.assign(this.banner, banner, { cards, today, current: this.props.resModel });
        }

        onTabClick(tab) {
            this.bannerAction.doAction(tab.action, { clearBreadcrumbs: true });
        }

        async onCardClick(card) {
            // the action's own filter would stand beside the card's
            const action = await this.bannerAction.loadAction("invoice_chasing.chasing_schedule_action");
            const context = { [`search_default_${card.status}`]: 1 };
            await this.bannerAction.doAction({ ...action, context }, { clearBreadcrumbs: true });
        }

        async onBannerClick(method) {
            const action = await this.bannerOrm.call("chasing.schedule", method, []);
            const reload = async () => {
                await this.loadBanner();
                await this.model.load();
            };
            if (action?.type) {
                await this.bannerAction.doAction(action, { onClose: reload });
            } else {
                await reload();
            }
        }
    };

const views = registry.category("views");
views.add("chasing_list", { ...listView, Controller: withBanner(ListController, "invoice_chasing.ChasingList") });
views.add("chasing_kanban", {
    ...kanbanView,
    Controller: withBanner(KanbanController, "invoice_chasing.ChasingKanban"),
});
