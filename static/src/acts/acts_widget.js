import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component } from "@odoo/owl";

/**
 * What a person may do with a record now: the first few acts as icons, the rest behind three dots.
 *
 * A field of the record says what that is: [{ name of a method, args, label, icon }]; `options` name the field and
 * how many icons are shown. After an act the focus is where it was.
 */
export class ChasingActs extends Component {
    static template = "invoice_chasing.ChasingActs";
    static components = { Dropdown, DropdownItem };
    static props = {
        ...standardWidgetProps,
        field: { type: String },
        icons: { type: Number },
        label: { type: String, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get acts() {
        return this.props.record.data[this.props.field] || [];
    }

    get icons() {
        return this.acts.slice(0, this.props.icons);
    }

    get rest() {
        return this.acts.slice(this.props.icons);
    }

    /** What a screen reader says of the three dots: in a table, of which row they are. */
    get more() {
        return this.props.label || _t("More");
    }

    key(act) {
        const { resModel, resId } = this.props.record;
        return `${resModel},${resId},${act}`;
    }

    async choose(act, opener) {
        if (this.isBusy) {
            return;
        }
        this.isBusy = true;
        try {
            await this.perform(act, opener);
        } finally {
            this.isBusy = false;
        }
    }

    async perform(act, opener) {
        const { record } = this.props;
        const { root } = record.model;
        if (root.save && !(await root.save())) {
            return;
        }
        const words = [[record.resId], ...(act.args || [])];
        const action = await this.orm.call(record.resModel, act.name, words, { context: record.context });
        const finish = async () => {
            await root.load();
            this.focus(opener);
        };
        if (action?.type) {
            await this.action.doAction(action, { onClose: finish });
        } else {
            await finish();
        }
    }

    /** Loading anew may draw the rows anew: the same button is another element then, or is not offered any more. */
    focus(opener) {
        const same = `[data-act="${opener}"]`;
        const near = `[data-act^="${this.key("")}"]`;
        requestAnimationFrame(() => (document.querySelector(same) || document.querySelector(near))?.focus());
    }
}

registry.category("view_widgets").add("chasing_acts", {
    component: ChasingActs,
    fieldDependencies: ({ options }) => [{ name: options.field || "acts", type: "json" }],
    extractProps: ({ attrs, options }) => ({
        field: options.field || "acts",
        icons: options.icons ?? 3,
        label: attrs.string,
    }),
    listViewWidth: 132,
});
