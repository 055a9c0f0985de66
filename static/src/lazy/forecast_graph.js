import { Domain } from "@web/core/domain";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { groupBy } from "@web/core/utils/arrays";
import { GraphController } from "@web/views/graph/graph_controller";
import { GraphModel } from "@web/views/graph/graph_model";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

import { withBanner } from "../banner/chasing_banner";
import { OUTCOMES, colorOf, imageOf, patternOf } from "./outcome_paint";

const { DateTime } = luxon;

/** [key, value] of a group of a data point, by place or by field. */
const groupsOf = (dataPoint) => JSON.parse(dataPoint.identifier).map((group) => Object.entries(group)[0]);
const outcomeOf = (dataPoint) => groupsOf(dataPoint).find(([spec]) => spec === "outcome")?.[1];

function dayLabel(spec, [iso]) {
    const day = DateTime.fromISO(iso);
    const format = day.hasSame(DateTime.now(), "year") ? "ccc d LLL" : "ccc d LLL y";
    const text = day.toFormat(format);
    return spec === "local_day:week" ? _t("Week of %s", text) : text;
}

/** Always bars, one colour and pattern for each outcome. */
class ForecastGraphModel extends GraphModel {
    _buildMetaData(params) {
        return { ...super._buildMetaData(params), mode: "bar", stacked: true, order: null };
    }

    /** Days and weeks are told as everywhere else, and each point knows its day and its outcome. */
    async _loadDataPoints(metaData) {
        const [dataPoints, ...others] = await super._loadDataPoints(metaData);
        for (const dataPoint of dataPoints) {
            dataPoint.outcome = outcomeOf(dataPoint);
            const [spec, value] = groupsOf(dataPoint)[0] || [];
            if (["local_day:day", "local_day:week"].includes(spec) && value) {
                dataPoint.day = value[0];
                dataPoint.labels[0] = dayLabel(spec, value);
            }
        }
        return [dataPoints, ...others];
    }

    /** A day without any message has its place between the others. */
    _getProcessedDataPoints() {
        const points = super._getProcessedDataPoints();
        if (!points.length || !points.every((point) => point.day)) {
            return points;
        }
        const days = new Set(points.map((point) => point.day));
        const empty = this.dataPoints
            .filter((point) => point.day && !days.has(point.day))
            .map((point) => ({ ...point, labels: [point.labels[0], ...points[0].labels.slice(1)] }));
        const place = (point) => point.day + OUTCOMES.indexOf(point.outcome);
        return [...points, ...empty].sort((one, other) => (place(one) < place(other) ? -1 : 1));
    }

    _getData(dataPoints, forceUseAllDataPoints) {
        const data = super._getData(dataPoints, forceUseAllDataPoints);
        const byLabel = Object.fromEntries(data.datasets.map((dataset) => [dataset.label, dataset]));
        data.days = [];
        for (const point of dataPoints) {
            const dataset = byLabel[this._getDatasetLabel(point)];
            if (dataset) {
                dataset.outcomes ||= [];
                dataset.outcomes[point.labelIndex] = point.outcome;
                dataset.outcome ||= this.metaData.groupBy.length > 1 ? point.outcome : undefined;
            }
            data.days[point.labelIndex] = point.day;
        }
        const order = ({ outcome }) => OUTCOMES.indexOf(outcome);
        data.datasets.sort((one, other) => order(one) - order(other));
        return data;
    }

    /** The table below the chart says the sums. */
    _getLineOverlayDataset() {
        return null;
    }
}

class ForecastGraphRenderer extends GraphRenderer {
    static template = "invoice_chasing.ForecastGraphRenderer";

    paint(dataset, fill) {
        if (dataset.outcome) {
            return fill(dataset.outcome);
        }
        const known = dataset.outcomes?.filter(Boolean) || [];
        return known.length && dataset.outcomes.map((outcome) => outcome && fill(outcome));
    }

    getBarChartData() {
        const data = super.getBarChartData();
        for (const dataset of data.datasets) {
            dataset.backgroundColor = this.paint(dataset, patternOf) || dataset.backgroundColor;
        }
        return data;
    }

    /** Messages are whole. */
    getScaleOptions() {
        const options = super.getScaleOptions();
        const ticks = { ...options.y.ticks, precision: 0, callback: (value) => this.formatValue(value) };
        return { ...options, y: { ...options.y, ticks } };
    }

    /** A tooltip is HTML: it cannot show what a canvas is filled with. */
    getTooltipItems(data, metaData, tooltipModel) {
        const points = [...tooltipModel.dataPoints].sort((one, other) => other.raw - one.raw);
        return super.getTooltipItems(data, metaData, tooltipModel).map((item, place) => {
            const { datasetIndex, dataIndex } = points[place];
            const dataset = data.datasets[datasetIndex];
            return { ...item, boxColor: colorOf(dataset?.outcome || dataset?.outcomes?.[dataIndex]) || item.boxColor };
        });
    }

    // --- the numbers, for whoever does not read them off a chart

    get hasTable() {
        return this.model.hasData() && this.model.data.datasets.length <= OUTCOMES.length;
    }

    get columns() {
        return this.model.data.datasets.map((dataset) => ({
            label: dataset.label,
            image: dataset.outcome && imageOf(dataset.outcome),
        }));
    }

    /** [{label, cells: [{count, domains}], isSum}]: a row for each label, after each week its sum, then that of all. */
    get rows() {
        const { labels, days } = this.model.data;
        const places = [...labels.keys()];
        const rows = places.map((place) => ({ label: labels[place], cells: this.cells([place]) }));
        const sum = { label: this.sumLabel, cells: this.cells(places), isSum: true };
        return [...this.withWeeks(rows, days), sum];
    }

    get sumLabel() {
        const isWeek = this.model.metaData.domain.some((leaf) => leaf[0] === "is_next_week");
        return isWeek ? _t("Next 7 Days") : _t("Total");
    }

    withWeeks(rows, days) {
        if (this.model.metaData.groupBy[0]?.spec !== "local_day:day" || days.length <= 7) {
            return rows;
        }
        const startOfWeek = (place) => DateTime.fromISO(days[place]).startOf("week").toISODate();
        const weeks = Object.entries(groupBy([...days.keys()], startOfWeek));
        return weeks.flatMap(([start, places]) => [
            ...places.map((place) => rows[place]),
            { label: dayLabel("local_day:week", [start]), cells: this.cells(places), isSum: true },
        ]);
    }

    /** A cell for each dataset, and their sum. */
    cells(places) {
        const { datasets } = this.model.data;
        const cells = datasets.map((dataset) => {
            const filled = places.filter((place) => dataset.data[place]);
            return {
                count: filled.reduce((count, place) => count + dataset.data[place], 0),
                domains: filled.map((place) => dataset.domains[place]),
            };
        });
        const count = cells.reduce((total, cell) => total + cell.count, 0);
        return [...cells, { count, domains: cells.flatMap((cell) => cell.domains) }];
    }

    openCell(cell) {
        this.onGraphClickedFinal(Domain.or(cell.domains).toList());
    }
}

registry.category("views").add("chasing_forecast_graph", {
    ...graphView,
    Model: ForecastGraphModel,
    Renderer: ForecastGraphRenderer,
    Controller: withBanner(GraphController, "invoice_chasing.ChasingGraph"),
});
