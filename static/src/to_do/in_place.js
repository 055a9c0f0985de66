import { useService } from "@web/core/utils/hooks";

import { Component, onWillStart, useState } from "@odoo/owl";

/** The fields of a contact in which a cause is put right, where it is told; Enter saves. */
export class InPlace extends Component {
    static template = "invoice_chasing.InPlace";
    static props = { inputs: Array, name: String, save: Function };

    setup() {
        this.orm = useService("orm");
        this.values = useState(Object.fromEntries(this.props.inputs.map(({ name, value }) => [name, value || ""])));
        this.countries = useState([]);
        onWillStart(async () => {
            if (this.props.inputs.some((input) => input.type === "many2one")) {
                this.countries.push(...(await this.orm.searchRead("res.country", [], ["name"])));
            }
        });
    }

    type(input) {
        return input.name === "phone" ? "tel" : "text";
    }

    onSubmit() {
        const values = { ...this.values };
        for (const input of this.props.inputs) {
            if (input.type === "many2one") {
                values[input.name] = Number(values[input.name]) || false;
            }
        }
        return this.props.save(values);
    }
}
