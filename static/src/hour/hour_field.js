import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/** A whole hour of the day, 0-23, chosen as 09:00. */
export class HourField extends Component {
    static template = "invoice_chasing.HourField";
    static props = { ...standardFieldProps };

    get hours() {
        return [...Array(24).keys()];
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    format(hour) {
        return `${String(hour).padStart(2, "0")}:00`;
    }

    onChange(ev) {
        this.props.record.update({ [this.props.name]: Number(ev.target.value) });
    }
}

export const hourField = {
    component: HourField,
    displayName: _t("Hour of the Day"),
    supportedTypes: ["integer"],
    isEmpty: () => false,
};

registry.category("fields").add("chasing_hour", hourField);
