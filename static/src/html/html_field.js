import { htmlField, HtmlField } from "@html_editor/fields/html_field";
import { TabulationPlugin } from "@html_editor/main/tabulation_plugin";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";

import { markup, onWillStart } from "@odoo/owl";

import { ChipPlugin } from "../placeholder/placeholder_plugins";
import { withChips, withoutChips } from "../placeholder/placeholders";

/** Leaves the key Tab to the browser: who writes by keyboard alone could not go on otherwise (WCAG 2.1.2). */
class TabGoesOnPlugin extends TabulationPlugin {
    constructor(...args) {
        super(...args);
        this.resources = { ...this.resources, shortcuts: [] };
    }
}

/** The text of a message, in which people see the fields of the invoice by their names, or by what they say. */
export class ChasingHtmlField extends HtmlField {
    static props = { ...HtmlField.props, fieldValues: { type: String, optional: true } };

    setup() {
        super.setup();
        const fields = useService("chasing_fields");
        onWillStart(async () => {
            this.names = Object.fromEntries((await fields()).map(({ path, name }) => [path, name]));
        });
        useRecordObserver(() => {
            const values = this.fieldValues;
            this.editor?.shared.chasingChip?.showValues(this.names, values);
        });
    }

    get fieldValues() {
        return this.props.record.data[this.props.fieldValues] || {};
    }

    get value() {
        return markup(withChips(super.value.toString(), this.names, this.fieldValues));
    }

    updateValue(value) {
        return super.updateValue(withoutChips(value));
    }

    getConfig() {
        const config = super.getConfig();
        const Plugins = config.Plugins.map((plugin) => (plugin.id === TabulationPlugin.id ? TabGoesOnPlugin : plugin));
        return {
            ...config,
            Plugins: [...Plugins, ChipPlugin],
            chasingValues: () => this.fieldValues,
            onEditorReady: () => this.giveName(),
        };
    }

    /** Names the text for whoever does not see it, and lets a click on its label lead there (WCAG 1.3.1, 4.1.2). */
    giveName() {
        const { editable } = this.editor;
        const { id, name, record } = this.props;
        const label = id && document.querySelector(`label[for="${CSS.escape(id)}"]`);
        editable.setAttribute("role", "textbox");
        editable.setAttribute("aria-multiline", "true");
        editable.setAttribute("aria-label", record.fields[name].string);
        if (label) {
            label.onclick = () => editable.focus();
        }
    }
}

registry.category("fields").add("chasing_html", {
    ...htmlField,
    component: ChasingHtmlField,
    displayName: _t("Text of a Message"),
    additionalClasses: ["o_field_html"],
    extractProps(info, dynamicInfo) {
        return { ...htmlField.extractProps(info, dynamicInfo), fieldValues: info.options.values };
    },
});
