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

/** An instant on the clock of the company it belongs to, not on the reader's (R90). */
export class AtField extends Component {
    static template = "invoice_chasing.WhenField";
    static props = { ...standardFieldProps };

    get instant() {
        const { chasing_tz: zone, [this.props.name]: instant } = this.props.record.data;
        return instant && instant.setZone(zone);
    }

    get text() {
        const sameYear = this.instant && this.instant.hasSame(luxon.DateTime.now(), "year");
        return this.instant && this.instant.toFormat(sameYear ? "ccc d LLL HH:mm" : "ccc d LLL y HH:mm");
    }

    get exact() {
        return (
            this.instant &&
            _t("%(local)s, %(zone)s (%(utc)s UTC)", {
                local: this.instant.toFormat("cccc d LLLL y, HH:mm"),
                zone: this.instant.zoneName,
                utc: this.instant.toUTC().toFormat("y-MM-dd HH:mm"),
            })
        );
    }
}

registry.category("fields").add("chasing_at", {
    component: AtField,
    displayName: _t("Instant on the Company's Clock"),
    supportedTypes: ["datetime"],
    fieldDependencies: [{ name: "chasing_tz", type: "char" }],
});
