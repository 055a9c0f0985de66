import { registry } from "@web/core/registry";
import { BinaryField, binaryField } from "@web/views/fields/binary/binary_field";

import { useEffect, useRef } from "@odoo/owl";

/** Odoo's field for a file, whose button can be reached by keyboard, and which keeps the focus once a file is chosen. */
export class FileField extends BinaryField {
    static template = "invoice_chasing.FileField";

    setup() {
        super.setup();
        this.chosen = useRef("chosen");
        this.isChanged = false;
        useEffect(() => {
            if (this.isChanged && this.chosen.el) {
                this.chosen.el.querySelector(".o_select_file_button").focus();
            }
            this.isChanged = false;
        });
    }

    update(file) {
        this.isChanged = true;
        return super.update(file);
    }
}

registry.category("fields").add("chasing_file", { ...binaryField, component: FileField });
