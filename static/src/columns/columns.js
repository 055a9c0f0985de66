import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

const STATUS_COLORS = {
    active: "text-bg-success",
    paid: "text-bg-success",
    paused: "text-bg-warning",
    expired: "text-bg-warning",
    will_fail: "text-bg-warning",
    failed: "text-bg-danger",
};
const LIGHT_COLORS = { green: "text-bg-success", yellow: "text-bg-warning", red: "text-bg-danger" };

/** A selection as a badge, and below it what explains it. */
class BadgeColumn extends Component {
    static template = "invoice_chasing.BadgeColumn";
    static props = { ...standardFieldProps };
    static colors = {};
    static explanation = "";

    get value() {
        return this.props.record.data[this.props.name];
    }

    get label() {
        const { selection } = this.props.record.fields[this.props.name];
        return selection.find(([value]) => value === this.value)?.[1];
    }

    get color() {
        return this.constructor.colors[this.value] || "text-bg-secondary";
    }

    get text() {
        return this.props.record.data[this.constructor.explanation];
    }

    /** The text in parts between which a line may end: an address breaks behind its @, if it must. */
    get parts() {
        return this.text.split(/(?<=@)/);
    }
}

class StatusColumn extends BadgeColumn {
    static colors = STATUS_COLORS;
    static explanation = "status_reason";
}

class LastContactColumn extends BadgeColumn {
    static colors = LIGHT_COLORS;
    static explanation = "last_contact_text";
}

/** Who owes, and the number to call. */
class CustomerColumn extends Component {
    static template = "invoice_chasing.CustomerColumn";
    static props = { ...standardFieldProps };

    get name() {
        return this.props.record.data[this.props.name]?.display_name;
    }

    get phone() {
        return this.props.record.data.phone;
    }

    get address() {
        return `tel:${this.phone.replace(/[^+\d]/g, "")}`;
    }
}

const fields = registry.category("fields");
fields.add("chasing_status", {
    component: StatusColumn,
    displayName: _t("Status and Reason"),
    supportedTypes: ["selection"],
    fieldDependencies: [{ name: "status_reason", type: "char" }],
});
fields.add("chasing_last_contact", {
    component: LastContactColumn,
    displayName: _t("Last Contact"),
    supportedTypes: ["selection"],
    fieldDependencies: [{ name: "last_contact_text", type: "char" }],
});
fields.add("chasing_customer", {
    component: CustomerColumn,
    displayName: _t("Customer and Phone"),
    supportedTypes: ["many2one"],
    fieldDependencies: [{ name: "phone", type: "char" }],
});
