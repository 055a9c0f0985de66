import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/** When a step goes, in words; hovering tells the exact instant and its zone. */
export class WhenField extends Component {
    static template = "invoice_chasing.WhenField";
    static props = { ...standardFieldProps };

    get text() {
        return this.props.record.data[this.props.name];
    }

    get exact() {
        return this.props.record.data.when_exact;
    }
}

export const whenField = {
    component: WhenField,
    displayName: _t("When"),
    supportedTypes: ["char"],
    fieldDependencies: [{ name: "when_exact", type: "char" }],
};

registry.category("fields").add("chasing_when", whenField);

/** An instant in the words of another field, so that a column of words can be sorted by time. */
export class AtField extends Component {
    static template = "invoice_chasing.WhenField";
    static props = { ...standardFieldProps, text: { type: String } };

    get text() {
        return this.props.record.data[this.props.text];
    }

    get exact() {
        return undefined;
    }
}

registry.category("fields").add("chasing_at", {
    component: AtField,
    displayName: _t("Instant in Words"),
    supportedTypes: ["datetime"],
    extractProps: ({ options }) => ({ text: options.text }),
});
