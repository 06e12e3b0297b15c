// What makes jobs by itself: when it did last, and when it will next.
import { fill, h } from "../core/dom.js";
import { jobsLink } from "../core/links.js";
import * as time from "../core/time.js";
import { dot } from "./job-words.js";

const MISSED = { skip: "are skipped", last: "the last is run", all: "all are run" };
const HEADS = ["Schedule", "Due", "By the clock of", "Missed slots", "Last", "Next"];

export function showSchedules(host, all) {
  if (!all.length) return fill(host, h("p.empty", {}, "Nothing is done by itself"));
  const heads = HEADS.map((says) => h("th", { scope: "col" }, says));
  return fill(host, h("div.scroll-x", {}, h("table.table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, all.map(row)))));
}

function row(one) {
  const last = one.last_at && [one.last_state && dot(one.last_state), " ", h("time", { datetime: one.last_at, title: time.stamp(one.last_at) }, time.ago(one.last_at)), one.last_state && h("span.muted", {}, ` ${one.last_state}`)];
  return h(
    "tr",
    {},
    h("td", {}, one.name, " ", h("a.link.mono", { href: jobsLink(one.kind) }, one.kind)),
    h("td.mono", {}, one.cron),
    h("td", {}, one.system ? "UTC" : one.time_zone),
    h("td.muted", {}, MISSED[one.missed]),
    h("td", {}, last ?? h("span.faint", {}, "never")),
    h("td", {}, h("time", { datetime: one.next_at, title: time.stamp(one.next_at) }, time.ahead(one.next_at))),
  );
}
