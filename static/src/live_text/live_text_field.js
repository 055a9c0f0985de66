import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useDebounced } from "@web/core/utils/timing";
import { TextField, textField } from "@web/views/fields/text/text_field";

import { onMounted } from "@odoo/owl";

const DELAY = 500;

/** A text of which the form tells how long it is while it is typed. */
export class LiveTextField extends TextField {
    setup() {
        super.setup();
        const tell = useDebounced(() => {
            this.textareaRef.el?.dispatchEvent(new Event("change", { bubbles: true }));
        }, DELAY);
        onMounted(() => this.textareaRef.el?.addEventListener("input", () => tell()));
    }
}

registry.category("fields").add("chasing_live_text", {
    ...textField,
    component: LiveTextField,
    displayName: _t("Text with Its Length"),
    supportedTypes: ["char", "text"],
});
