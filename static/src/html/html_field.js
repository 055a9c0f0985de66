import { htmlField, HtmlField } from "@html_editor/fields/html_field";
import { TabulationPlugin } from "@html_editor/main/tabulation_plugin";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** Leaves the key Tab to the browser: who writes by keyboard alone could not go on otherwise (WCAG 2.1.2). */
class TabGoesOnPlugin extends TabulationPlugin {
    constructor(...args) {
        super(...args);
        this.resources = { ...this.resources, shortcuts: [] };
    }
}

/** The text of a message. */
export class ChasingHtmlField extends HtmlField {
    getConfig() {
        const config = super.getConfig();
        const Plugins = config.Plugins.map((plugin) => (plugin.id === TabulationPlugin.id ? TabGoesOnPlugin : plugin));
        return { ...config, Plugins, onEditorReady: () => this.giveName() };
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
});
