import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

import { onWillStart, useState } from "@odoo/owl";

/** A controller of what is chased, under a line that says when nothing leaves, and why. */
const withBanner = (Controller, name) =>
    class extends Controller {
        static template = name;

        setup() {
            super.setup();
            this.bannerOrm = useService("orm");
            this.bannerAction = useService("action");
            this.banner = useState({ off: false, brake: false, can_act: false });
            onWillStart(() => this.loadBanner());
        }

        async loadBanner() {
            Object.assign(this.banner, await this.bannerOrm.call("chasing.schedule", "get_banner", []));
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
