import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, useRef, useState } from "@odoo/owl";

/** A message as it will leave: a tab for each channel and language, one page of it shown. */
export class MessagePartsField extends Component {
    static template = "invoice_chasing.MessagePartsField";
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ chosen: false });
        this.tabs = useRef("tabs");
    }

    get parts() {
        return this.props.record.data[this.props.name] || [];
    }

    get shown() {
        return this.parts.find((part) => part.key === this.state.chosen) || this.parts[0];
    }

    choose(part) {
        this.state.chosen = part.key;
    }

    /** The arrow keys go from tab to tab, which together are one stop of the key Tab. */
    onKeydown(ev) {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[ev.key];
        if (!step) {
            return;
        }
        ev.preventDefault();
        const { length } = this.parts;
        const place = (this.parts.indexOf(this.shown) + step + length) % length;
        this.choose(this.parts[place]);
        this.tabs.el.children[place].focus();
    }
}

registry.category("fields").add("chasing_message_parts", {
    component: MessagePartsField,
    displayName: _t("Message as Sent"),
    supportedTypes: ["json"],
});
