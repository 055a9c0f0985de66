import { _t } from "@web/core/l10n/translation";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, onWillStart, useState } from "@odoo/owl";

import { ChasingBanner } from "../banner/chasing_banner";
import { ChasingParts } from "../banner/chasing_parts";
import { InPlace } from "./in_place";

/** The morning queue: what waits for approval, what is to be put right, what no reminder moved; each solved in place. */
export class ChasingToDo extends Component {
    static template = "invoice_chasing.ToDo";
    static components = { ChasingBanner, ChasingParts, Dropdown, DropdownItem, InPlace, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ mine: this.props.state?.mine ?? null, can_act: false, sections: [], chased: [], loads: 0 });
        useSetupAction({ getLocalState: () => ({ mine: this.state.mine }) });
        onWillStart(() => this.load());
    }

    async load() {
        Object.assign(this.state, await this.orm.call("chasing.to.do", "get_queue", [this.state.mine]));
        this.state.loads += 1;
    }

    choose(mine) {
        this.state.mine = mine;
        return this.load();
    }

    /** Follow what the server answers, and read the queue again once that is over. */
    follow(answer) {
        return answer?.type ? this.action.doAction(answer, { onClose: () => this.load() }) : this.load();
    }

    async call(model, method, args) {
        const context = { chasing_mine: this.state.mine };
        return this.follow(await this.orm.call(model, method, args, { context }));
    }

    onStep(row, act) {
        return this.call("chasing.step", "action_act", [[row.id], act]);
    }

    onExplain(row) {
        return this.call("chasing.step", "action_explain", [[row.id]]);
    }

    onPreview(row) {
        return this.call("chasing.step", "action_preview", [[row.id]]);
    }

    onFix(row) {
        return this.call("chasing.step", "action_fix", [[row.id]]);
    }

    onCause(row, method, ...args) {
        return this.call("chasing.failure.cause", method, [[row.id], ...args]);
    }

    onDismiss(row) {
        return this.onCause(row, "action_dismiss");
    }

    onExpired(row, act) {
        return this.call("chasing.schedule", "action_ask", [[row.id], act]);
    }

    onInvoice(row) {
        return this.call("chasing.schedule", "action_open_invoice", [[row.schedule_id]]);
    }

    onAll(section) {
        return this.call("chasing.to.do", "action_open_all", [section.name, this.state.mine]);
    }

    onList() {
        return this.action.doAction("invoice_chasing.chasing_step_action");
    }

    onApproveAll() {
        return this.call("chasing.to.do", "action_ask_all", [this.state.mine]);
    }

    stepActs(row) {
        return this.offered(row, [
            ["reschedule", _t("Reschedule")],
            ["skip", _t("Skip")],
        ]);
    }

    expiredActs(row) {
        return this.offered(row, [
            ["change_cadence", _t("Change Cadence")],
            ["write_off", _t("Write Off")],
            ["cancel", _t("Cancel Chasing")],
        ]);
    }

    offered(row, acts) {
        return acts.filter(([act]) => row.acts.includes(act)).map(([act, label]) => ({ act, label }));
    }
}

registry.category("actions").add("chasing_to_do", ChasingToDo);
