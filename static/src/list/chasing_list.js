import { registry } from "@web/core/registry";
import { CalendarController } from "@web/views/calendar/calendar_controller";
import { calendarView } from "@web/views/calendar/calendar_view";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";

import { withBanner } from "../banner/chasing_banner";
import { ChasingHelper } from "./chasing_helper";

const withHelper = (Renderer) =>
    class extends Renderer {
        static components = { ...Renderer.components, ActionHelper: ChasingHelper };
    };

class ChasingCalendarController extends CalendarController {
    /** A click leads to the invoice, as it does in the list and in the kanban. */
    async editRecord(record) {
        this.action.doAction(await this.orm.call(this.model.resModel, "action_open_invoice", [record.id]));
    }
}

const views = registry.category("views");
views.add("chasing_list", {
    ...listView,
    Controller: withBanner(ListController, "invoice_chasing.ChasingList"),
    Renderer: withHelper(ListRenderer),
});
views.add("chasing_kanban", {
    ...kanbanView,
    Controller: withBanner(KanbanController, "invoice_chasing.ChasingKanban"),
    Renderer: withHelper(KanbanRenderer),
});
views.add("chasing_calendar", {
    ...calendarView,
    Controller: withBanner(ChasingCalendarController, "invoice_chasing.ChasingCalendar"),
});
