import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { x2ManyField, X2ManyField } from "@web/views/fields/x2many/x2many_field";

import { Component, useSubEnv } from "@odoo/owl";

/** The lines of a grid of steps, each of which opens in a dialog that shows all of it, saved or not. */
export class StepLinesField extends X2ManyField {
    setup() {
        super.setup();
        useSubEnv({ openChasingLine: (record) => this.openLine(record) });
    }

    async openLine(record) {
        if (await this.list.leaveEditMode({ canAbandon: false })) {
            this.openDialog(record, record.data.step_label);
        }
    }

    openDialog(record, title) {
        const { context, readonly } = this.props;
        this._openRecord(record ? { record, context, readonly, title } : { context, title });
    }

    openRecord(record) {
        return this.canOpenRecord ? this.openDialog(record, record.data.step_label) : undefined;
    }

    onAdd(params = {}) {
        return this.props.viewMode === "kanban" ? this.openDialog(null, _t("Add Step")) : super.onAdd(params);
    }
}

registry.category("fields").add("chasing_step_lines", {
    ...x2ManyField,
    component: StepLinesField,
    displayName: _t("Steps"),
});

/** What a step says, in words, and the pencil that opens it. */
export class MessageField extends Component {
    static template = "invoice_chasing.MessageField";
    static props = { ...standardFieldProps };

    get text() {
        return this.props.record.data[this.props.name];
    }

    get title() {
        const { record } = this.props;
        const verb = record.model.root.isInEdition ? _t("Edit Message") : _t("Preview Message");
        return [verb, record.data.step_label].filter(Boolean).join(", ");
    }

    open() {
        this.env.openChasingLine(this.props.record);
    }

    /** Keep from the list what presses the button: Enter would edit the line. */
    onKeydown(ev) {
        if (["Enter", " "].includes(ev.key)) {
            ev.stopPropagation();
        }
    }
}

registry.category("fields").add("chasing_message", {
    component: MessageField,
    displayName: _t("Message"),
    supportedTypes: ["char"],
    fieldDependencies: [{ name: "step_label", type: "char" }],
});
