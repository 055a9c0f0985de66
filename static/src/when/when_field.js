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

/** Writes a day as the server does: one way in English, in any other language its own. */
function writeDay(instant, english, parts) {
    return instant.locale.startsWith("en") ? instant.toFormat(english) : instant.toLocaleString(parts);
}

/** An instant on the clock of the company it belongs to, not on the reader's (R90). */
export class AtField extends Component {
    static template = "invoice_chasing.WhenField";
    static props = { ...standardFieldProps };

    get instant() {
        const { chasing_tz: zone, [this.props.name]: instant } = this.props.record.data;
        return instant && instant.setZone(zone);
    }

    get text() {
        if (!this.instant) {
            return this.instant;
        }
        const sameYear = this.instant.hasSame(luxon.DateTime.now(), "year");
        const english = sameYear ? "ccc d LLL" : "ccc d LLL y";
        const parts = { weekday: "short", day: "numeric", month: "short", year: sameYear ? undefined : "numeric" };
        const text = `${writeDay(this.instant, english, parts)} ${this.instant.toFormat("HH:mm")}`;
        const isReadersClock = this.props.record.data[this.props.name].offset === this.instant.offset;
        const city = this.instant.zoneName.split("/").pop().replaceAll("_", " ");
        return isReadersClock ? text : `${text} (${city})`;
    }

    get exact() {
        const day = this.instant && writeDay(this.instant, "cccc d LLLL y", luxon.DateTime.DATE_HUGE);
        return (
            this.instant &&
            _t("%(local)s, %(zone)s (%(utc)s UTC)", {
                local: `${day}, ${this.instant.toFormat("HH:mm")}`,
                zone: this.instant.zoneName,
                utc: this.instant.toUTC().toFormat("d LLL y HH:mm"),
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
