import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component } from "@odoo/owl";

/** What else a person may do with the chasing of an invoice now, behind three dots. */
export class ChasingMenu extends Component {
    static template = "invoice_chasing.ChasingMenu";
    static components = { Dropdown, DropdownItem };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
    }

    get items() {
        return this.props.record.data.chasing_menu || [];
    }

    choose(item) {
        if (!item.confirm) {
            return this.act(item);
        }
        this.dialog.add(ConfirmationDialog, {
            title: item.label,
            body: item.confirm,
            confirmLabel: item.label,
            confirm: () => this.act(item),
            cancel: () => {},
        });
    }

    async act(item) {
        const record = this.props.record;
        if (!(await record.save())) {
            return;
        }
        const action = await this.orm.call(record.resModel, item.name, [[record.resId]], { context: record.context });
        if (action?.type) {
            await this.action.doAction(action, { onClose: () => record.load() });
        } else {
            await record.load();
        }
    }
}

registry.category("view_widgets").add("chasing_menu", {
    component: ChasingMenu,
    fieldDependencies: [{ name: "chasing_menu", type: "json" }],
});
