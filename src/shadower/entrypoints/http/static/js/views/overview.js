// The overview: has all its questions about one range answered as events come in, and draws the answers.
import { Chart, legend } from "../charts/chart.js";
import { rowsOf } from "../charts/rows.js";
import { filtersControl } from "../controls/filters.js";
import { timeframeControl } from "../controls/timeframe.js";
import { change, onChange, state } from "../core/address.js";
import { get } from "../core/api.js";
import { byId, fill } from "../core/dom.js";
import * as format from "../core/format.js";
import { failed, fresh } from "../core/freshness.js";
import { listen } from "../core/live.js";
import { eventsLink } from "../core/links.js";
import { shortcut } from "../core/keys.js";
import { calmly } from "../core/poll.js";
import { ALL, filtersOf, intervalOf, rangeOf, TIMEFRAMES } from "../core/question.js";
import { startShell } from "../core/shell.js";
import * as time from "../core/time.js";
import { eventsBehind, figuresLoading, FIGURES, showFigures } from "../parts/figures.js";
import { showSnippets, welcome } from "../parts/first-event.js";
import { Ticker } from "../parts/ticker.js";
import { showTop, topQuestion } from "../parts/toplist.js";

const STATUSES = [["Success", "success"], ["Failure", "failure"], ["Cancelled", "cancelled"], ["No status", null]];
const SHAPES = ["executions", "success_rate", "failures", "p50", "p95", "p99", "active_users", "tokens_out", "credits", "cost"];
const SUMMARY = [...new Set([...FIGURES.flatMap(({ metric, also }) => [metric, also ?? metric]), "error_rate"])];
const TOPS = ["agent_id", "model", "user_id"];
const EVERY_S = 2; // at least this long between two answers, however fast events come
const CALM_MS = 50; // answers that come together are drawn together

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

let answers = new Map();

function wanted() {
  const now = state();
  const range = rangeOf(now);
  const common = { ...range, ...filtersOf(now), every: EVERY_S };
  const comparable = range.timeframe !== ALL; // nothing was before all time
  const over = { ...common, question: "timeseries", interval: intervalOf(now), compare: comparable && now.get("compare") ? "previous" : null };
  const question = (id, parameters) => ({ id, topic: "metrics", parameters });
  return [
    { id: "ticker", topic: "events", parameters: filtersOf(now) },
    question("summary", { ...common, metric: SUMMARY, compare: comparable ? "previous" : null }),
    question("shapes", { ...over, metric: SHAPES }),
    question("statuses", { ...over, metric: "executions", group_by: "status" }),
    ...TOPS.map((by) => question(by, { ...common, question: "breakdown", ...topQuestion(by) })),
  ];
}

const hear = {
  anew: () => ticker.begin(filtersOf(state())),
  events: (events) => ticker.add(events),
  answer(id, answer) {
    answers.set(id, answer);
    const all = [...answers.values()];
    fresh("numbers", { degraded: all.some((one) => one.degraded), reason: all.find((one) => one.reason)?.reason ?? null });
    draw();
  },
  refused: (_id, problem) => failed("numbers", problem, () => live.again()),
};

const draw = calmly(CALM_MS, () => {
  const all = ["summary", "shapes", "statuses", ...TOPS].map((id) => answers.get(id));
  if (!all.every(Boolean)) return;
  const [summary, shapes, statuses, ...tops] = all;
  time.useZone(summary.time_zone);
  byId("dashboard").classList.toggle("compared", shapes.previous !== null);
  show(state(), summary, shapes, statuses, tops);
});

function show(now, summary, shapes, statuses, tops) {
  const open = !now.get("to");
  timeframe.say(`${time.weekday(summary.from)}, ${time.minute(summary.from)} – ${open ? "now" : `${time.weekday(summary.to)}, ${time.minute(summary.to)}`} · ${summary.time_zone}`);
  const range = rangeOf(now).timeframe ? { timeframe: now.get("timeframe") } : rangeOf(now);
  const values = Object.fromEntries(shapes.series.map((series) => [series.metric, series.points.map((point) => point.value)]));
  showFigures(byId("figures"), summary, values, range, filtersOf(now));
  const metric = (name) => (series) => series.metric === name;
  const chart = (name, answer, wanted, extra) => charts[name].show(rowsOf(answer, wanted, { width: charts[name].width, ...extra }));
  chart(
    "executions",
    statuses,
    STATUSES.map(([title, status]) => ({ title, of: (series) => series.group.status === status, format: format.count })),
    { earlier: before(shapes, "executions", format.count) },
  );
  chart("duration", shapes, ["p50", "p95", "p99"].map((name) => ({ title: name, of: metric(name), format: format.duration })), {
    band: ["p50", "p99"],
    earlier: before(shapes, "p95", format.duration),
  });
  for (const [name, title, unit] of [["success_rate", "Success rate", "ratio"], ["credits", "Credits", "credits"], ["cost", "Cost", "currency"]]) {
    chart(name, shapes, [{ title, of: metric(name), format: unit === "ratio" ? (v) => format.percent(v, 2) : format.exact }], { earlier: before(shapes, name, format.UNITS[unit]) });
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

/** A workspace that never had an event is shown how to send one. */
async function onFirst(none) {
  const empty = none && !(await hadEvents());
  byId("dashboard").hidden = empty;
  byId("welcome").hidden = !empty;
  if (empty) fill(byId("welcome"), welcome());
}

const ticker = new Ticker(byId("ticker"), onFirst);
const live = listen(wanted, hear);
onChange(() => {
  answers = new Map();
  live.ask();
});
