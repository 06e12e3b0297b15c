// Data health: what came in and how, what was refused and why, and how far each read model is behind the log.
import { Chart, legend } from "../charts/chart.js";
import { rowsOf } from "../charts/rows.js";
import { get, send } from "../core/api.js";
import { byId, fill, h, toast } from "../core/dom.js";
import * as format from "../core/format.js";
import { failed, fresh } from "../core/freshness.js";
import { eventsLink } from "../core/links.js";
import { may } from "../core/page.js";
import { every } from "../core/poll.js";
import { startShell } from "../core/shell.js";
import * as time from "../core/time.js";
import { DeadLetters } from "../parts/dead-letters.js";
import { isOurs } from "../parts/event-words.js";
import { welcome } from "../parts/first-event.js";
import { Quarantine } from "../parts/quarantine.js";

const OUTCOMES = [["Stored", "stored"], ["Duplicates", "duplicates"], ["Conflicts", "conflicts"], ["Rejected", "rejected"]];

startShell();
const chart = new Chart(document.querySelector("[data-chart=ingest]"), "ingest", { empty: "Nothing came in during the last hour" });
legend(document.querySelector("[data-legend=ingest]"), "ingest");
const quarantine = new Quarantine(byId("rejects"), byId("rejects-said"), byId("rejects-filter"), () => poll.now());
const letters = new DeadLetters(byId("handlers-panel"), byId("handlers"), byId("letters"), () => poll.now());

async function look() {
  try {
    const health = await get("/health/data");
    waiting(health.sources.every(isOurs));
    totals(health);
    await rate(health);
    projections(health.projections);
    fill(byId("retention-alarm"), health.retention.alarm && retentionAlarm(health.retention.latest_run));
    sources(health.sources);
    await quarantine.show(health);
    await letters.show(health.groups);
    fresh("health");
  } catch (problem) {
    failed("health", problem, poll.now);
    throw problem;
  }
}

function waiting(empty) {
  const host = byId("welcome");
  if (empty && host.hidden) fill(host, welcome());
  host.hidden = !empty;
}

function totals({ totals: day, quarantine: kept }) {
  const share = (part) => (Number(day.received) ? format.percent(Number(day[part]) / Number(day.received), 2) : format.NOTHING);
  const figure = (says, value, note, bad = false) =>
    h("div.figure", {}, h("span.label", {}, says), h(bad ? "span.value.bad" : "span.value", {}, value), h("span.change", {}, note));
  fill(
    byId("figures"),
    figure("Received in 24 h", format.short(day.received), "events"),
    figure("Stored", format.short(day.stored), share("stored")),
    figure("Duplicates", format.short(day.duplicates), `${share("duplicates")}, safely ignored`),
    figure("Conflicts", format.short(day.conflicts), "same id, other content", day.conflicts > 0),
    figure("Rejected", format.short(day.rejected), share("rejected"), day.rejected > 0),
    figure("In quarantine", format.short(kept.entries), `${format.percent(kept.limit ? kept.bytes / kept.limit : 0, 0)} of its room`, kept.alarm),
  );
  fill(byId("alarm"), kept.alarm && alarm(kept));
}

function alarm({ overflowed }) {
  const known = async (event) => {
    event.currentTarget.disabled = true;
    await send("POST", "/quarantine/acknowledge").catch((problem) => toast(problem.detail || problem.message));
    poll.now();
  };
  return h(
    "div.notice",
    { role: "alert" },
    h("strong", {}, "The quarantine is full."),
    h("span", {}, `${format.plural(overflowed, "refused event")} could not be kept. Replay or delete entries to make room.`),
    may("admin") && h("button.button.small", { type: "button", onclick: known }, "I know"),
  );
}

function retentionAlarm({ state, detail, started_at }) {
  const what = state === "succeeded" ? "The last run of retention is long ago." : "Retention does not do its work.";
  return h(
    "div.notice",
    { role: "alert" },
    h("strong", {}, what),
    h("span", {}, [`The last run began ${time.stamp(started_at)}: ${state.replace("_", " ")}.`, detail].filter(Boolean).join(" ")),
    h("a.link", { href: "/settings" }, "All runs"),
  );
}

function rate(health) {
  const { from, to, points } = health.rate;
  const series = OUTCOMES.map(([, name]) => ({ metric: name, points: points.map((point) => ({ start: point.start, value: point[name] })) }));
  const answer = { interval: "minute", from, to, series };
  return chart.show(
    rowsOf(
      answer,
      OUTCOMES.map(([title, name]) => ({ title, of: (one) => one.metric === name, format: format.count })),
      { width: chart.width },
    ),
  );
}

function projections(all) {
  const row = (one) => [
    h(
      "tr.joined",
      {},
      h("td", {}, one.name, " ", condition(one)),
      h("td.number", {}, one.lag ? h("span", {}, format.plural(one.lag, "event")) : h("span.good", {}, "up to date")),
      h("td.number.muted", {}, one.lag_ms === null ? "" : format.duration(one.lag_ms)),
    ),
    h("tr", {}, h("td.prose", { colspan: 3 }, h("div.faint", {}, one.owner ? `run by ${one.owner}` : "run by nobody"), trouble(one))),
  ];
  fill(byId("projections"), h("table.table", {}, h("tbody", {}, all.map(row))), h("p.note", {}, "Metrics add what the rollups have not reached yet: they are exact at any lag."));
}

function condition(one) {
  if (one.state === "paused") return h("span.badge", { "data-kind": "warn" }, "paused");
  if (one.failures) return h("span.badge", { "data-kind": "bad" }, `failed ${format.count(one.failures)} ×`);
  return one.owner ? null : h("span.badge", { "data-kind": "warn" }, "waiting");
}

function trouble(one) {
  const aside = one.set_aside ? h("div", {}, `${format.plural(one.set_aside, "event")} in quarantine`) : null;
  const error = one.last_error ? h(one.failures ? "div.bad" : "div.muted", { title: time.stamp(one.last_error_at) }, `${time.ago(one.last_error_at)}: ${one.last_error}`) : null;
  return [aside, error];
}

function sources(all) {
  if (!all.length) return fill(byId("sources"), h("p.empty", {}, "No events yet"));
  const heads = [["Source", ""], ["Key", ""], ["Last event", ""], ["", ""], ["Events", ".number"]];
  const row = (one) =>
    h(
      "tr",
      {},
      h("td", {}, h("a.link", { href: eventsLink({ timeframe: "all", source: one.source }) }, one.source)),
      h("td", {}, one.key_name ?? h("span.faint", {}, "none")),
      h("td", {}, h("time", { datetime: one.last_received_at }, time.stamp(one.last_received_at))),
      h("td.muted", {}, time.ago(one.last_received_at)),
      h("td.number", {}, format.count(one.events)),
    );
  return fill(
    byId("sources"),
    h("div.scroll-x", {}, h("table.table", {}, h("thead", {}, h("tr", {}, heads.map(([says, kind]) => h(`th${kind}`, { scope: "col" }, says)))), h("tbody", {}, all.map(row)))),
  );
}

const poll = every(2000, look);
