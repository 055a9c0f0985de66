import { useService } from "@web/core/utils/hooks";

import { Component } from "@odoo/owl";

/** Opens the list of what a card or a number counts. */
export function useChasingPages() {
    const orm = useService("orm");
    const action = useService("action");
    return async (page) => {
        const opened = await orm.call("chasing.dashboard", "action_open_page", [page]);
        await action.doAction(opened, { clearBreadcrumbs: true });
    };
}

/** A line of texts whose numbers open what they count. */
export class ChasingParts extends Component {
    static template = "invoice_chasing.Parts";
    static props = { parts: Array };

    setup() {
        this.openPage = useChasingPages();
    }
}
