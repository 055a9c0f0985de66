import { DYNAMIC_PLACEHOLDER_PLUGINS } from "@html_editor/backend/plugin_sets";
import { Plugin } from "@html_editor/plugin";
import { closestElement } from "@html_editor/utils/dom_traversal";
import { rightPos } from "@html_editor/utils/position";

import { chip, chips, INSERT, placeholder, show } from "./placeholders";

const FIELDS = ".o_chasing_chip, [t-out]";
const LABEL = "data-chasing-name";

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
            this.leave(this.dependencies.selection.getEditableSelection().anchorNode);
            this.dependencies.dom.insert(this.make(detail));
            this.dependencies.history.addStep();
        });
    }

    /** Puts the cursor behind the field in which it is, if it is in one. */
    leave(node) {
        const field = closestElement(node, FIELDS);
        if (field && this.editable.contains(field)) {
            const [anchorNode, anchorOffset] = rightPos(field);
            this.dependencies.selection.setSelection({ anchorNode, anchorOffset });
        }
    }
}

/** Shows the fields of a person's own text by their names. */
export class ChipPlugin extends InsertPlugin {
    static id = "chasingChip";
    static shared = ["showValues"];
    resources = {
        selectors_for_feff_providers: () => ".o_chasing_chip",
    };

    setup() {
        super.setup();
        // Nobody can type within a field.
        this.addDomListener(this.editable, "click", ({ target }) => this.leave(target));
    }

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
    resources = {
        normalize_handlers: (root) => this.label(root),
        clean_for_save_handlers: ({ root }) => this.labelled(root).forEach((one) => one.removeAttribute(LABEL)),
        system_attributes: [LABEL],
    };

    setup() {
        super.setup();
        this.names = {};
        if (this.config.dynamicPlaceholderResModel === "account.move") {
            this.services.chasing_fields().then((fields) => {
                this.names = Object.fromEntries(fields.map(({ expression, name }) => [expression, name]));
                this.dependencies.history.ignoreDOMMutations(() => this.label(this.editable));
            });
        }
    }

    /** Names the fields that show no example. */
    label(root) {
        for (const element of root.querySelectorAll("[t-out]")) {
            const name = this.names[element.getAttribute("t-out").replace(/ or ''$/, "")];
            name && element.setAttribute(LABEL, name);
        }
    }

    labelled(root) {
        return root.querySelectorAll(`[${LABEL}]`);
    }

    make({ expression }) {
        const element = this.document.createElement("t");
        element.setAttribute("t-out", expression);
        return element;
    }
}

DYNAMIC_PLACEHOLDER_PLUGINS.push(TemplateFieldPlugin);
