import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, useRef, useState } from "@odoo/owl";

// A shape for each state, so that colour is never alone.
const ICONS = {
    draft: "fa-circle-thin o_chasing_note",
    planned: "fa-circle-o text-primary",
    held: "fa-pause-circle text-warning",
    waiting: "fa-question-circle text-warning",
    to_do: "fa-question-circle text-warning",
    to_print: "fa-print text-warning",
    to_post: "fa-envelope text-warning",
    queued: "fa-clock-o text-info",
    sending: "fa-clock-o text-info",
    sent: "fa-check-circle text-success",
    done: "fa-check-circle text-success",
    partly: "fa-exclamation-circle text-warning",
    failed: "fa-times-circle text-danger",
    will_fail: "fa-exclamation-triangle text-danger",
    skipped: "fa-minus-circle o_chasing_note",
};
// How many per cent of the line a dot takes, and the word over a mark.
const WIDE = { dot: 3.5, label: 9 };
const NARROW = { dot: 9, label: 24 };
const MOVES = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * The steps of an invoice as dots on its time line, with issue, due and today marked.
 *
 * The dots are one stop of the Tab key, arrow keys move between them; Enter or a click tells why.
 */
export class StripField extends Component {
    static template = "invoice_chasing.StripField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ui = useService("ui");
        this.list = useRef("dots");
        this.state = useState({ current: 0 });
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get sizes() {
        return this.ui.isSmall ? NARROW : WIDE;
    }

    /** A mark too near to the one before it has its word a line higher. */
    get marks() {
        const near = (mark, other) => mark !== other && Math.abs(mark.at - other.at) < this.sizes.label;
        const issue = this.value.marks.find((mark) => mark.kind === "issue");
        return this.value.marks.map((mark) => ({
            ...mark,
            side: mark.at < 15 ? "start" : mark.at > 85 ? "end" : "middle",
            isRaised: mark.kind === "due" && near(mark, issue),
        }));
    }

    /** A dot that would cover another one stands above it. */
    get dots() {
        const ends = [];
        return this.value.dots.map((dot, index) => {
            let height = ends.findIndex((end) => dot.at >= end);
            height = height < 0 ? ends.length : height;
            ends[height] = dot.at + this.sizes.dot;
            return { ...dot, index, height, icon: ICONS[dot.state] };
        });
    }

    /** The dot that Tab leads to. */
    get current() {
        return Math.min(this.state.current, this.value.dots.length - 1);
    }

    onKeydown(ev) {
        const last = this.value.dots.length - 1;
        const ends = { Home: 0, End: last };
        if (ev.key in MOVES || ev.key in ends) {
            const next = ends[ev.key] ?? Math.min(Math.max(this.current + MOVES[ev.key], 0), last);
            ev.preventDefault();
            ev.stopPropagation();
            this.state.current = next;
            this.list.el.querySelectorAll("button")[next].focus();
        }
    }

    async explain(dot, ev) {
        this.state.current = dot.index;
        const opener = ev.currentTarget;
        const action = await this.orm.call("chasing.step", "action_explain", [[dot.id]]);
        await this.action.doAction(action, { onClose: () => opener.focus() });
    }
}

export const stripField = {
    component: StripField,
    displayName: _t("Time Line"),
    supportedTypes: ["json"],
};

registry.category("fields").add("chasing_strip", stripField);
