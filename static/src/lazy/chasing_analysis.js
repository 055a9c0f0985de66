import { registry } from "@web/core/registry";
import { GraphController } from "@web/views/graph/graph_controller";
import { graphView } from "@web/views/graph/graph_view";
import { PivotController } from "@web/views/pivot/pivot_controller";
import { pivotView } from "@web/views/pivot/pivot_view";

import { withBanner } from "../banner/chasing_banner";

const views = registry.category("views");
views.add("chasing_pivot", {
    ...pivotView,
    Controller: withBanner(PivotController, "invoice_chasing.ChasingPivot"),
});
views.add("chasing_graph", {
    ...graphView,
    Controller: withBanner(GraphController, "invoice_chasing.ChasingGraph"),
});
