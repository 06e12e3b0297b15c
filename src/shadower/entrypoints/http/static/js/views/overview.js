// The overview: asks all its questions about one range, draws the answers, and asks again when the log moved.
import { Chart, legend } from "../charts/chart.js";
import { rowsOf } from "../charts/rows.js";
import { filtersControl } from "../controls/filters.js";
import { timeframeControl } from "../controls/timeframe.js";
import { change, onChange, state } from "../core/address.js";
import { get } from "../core/api.js";
import { byId, fill } from "../core/dom.js";
import * as format from "../core/format.js";
import { failed, fresh } from "../core/freshness.js";
import { eventsLink } from "../core/links.js";
import { shortcut } from "../core/keys.js";
import { calmly, every } from "../core/poll.js";
import { ALL, filtersOf, intervalOf, rangeOf, TIMEFRAMES } from "../core/question.js";
import { startShell } from "../core/shell.js";
import * as time from "../core/time.js";
import { eventsBehind, figuresLoading, FIGURES, showFigures } from "../parts/figures.js";
import { showSnippets, welcome } from "../parts/first-event.js";
import { startTicker } from "../parts/ticker.js";
import { showTop, topQuestion } from "../parts/toplist.js";

const STATUSES = [["Success", "success"], ["Failure", "failure"], ["Cancelled", "cancelled"], ["No status", null]];
const SHAPES = ["executions", "success_rate", "failures", "p50", "p95", "p99", "active_users", "tokens_out", "credits", "cost"];
const SUMMARY = [...new Set([...FIGURES.flatMap(({ metric, also }) => [metric, also ?? metric]), "error_rate"])];
const TOPS = ["agent_id", "model", "user_id"];
const CALM_MS = 2500; // at least this long between two looks at the numbers, however fast events come

startShell();
const timeframe = timeframeControl(byId("timeframe"), { interval: true, compare: true });
filtersControl(byId("filters"));
const charts = Object.fromEntries(
  ["executions", "duration", "success_rate", "credits", "cost"].map((name) => [
    name,
    new Chart(document.querySelector(`[data-chart=${name}]`), name, { pick: (bucket) => pick(name, bucket), empty: `No ${name === "executions" || name === "duration" || name === "success_rate" ? "executions" : name} in this time` }),
  ]),
);
for (const element of document.querySelectorAll("[data-legend]")) {
  const name = element.dataset.legend;
  legend(element, name, name === "duration" ? ".line" : "");
}
figuresLoading(byId("figures"));
byId("send-one").addEventListener("click", showSnippets);
TIMEFRAMES.forEach((name, i) => shortcut(String(i + 1), `Last ${name}`, () => change({ timeframe: name, from: null, to: null })));
shortcut("c", "Compare with the time before", () => change({ compare: state().get("compare") ? null : "previous" }));

let asked = 0;

async function look() {
  const mine = ++asked;
  const now = state();
  const range = rangeOf(now);
  const common = { ...range, ...filtersOf(now) };
  const comparable = range.timeframe !== ALL; // nothing was before all time
  const over = { ...common, interval: intervalOf(now), compare: comparable && now.get("compare") ? "previous" : null };
  try {
    const [summary, shapes, statuses, ...tops] = await Promise.all([
      get("/metrics/summary", { ...common, metric: SUMMARY, compare: comparable ? "previous" : null }),
      get("/metrics/timeseries", { ...over, metric: SHAPES }),
      get("/metrics/timeseries", { ...over, metric: "executions", group_by: "status" }),
      ...TOPS.map((by) => get("/metrics/breakdown", { ...common, ...topQuestion(by) })),
    ]);
    if (mine !== asked) return;
    time.useZone(summary.time_zone);
    byId("dashboard").classList.toggle("compared", over.compare !== null);
    show(now, summary, shapes, statuses, tops);
    const answers = [summary, shapes, statuses, ...tops];
    const reason = answers.find((answer) => answer.reason)?.reason ?? null;
    fresh("numbers", { degraded: answers.some((answer) => answer.degraded), reason });
  } catch (error) {
    if (mine !== asked) return;
    failed("numbers", error, numbers.now);
    throw error;
  }
}

function show(now, summary, shapes, statuses, tops) {
  const open = !now.get("to");
  timeframe.say(`${time.weekday(summary.from)}, ${time.minute(summary.from)} – ${open ? "now" : `${time.weekday(summary.to)}, ${time.minute(summary.to)}`} · ${summary.time_zone}`);
  const range = rangeOf(now).timeframe ? { timeframe: now.get("timeframe") } : rangeOf(now);
  const values = Object.fromEntries(shapes.series.map((series) => [series.metric, series.points.map((point) => point.value)]));
  showFigures(byId("figures"), summary, values, range, filtersOf(now));
  const metric = (name) => (series) => series.metric === name;
  const draw = (name, answer, wanted, extra) => charts[name].show(rowsOf(answer, wanted, { width: charts[name].width, ...extra }));
  draw(
    "executions",
    statuses,
    STATUSES.map(([title, status]) => ({ title, of: (series) => series.group.status === status, format: format.count })),
    { earlier: before(shapes, "executions", format.count) },
  );
  draw("duration", shapes, ["p50", "p95", "p99"].map((name) => ({ title: name, of: metric(name), format: format.duration })), {
    band: ["p50", "p99"],
    earlier: before(shapes, "p95", format.duration),
  });
  for (const [name, title, unit] of [["success_rate", "Success rate", "ratio"], ["credits", "Credits", "credits"], ["cost", "Cost", "currency"]]) {
    draw(name, shapes, [{ title, of: metric(name), format: unit === "ratio" ? (v) => format.percent(v, 2) : format.exact }], { earlier: before(shapes, name, format.UNITS[unit]) });
  }
  TOPS.forEach((by, i) => showTop(document.querySelector(`[data-top=${by}]`), tops[i], range, filtersOf(now)));
}

/** The previous period of one metric, to lay under the current one. */
function before(answer, name, say) {
  const series = answer.previous?.series.find((one) => one.metric === name);
  return series ? { points: series.points, format: say } : null;
}

function pick(chart, bucket) {
  const instant = (at) => new Date(at).toISOString();
  const behind = eventsBehind(chart === "duration" ? "p95" : chart, filtersOf(state()));
  if (behind) location.assign(eventsLink({ ...behind, from: instant(bucket.since), to: instant(bucket.until) }));
}

/** Metrics outlive events that retention has removed. When nobody can tell, the numbers will say what is wrong. */
function hadEvents() {
  return get("/retention").then((retention) => retention.removed_events > 0, () => true);
}

async function onNews(none) {
  const empty = none && !(await hadEvents());
  byId("dashboard").hidden = empty;
  byId("welcome").hidden = !empty;
  if (empty) return fill(byId("welcome"), welcome());
  return hurry();
}

const numbers = every(10_000, look);
const hurry = calmly(CALM_MS, numbers.now);
const ticker = startTicker(byId("ticker"), (_news, { empty }) => onNews(empty), () => filtersOf(state()));
onChange(() => (numbers.now(), ticker.anew()));
