import { useService } from "@web/core/utils/hooks";

import { Component } from "@odoo/owl";

/**
 * Opens the list of what a card or a number counts.
 *
 * @param {() => boolean} [isMine] whether it counts only what the user is responsible for
 */
export function useChasingPages(isMine = () => false) {
    const orm = useService("orm");
    const action = useService("action");
    return async (page) => {
        const context = { chasing_mine: Boolean(isMine()) };
        const opened = await orm.call("chasing.dashboard", "action_open_page", [page], { context });
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
