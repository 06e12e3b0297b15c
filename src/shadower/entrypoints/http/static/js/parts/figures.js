// Key figures: value, change against the time before, and the shape behind it; each leads to its events.
import { fill, h } from "../core/dom.js";
import * as format from "../core/format.js";
import { eventsLink } from "../core/links.js";
import { spark } from "../charts/spark.js";

const LEAST_CHANGE = 0.0005; // less is shown as none

/** `good`: whether more is better; null for neither. `events`: the filter that finds the events behind the figure. */
export const FIGURES = [
  { metric: "executions", says: "Executions", unit: "count", good: null, events: {} },
  { metric: "success_rate", says: "Success rate", unit: "ratio", good: true, events: { status: "success" } },
  { metric: "failures", says: "Failures", unit: "count", good: false, events: { status: "failure" } },
  { metric: "p95", says: "p95 duration", unit: "ms", good: false, events: {} },
  { metric: "active_users", says: "Active users", unit: "count", good: true, events: {} },
  { metric: "tokens_out", also: "tokens_in", says: "Tokens", unit: "tokens", good: null, events: {} },
  { metric: "credits", says: "Credits", unit: "credits", good: null, events: {} },
  { metric: "cost", says: "Cost", unit: "currency", good: null, events: {} },
];

export function figuresLoading(host) {
  fill(host, FIGURES.map((figure) => h("div.figure.loading", {}, h("span.label", {}, figure.says), h("span.value", {}, "0"), h("span.change"), h("span.spark"))));
}

/** `shapes`: metric → values over time. */
export function showFigures(host, summary, shapes, behind) {
  fill(host, FIGURES.map((figure) => card(figure, summary.metrics, shapes, behind)));
}

function card(figure, metrics, shapes, behind) {
  const { value, change } = metrics[figure.metric];
  const extra = extras(figure, metrics);
  return h(
    "a.figure",
    { href: eventsLink({ ...behind, ...figure.events }), dataset: { metric: figure.metric }, title: `${figure.says}: ${format.exact(value)}` },
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
