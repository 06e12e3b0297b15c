// The explorer: any combination of filters, newest or oldest first, page by page, new events joining at the top.
import { Chart } from "../charts/chart.js";
import { rowsOf } from "../charts/rows.js";
import { filtersControl } from "../controls/filters.js";
import { timeframeControl } from "../controls/timeframe.js";
import { change, onChange, state } from "../core/address.js";
import { get } from "../core/api.js";
import { byId, fill, h } from "../core/dom.js";
import * as format from "../core/format.js";
import { failed, fresh, settle } from "../core/freshness.js";
import { listen } from "../core/live.js";
import { calmly, every } from "../core/poll.js";
import { boundsOf, filtersOf, intervalOf, rangeOf } from "../core/question.js";
import { startShell } from "../core/shell.js";
import * as time from "../core/time.js";
import { EventTable } from "../parts/event-table.js";
import { openEvents } from "../parts/open-event.js";

const PAGE = 50;
const NEWER_MS = 600;
const CALM_MS = 4000;

startShell();
timeframeControl(byId("timeframe"));
filtersControl(byId("filters"));
const table = new EventTable(byId("events"), (id) => explorer.open(id));
const explorer = openEvents(table, byId("detail"), byId("explorer"));
const histogram = new Chart(document.querySelector("[data-chart=events]"), "events", { pick: zoom, empty: "No events in this time" });
byId("order").addEventListener("change", (event) => change({ order: event.target.value === "newest" ? null : event.target.value }));

let asked = 0;
let shown = null; // the question the table answers, without `event`
let cursor = null;
let countedAt = 0;

function question() {
  const now = state();
  return { ...filtersOf(now), ...boundsOf(now), order: now.get("order") === "oldest" ? "oldest" : "newest" };
}

function key() {
  const now = state();
  now.delete("event");
  return now.toString();
}

async function load() {
  const mine = ++asked;
  shown = key();
  cursor = null;
  byId("order").value = question().order;
  table.loading();
  fill(byId("more"));
  try {
    const page = await get("/events", { ...question(), limit: PAGE });
    if (mine !== asked) return;
    table.replace(page.items);
    if (!page.items.length) nothing();
    else more(page);
    explorer.follow();
    fresh("events");
  } catch (problem) {
    if (mine !== asked) return;
    table.say(h("strong", {}, problem.title), h("span", {}, problem.detail || problem.message), h("button.button", { type: "button", onclick: load }, "Try again"));
    if (!problem.status || problem.status >= 500) failed("events", problem, load);
  }
}

function nothing() {
  const filtered = Object.keys(filtersOf(state())).length > 0;
  table.say(
    h("strong", {}, "No events here"),
    h("span", {}, filtered ? "None match these filters in this time." : "None occurred in this time."),
    h("button.button.small", { type: "button", onclick: () => change({ timeframe: "all", from: null, to: null }) }, "Search all time"),
  );
}

function more(page) {
  cursor = page.next_cursor;
  if (!cursor) return fill(byId("more"), `${format.plural(table.size, "event")}, all that match`);
  return fill(byId("more"), h("button.button", { type: "button", onclick: next }, "Load more"));
}

async function next() {
  const mine = asked;
  fill(byId("more"), "Loading…");
  try {
    const page = await get("/events", { ...question(), limit: PAGE, cursor });
    if (mine !== asked) return;
    table.append(page.items);
    more(page);
  } catch (problem) {
    fill(byId("more"), h("span.bad", {}, `${problem.detail || problem.message} `), h("button.button.small", { type: "button", onclick: next }, "Try again"));
  }
}

/** What came in since: put on top while the reader is at the top, otherwise offered. */
async function lookForNewer() {
  const wanted = question();
  if (wanted.order !== "newest" || wanted.to || shown === null) return;
  const mine = asked;
  try {
    const { items } = await get("/events", { ...wanted, limit: PAGE });
    if (mine !== asked) return;
    fresh("events");
    const news = table.unknown(items);
    if (!news.length) return;
    if (news.length === items.length) await load(); // a burst, or the first events: start over rather than leave a gap
    else if (scrollY < 240) table.prepend(news);
    else offer(news.length);
    if (Date.now() - countedAt > CALM_MS) counts.now();
  } catch (problem) {
    if (mine === asked) failed("events", problem, newer);
  }
}

function offer(number) {
  byId("newer").hidden = false;
  byId("newer").textContent = `${format.plural(number, "newer event")} · show`;
}

byId("newer").addEventListener("click", () => {
  byId("newer").hidden = true;
  scrollTo({ top: 0 });
  newer();
});

async function count() {
  const mine = asked;
  countedAt = Date.now();
  const now = state();
  const { order: _order, ...wanted } = question();
  try {
    const [totals, series] = await Promise.all([
      get("/events/statistics", wanted),
      get("/metrics/timeseries", { ...filtersOf(now), ...rangeOf(now), metric: "events", interval: intervalOf(now) }),
    ]);
    if (mine !== asked) return;
    time.useZone(totals.time_zone);
    say(totals);
    await histogram.show(rowsOf(series, [{ title: "Events", of: () => true, format: format.count }], { width: histogram.width }));
    settle("counts");
  } catch (problem) {
    if (mine === asked) failed("counts", problem, counts.now);
    throw problem;
  }
}

function say(totals) {
  byId("statistics").textContent = [
    format.plural(totals.events, "event"),
    format.plural(totals.users, "user"),
    format.plural(totals.agents, "agent"),
    format.plural(totals.sessions, "session"),
  ].join(" · ");
}

function zoom(bucket) {
  change({ from: new Date(bucket.since).toISOString(), to: new Date(bucket.until).toISOString(), timeframe: null });
}

onChange(() => {
  if (key() === shown) return explorer.follow();
  load();
  live.ask();
  return counts.now();
});
load();
const newer = calmly(NEWER_MS, lookForNewer);
const arrivals = () => [{ id: "arrivals", topic: "events", parameters: filtersOf(state()) }];
const live = listen(arrivals, { anew: () => shown !== null && newer(), events: newer });
const counts = every(15_000, count);
