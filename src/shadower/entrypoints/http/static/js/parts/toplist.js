// The top of a dimension as a table: each row a bar of its share, its numbers leading to the events behind them.
import { change, state } from "../core/address.js";
import { fill, h } from "../core/dom.js";
import * as format from "../core/format.js";
import { eventsLink } from "../core/links.js";
import { filtersOf, narrowed } from "../core/question.js";
import { eventsBehind } from "./figures.js";

const METRICS = ["executions", "success_rate", "p95", "cost"];

export function topQuestion(by) {
  return { by, metric: METRICS, order: "-executions", limit: 8 };
}

/** `range`, `filters`: of the view. */
export function showTop(host, answer, range, filters) {
  const rows = answer.rows.filter((row) => Number(row.values.executions) > 0);
  if (!rows.length) return fill(host, h("p.empty", {}, "No executions in this time"));
  const most = Math.max(...rows.map((row) => Number(row.values.executions)));
  return fill(
    host,
    h(
      "table.table.top",
      {},
      h("thead", {}, h("tr", {}, h("th", {}, ""), h("th.number", {}, "Runs"), h("th.number", {}, "Success"), h("th.number", {}, "p95"), h("th.number", {}, "Cost"))),
      h("tbody", {}, rows.map((row) => line(answer.by, row, most, range, filters)), answer.other && rest(answer.other)),
    ),
  );
}

function line(by, row, most, range, filters) {
  const bar = h("span.bar-fill", { style: { width: `${(100 * Number(row.values.executions)) / most}%` } });
  const says = row.key ?? "not given";
  const narrow = () => change(narrowed(filtersOf(state()), by, row.key));
  const name = h(row.key === null ? "button.name.clip.faint" : "button.name.clip", { type: "button", title: `Filter by ${says}`, onclick: narrow }, says);
  const behind = eventsBehind("executions", narrowed(filters, by, row.key));
  return h(
    "tr",
    {},
    h("td.named", {}, bar, name),
    h("td.number", {}, h("a.link", { href: eventsLink({ ...range, ...behind }) }, format.count(row.values.executions))),
    h("td.number", {}, format.percent(row.values.success_rate)),
    h("td.number", {}, format.duration(row.values.p95)),
    h("td.number", { title: format.exact(row.values.cost) }, format.amount(row.values.cost)),
  );
}

function rest(other) {
  return h(
    "tr.rest",
    {},
    h("td.named", {}, h("span.name", {}, "All others")),
    h("td.number", {}, format.count(other.values.executions)),
    h("td.number", {}, format.percent(other.values.success_rate)),
    h("td.number", {}, format.duration(other.values.p95)),
    h("td.number", { title: format.exact(other.values.cost) }, format.amount(other.values.cost)),
  );
}
