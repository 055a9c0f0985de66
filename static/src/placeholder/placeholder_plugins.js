import { DYNAMIC_PLACEHOLDER_PLUGINS } from "@html_editor/backend/plugin_sets";
import { Plugin } from "@html_editor/plugin";

import { chip, chips, INSERT, placeholder, show } from "./placeholders";

/** Puts a field where the cursor is, or was, and lets it be undone like what is typed. */
class InsertPlugin extends Plugin {
    static dependencies = ["dom", "history", "selection"];

    setup() {
        let hasCursor = false;
        this.addDomListener(this.editable, "focusin", () => (hasCursor = true));
        this.addDomListener(this.editable, INSERT, ({ detail }) => {
            if (!hasCursor) {
                this.dependencies.selection.setCursorEnd(this.editable.lastElementChild || this.editable);
            }
            this.dependencies.selection.focusEditable();
            this.dependencies.dom.insert(this.make(detail));
            this.dependencies.history.addStep();
        });
    }
}

/** Shows the fields of a person's own text by their names. */
export class ChipPlugin extends InsertPlugin {
    static id = "chasingChip";
    static shared = ["showValues"];
    resources = {
        selectors_for_feff_providers: () => `.o_chasing_chip`,
    };

    make({ path, name }) {
        return chip(placeholder(path), name, this.config.chasingValues()[path], this.document);
    }

    /** Shows what the fields say now: the time or the template may have changed. */
    showValues(names, values) {
        this.dependencies.history.ignoreDOMMutations(() => {
            chips(this.editable).forEach((one) => show(one, names[one.dataset.path], values[one.dataset.path]));
        });
    }
}

/** Puts a field into a template, as Odoo's own dialog does. */
class TemplateFieldPlugin extends InsertPlugin {
    static id = "chasingTemplateField";

    make({ expression }) {
        const element = this.document.createElement("t");
        element.setAttribute("t-out", expression);
        return element;
    }
}

DYNAMIC_PLACEHOLDER_PLUGINS.push(TemplateFieldPlugin);
