import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/** What an act would change, invoice by invoice; its invoices open beside the dialog, which stays. */
export class ChangesField extends Component {
    static template = "invoice_chasing.ChangesField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get lists() {
        return this.props.record.data[this.props.name] || [];
    }

    async openAll(number) {
        const { record } = this.props;
        if (await record.save()) {
            const action = await this.orm.call(record.resModel, "action_open_changes", [[record.resId], number]);
            this.action.doAction(action, { newWindow: true });
        }
    }
}

registry.category("fields").add("chasing_changes", {
    component: ChangesField,
    displayName: _t("What Changes"),
    supportedTypes: ["json"],
});
