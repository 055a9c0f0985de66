import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

import { onWillStart, useState } from "@odoo/owl";

/** The list of what is chased, under a line that says when nothing leaves, and why. */
export class ChasingListController extends ListController {
    static template = "invoice_chasing.ChasingList";

    setup() {
        super.setup();
        this.action = useService("action");
        this.banner = useState({ off: false, brake: false });
        onWillStart(() => this.loadBanner());
    }

    async loadBanner() {
        Object.assign(this.banner, await this.orm.call("chasing.schedule", "get_banner", []));
    }

    async onBannerClick(method) {
        const action = await this.orm.call("chasing.schedule", method, []);
        const reload = async () => {
            await this.loadBanner();
            await this.model.load();
        };
        if (action?.type) {
            await this.action.doAction(action, { onClose: reload });
        } else {
            await reload();
        }
    }
}

registry.category("views").add("chasing_list", { ...listView, Controller: ChasingListController });
