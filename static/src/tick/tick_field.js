import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { booleanField, BooleanField } from "@web/views/fields/boolean/boolean_field";

/** A box in a list that a click ticks at once, whichever line is being edited; it says its name and its line. */
export class TickField extends BooleanField {
    static template = "invoice_chasing.TickField";
    static props = { ...BooleanField.props, isBarred: { type: Boolean, optional: true } };

    get isDisabled() {
        return this.props.isBarred || !this.props.record.model.root.isInEdition;
    }

    get label() {
        const { data, fields } = this.props.record;
        return [fields[this.props.name].string, data.step_label].filter(Boolean).join(", ");
    }

    /** Keep from the list what ticks the box. */
    onKeydown(ev) {
        if (ev.key === " ") {
            ev.stopPropagation();
        }
    }
}

registry.category("fields").add("chasing_tick", {
    ...booleanField,
    component: TickField,
    displayName: _t("Tick"),
    fieldDependencies: [{ name: "step_label", type: "char" }],
    extractProps: (_fieldInfo, dynamicInfo) => ({ isBarred: dynamicInfo.readonly }),
});
