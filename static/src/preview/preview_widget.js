import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { RecordSelector } from "@web/core/record_selectors/record_selector";
import { useOwnedDialogs, useService } from "@web/core/utils/hooks";
import { KeepLast } from "@web/core/utils/concurrency";
import { useDebounced } from "@web/core/utils/timing";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, useState } from "@odoo/owl";

const DELAY = 400;
const TOLD = ["trigger", "days", "hour", "repeat_count", "subject", "body", "sms_text", "consequence", "message_kind"];

/** What the message of a step says in each channel, as the form stands: nothing is saved, nothing is sent. */
export class ChasingPreview extends Component {
    static template = "invoice_chasing.Preview";
    static components = { RecordSelector };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.addDialog = useOwnedDialogs();
        this.keepLast = new KeepLast();
        this.state = useState({ lang: false, move: false, shown: { langs: [], parts: [] } });
        const loadSoon = useDebounced(() => this.load(), DELAY);
        let isFirst = true;
        useRecordObserver((record) => {
            // What is read here is what is watched.
            this.values(record);
            const loaded = isFirst ? this.load() : loadSoon();
            isFirst = false;
            return loaded;
        });
    }

    /** The line as the form stands, as the server takes it. */
    values(record) {
        const names = Object.keys(record.data).filter(
            (name) => TOLD.includes(name) || name.startsWith("channel_") || name.endsWith("_template_id")
        );
        const { tone_id: tone } = record.evalContext.parent || {};
        return { ...Object.fromEntries(names.map((name) => [name, this.plain(record.data[name])])), tone_id: tone || false };
    }

    plain(value) {
        if (value && typeof value === "object") {
            return "id" in value ? value.id : value.toString();
        }
        return value;
    }

    async load() {
        const { record } = this.props;
        const { company_id: company, sample_move_id: move } = record.evalContext.parent || {};
        const args = [this.values(record), company || false, this.state.move || move || false, this.state.lang];
        this.state.shown = await this.keepLast.add(this.orm.call("chasing.preview", "get_preview", args));
    }

    choose(ev) {
        this.state.lang = ev.target.value;
        return this.load();
    }

    /** The invoices on which a line can be shown: those of the cadence's company and its branches. */
    get invoices() {
        const { company_id: company } = this.props.record.evalContext.parent || {};
        const ofCompany = company ? [["company_id", "child_of", company]] : [];
        return [["move_type", "=", "out_invoice"], ["state", "=", "posted"], ...ofCompany];
    }

    chooseInvoice(move) {
        this.state.move = move;
        return this.load();
    }

    editTitle(template) {
        return template.is_editable ? _t("Edit Template") : _t("Open Template");
    }

    edit({ model, id, name }) {
        this.addDialog(FormViewDialog, {
            resModel: model,
            resId: id,
            title: name,
            canExpand: false,
            onRecordSaved: () => this.load(),
        });
    }
}

registry.category("view_widgets").add("chasing_preview", {
    component: ChasingPreview,
});
