import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillStart, useRef } from "@odoo/owl";

import { filled, INSERT, pathsIn, placeholder } from "./placeholders";

const SCOPES = ".modal, .o_form_view";
const TEXTS = ".odoo-editor-editable:not(.d-none), textarea.o_codeview, input, textarea";

/** Offers the fields of an invoice beside a text, and puts the chosen one where its cursor is. */
export class InsertFieldWidget extends Component {
    static template = "invoice_chasing.InsertField";
    static components = { Dropdown, DropdownItem };
    static props = {
        ...standardWidgetProps,
        field: String,
        isTemplate: { type: Boolean, optional: true },
        isFilled: { type: Boolean, optional: true },
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

    /** What the placeholders stand for that people see as they are stored; where the text itself says so, nothing. */
    get told() {
        const { data, fields } = this.props.record;
        const { field, isFilled, isTemplate, values } = this.props;
        if (isFilled || isTemplate || fields[field].type === "html") {
            return [];
        }
        if (values) {
            const sent = filled(data[field] || "", data[values] || {});
            return sent ? [_t("As sent: %s", sent)] : [];
        }
        return pathsIn(data[field] || "").flatMap((path) => {
            const known = this.fields.find((one) => one.path === path);
            return known ? [`${placeholder(path)}: ${known.name}`] : [];
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
        }
        // The menu gives the focus back to its button first.
        setTimeout(() => {
            text.focus();
            if (!text.isContentEditable) {
                this.type(text, choice);
            }
        });
    }

    /** Types a field into a plain text that has the focus, behind what is selected: the key Tab selects all of it. */
    type(text, { path, expression }) {
        text.setSelectionRange(text.selectionEnd, text.selectionEnd);
        const isCode = text.matches(".o_codeview");
        const inTemplate = isCode ? `<t t-out="${expression}"/>` : placeholder(expression);
        const before = text.value.slice(0, text.selectionStart);
        const space = /[\p{L}\p{N},;:.}]$/u.test(before) ? " " : "";
        const typed = space + (this.props.isTemplate ? inTemplate : placeholder(path));
        // No other way can be undone like what is typed.
        document.execCommand("insertText", false, typed);
        text.dispatchEvent(new Event("change", { bubbles: true }));
    }
}

registry.category("view_widgets").add("chasing_insert_field", {
    component: InsertFieldWidget,
    extractProps: ({ options }) => ({
        field: options.field,
        isTemplate: Boolean(options.template),
        isFilled: Boolean(options.filled),
        values: options.values,
    }),
});
