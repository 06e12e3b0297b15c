// Key figures: value, change against the time before, and the shape behind it; each leads to its events.
import { fill, h } from "../core/dom.js";
import * as format from "../core/format.js";
import { eventsLink } from "../core/links.js";
import { both, RUNS } from "../core/question.js";
import { spark } from "../charts/spark.js";

const LEAST_CHANGE = 0.0005; // less is shown as none

/** `good`: whether more is better; null for neither. `events`: the filters that find the events behind the figure. */
export const FIGURES = [
  { metric: "executions", says: "Executions", unit: "count", good: null, events: { type: RUNS } },
  { metric: "success_rate", says: "Success rate", unit: "ratio", good: true, events: { type: RUNS, status: ["success", "failure"] } },
  { metric: "failures", says: "Failures", unit: "count", good: false, events: { type: RUNS, status: ["failure"] } },
  { metric: "p95", says: "p95 duration", unit: "ms", good: false, events: { type: RUNS, has: ["duration_ms"] } },
  { metric: "active_users", says: "Active users", unit: "count", good: true, events: { has: ["user_id"] } },
  { metric: "tokens_out", also: "tokens_in", says: "Tokens", unit: "tokens", good: null, events: { has: ["tokens_out"] } },
  { metric: "credits", says: "Credits", unit: "credits", good: null, events: { has: ["credits"] } },
  { metric: "cost", says: "Cost", unit: "currency", good: null, events: { has: ["cost"] } },
];

/** The filters of the events behind a metric in a view with these filters; null when there can be none. */
export function eventsBehind(metric, filters) {
  return both(filters, FIGURES.find((figure) => figure.metric === metric).events);
}

export function figuresLoading(host) {
  fill(host, FIGURES.map((figure) => h("div.figure.loading", {}, h("span.label", {}, figure.says), h("span.value", {}, "0"), h("span.change"), h("span.spark"))));
}

/** `shapes`: metric → values over time. `range`, `filters`: of the view. */
export function showFigures(host, summary, shapes, range, filters) {
  const link = (figure) => {
    const behind = eventsBehind(figure.metric, filters);
    return behind && eventsLink({ ...range, ...behind });
  };
  fill(host, FIGURES.map((figure) => card(figure, summary.metrics, shapes, link(figure))));
}

function card(figure, metrics, shapes, href) {
  const { value, change } = metrics[figure.metric];
  const extra = extras(figure, metrics);
  return h(
    "a.figure",
    { href, dataset: { metric: figure.metric }, title: `${figure.says}: ${format.exact(value)}` },
    h("span.label", {}, figure.says),
    h("span.value", { dataset: { value: value ?? "" } }, shown(figure.unit, value), extra && h("small", {}, extra)),
    h("span.change", {}, changed(figure, metrics[figure.metric], change)),
    spark(shapes[figure.metric] ?? []),
  );
}

function shown(unit, value) {
  const text = format.UNITS[unit](value);
  const [, number, rest] = /^([\d.,]+) (ms|s)$/.exec(text) ?? [];
  return number ? [number, h("small", {}, rest)] : text;
}

function extras(figure, metrics) {
  const rate = metrics.error_rate.value;
  if (figure.metric === "failures") return rate === null ? null : ` ${format.percent(rate)}`;
  if (figure.also) return ` out, ${format.compact(metrics[figure.also].value)} in`;
  return null;
}

function changed(figure, { previous }, change) {
  if (change === null) return previous === null ? "" : `before: ${format.UNITS[figure.unit](previous)}`;
  const size = Math.abs(Number(change)) < LEAST_CHANGE ? 0 : Number(change);
  const arrow = size > 0 ? "↑" : size < 0 ? "↓" : "→";
  const good = figure.good === null || size === 0 ? null : size > 0 === figure.good;
  return [
    h("span", { dataset: good === null ? {} : { good: String(good) } }, `${arrow} ${format.change(size)}`),
    h("span.faint", {}, `from ${format.UNITS[figure.unit](previous)}`),
  ];
}
