// The top of a dimension as a table: each row a bar of its share, its numbers leading to the events behind them.
import { change } from "../core/address.js";
import { fill, h } from "../core/dom.js";
import * as format from "../core/format.js";
import { eventsLink } from "../core/links.js";

const METRICS = ["executions", "success_rate", "p95", "cost"];

export function topQuestion(by) {
  return { by, metric: METRICS, order: "-executions", limit: 8 };
}

/** `behind`: the parameters of the events behind the whole view. */
export function showTop(host, answer, behind) {
  const rows = answer.rows.filter((row) => Number(row.values.executions) > 0);
  if (!rows.length) return fill(host, h("p.empty", {}, "No executions in this time"));
  const most = Math.max(...rows.map((row) => Number(row.values.executions)));
  return fill(
    host,
    h(
      "table.table.top",
      {},
      h("thead", {}, h("tr", {}, h("th", {}, ""), h("th.number", {}, "Runs"), h("th.number", {}, "Success"), h("th.number", {}, "p95"), h("th.number", {}, "Cost"))),
      h("tbody", {}, rows.map((row) => line(answer.by, row, most, behind)), answer.other && rest(answer.other)),
    ),
  );
}

function line(by, row, most, behind) {
  const bar = h("span.bar-fill", { style: { width: `${(100 * Number(row.values.executions)) / most}%` } });
  const name =
    row.key === null
      ? h("span.name.faint", {}, "not given")
      : h("button.name.clip", { type: "button", title: `Filter by ${row.key}`, onclick: () => change({ [by]: row.key }) }, row.key);
  const runs = format.count(row.values.executions);
  return h(
    "tr",
    {},
    h("td.named", {}, bar, name),
    h("td.number", {}, row.key === null ? runs : h("a.link", { href: eventsLink({ ...behind, [by]: row.key }) }, runs)),
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
