import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillStart, useRef } from "@odoo/owl";

import { INSERT, pathsIn, placeholder } from "./placeholders";

const SCOPES = ".modal, .o_form_view";
const TEXTS = ".odoo-editor-editable:not(.d-none), textarea.o_codeview, input, textarea";

// A longer value, such as the address of a page, is told by its name.
const LONGEST = 40;

/** Offers the fields of an invoice beside a text, and puts the chosen one where its cursor is. */
export class InsertFieldWidget extends Component {
    static template = "invoice_chasing.InsertField";
    static components = { Dropdown, DropdownItem };
    static props = {
        ...standardWidgetProps,
        field: String,
        isTemplate: { type: Boolean, optional: true },
        values: { type: String, optional: true },
    };

    setup() {
        this.root = useRef("root");
        const fields = useService("chasing_fields");
        onWillStart(async () => (this.fields = await fields()));
    }

    get choices() {
        return this.props.isTemplate ? this.fields.filter((one) => one.expression) : this.fields;
    }

    get label() {
        return _t("Insert field: %s", this.props.record.fields[this.props.field].string);
    }

    /** What the placeholders stand for that people see as they are stored; an editor shows their names. */
    get told() {
        const { data, fields } = this.props.record;
        const { field, isTemplate, values } = this.props;
        if (isTemplate || fields[field].type === "html") {
            return [];
        }
        const said = data[values] || {};
        return pathsIn(data[field] || "").flatMap((path) => {
            const known = this.fields.find((one) => one.path === path);
            const text = placeholder(path);
            const value = said[path] || "";
            return known ? [`${text}: ${value && value.length <= LONGEST ? value : known.name}`] : [];
        });
    }

    insert(choice) {
        const scope = this.root.el.closest(SCOPES);
        const text = scope.querySelector(`.o_field_widget[name="${this.props.field}"]`)?.querySelector(TEXTS);
        if (!text) {
            return;
        }
        if (text.isContentEditable) {
            text.dispatchEvent(new CustomEvent(INSERT, { detail: choice }));
        } else {
            this.type(text, choice);
        }
        // The menu gives the focus back to its button first.
        setTimeout(() => text.focus());
    }

    /** Types a field into a plain text. */
    type(text, { path, expression }) {
        const isCode = text.matches(".o_codeview");
        const inTemplate = isCode ? `<t t-out="${expression}"/>` : placeholder(expression);
        const before = text.value.slice(0, text.selectionStart);
        const space = /[\p{L}\p{N},;:.}]$/u.test(before) ? " " : "";
        const typed = space + (this.props.isTemplate ? inTemplate : placeholder(path));
        text.setRangeText(typed, text.selectionStart, text.selectionEnd, "end");
        for (const kind of ["input", "change"]) {
            text.dispatchEvent(new Event(kind, { bubbles: true }));
        }
    }
}

registry.category("view_widgets").add("chasing_insert_field", {
    component: InsertFieldWidget,
    extractProps: ({ options }) => ({
        field: options.field,
        isTemplate: Boolean(options.template),
        values: options.values,
    }),
});
