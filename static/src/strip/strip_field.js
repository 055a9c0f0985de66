import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

// a shape for each state, so that colour is never alone
const ICONS = {
    draft: "fa-circle-thin text-muted",
    planned: "fa-circle-o text-primary",
    held: "fa-pause-circle text-warning",
    waiting: "fa-question-circle text-warning",
    under_way: "fa-clock-o text-info",
    sent: "fa-check-circle text-success",
    partly: "fa-exclamation-circle text-warning",
    failed: "fa-times-circle text-danger",
    skipped: "fa-minus-circle text-muted",
};

/** The steps of an invoice as dots on its time line, with issue, due and today marked. */
export class StripField extends Component {
    static template = "invoice_chasing.StripField";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get marks() {
        return this.value.marks.map((mark) => ({ ...mark, side: this.side(mark.at) }));
    }

    /** Dots of one day stand above each other. */
    get dots() {
        const heights = {};
        return this.value.dots.map((dot) => {
            const place = Math.round(dot.at / 2);
            heights[place] = (heights[place] ?? -1) + 1;
            return { ...dot, icon: ICONS[dot.state], height: heights[place] };
        });
    }

    side(at) {
        return at < 15 ? "start" : at > 85 ? "end" : "middle";
    }
}

export const stripField = {
    component: StripField,
    displayName: _t("Time Line"),
    supportedTypes: ["json"],
};

registry.category("fields").add("chasing_strip", stripField);
