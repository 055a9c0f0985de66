import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { charField, CharField } from "@web/views/fields/char/char_field";

import { filled } from "./placeholders";

/** A text of one line that shows what its fields say of the invoice at hand, and while it is edited the fields. */
export class FilledField extends CharField {
    static template = "invoice_chasing.FilledField";
    static props = { ...CharField.props, values: String };

    get filled() {
        const { data } = this.props.record;
        return filled(data[this.props.name] || "", data[this.props.values] || {});
    }

    get filledId() {
        return `${this.props.id}_filled`;
    }
}

registry.category("fields").add("chasing_filled", {
    ...charField,
    component: FilledField,
    displayName: _t("Text with Its Fields Filled In"),
    supportedTypes: ["char"],
    extractProps: (field) => ({ ...charField.extractProps(field), values: field.options.values }),
});
