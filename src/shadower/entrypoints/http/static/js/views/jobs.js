// Jobs: what waits, runs and has ended, changing before the reader's eyes; and the schedules that make jobs.
import { change, onChange, state } from "../core/address.js";
import { get } from "../core/api.js";
import { byId, fill, h } from "../core/dom.js";
import * as format from "../core/format.js";
import { failed, fresh } from "../core/freshness.js";
import { may } from "../core/page.js";
import { every } from "../core/poll.js";
import { startShell } from "../core/shell.js";
import { JobPanel } from "../parts/job-panel.js";
import { JobTable } from "../parts/job-table.js";
import { STATES, isLive } from "../parts/job-words.js";
import { openOne } from "../parts/open-one.js";
import { showSchedules } from "../parts/schedule-list.js";
import { startMenu } from "../parts/start-job.js";

const PAGE = 50;
const MOST = 500;
const LIVE_MS = 1000;
const CALM = 5; // while nothing is about to happen, only every fifth look is a question

startShell();
const table = new JobTable(byId("jobs"), (id) => opened.open(id), () => poll.now());
const opened = openOne("job", table, new JobPanel(byId("detail"), byId("explorer"), () => change({ job: null }), () => poll.now()));
let wanted = PAGE;
let shown = null; // the question the table answers
let live = true;
let looks = 0;
let hurry = true;

function question() {
  return { state: STATES.includes(state().get("state")) ? state().get("state") : null, kind: state().get("kind") };
}

function controls() {
  const now = question();
  const button = (name) => h("button", { type: "button", "aria-pressed": String(name === now.state), onclick: () => change({ state: name }) }, name ? `${name[0].toUpperCase()}${name.slice(1)}` : "All");
  const kind = now.kind && h("span.chip", {}, h("span.name", {}, "Kind"), h("span.clip", {}, now.kind), h("button", { type: "button", "aria-label": `Show every kind, not only ${now.kind}`, onclick: () => change({ kind: null }) }, "×"));
  fill(byId("filter"), h("div.states", {}, h("div.segments", { role: "group", "aria-label": "State" }, [null, ...STATES].map(button))), kind);
}

async function look() {
  looks += 1;
  if (!hurry && !live && looks % CALM) return;
  hurry = false;
  const asked = question();
  if (JSON.stringify(asked) !== shown) table.loading();
  shown = JSON.stringify(asked);
  try {
    const [page, schedules] = await Promise.all([get("/jobs", { ...asked, limit: wanted }), get("/schedules")]);
    if (shown !== JSON.stringify(question())) return;
    live = page.items.some(isLive);
    if (page.items.length) table.show(page.items);
    else nothing(asked);
    more(page);
    showSchedules(byId("schedules"), schedules.items);
    opened.follow();
    fresh("jobs");
  } catch (problem) {
    if (!table.size) table.say(h("strong", {}, problem.title), h("span", {}, problem.detail || problem.message), h("button.button", { type: "button", onclick: again }, "Try again"));
    failed("jobs", problem, again);
    hurry = true;
    throw problem;
  }
}

function nothing({ state: chosen, kind }) {
  if (chosen || kind) {
    table.say(h("strong", {}, "No such jobs"), h("button.button.small", { type: "button", onclick: () => change({ state: null, kind: null }) }, "Show all jobs"));
  } else {
    table.say(h("strong", {}, "No jobs yet"), h("span", {}, "Replays, rebuilds and what the schedules below begin will be listed here."));
  }
}

function more(page) {
  const larger = () => {
    wanted = Math.min(MOST, wanted + PAGE);
    again();
  };
  if (page.next_cursor && wanted < MOST) return fill(byId("more"), h("button.button", { type: "button", onclick: larger }, "Load more"));
  if (page.next_cursor) return fill(byId("more"), `The ${MOST} newest are shown.`);
  return fill(byId("more"), page.items.length > 0 && `${format.plural(page.items.length, "job")}, all there are`);
}

function again() {
  hurry = true;
  poll.now();
}

if (may("admin")) {
  startMenu(byId("start"), (job) => {
    change({ state: null, kind: null, job: job.id });
    again();
  }).catch((problem) => failed("kinds", problem, () => location.reload()));
}
onChange(() => {
  controls();
  if (JSON.stringify(question()) === shown) return opened.follow();
  wanted = PAGE;
  return again();
});
controls();
const poll = every(LIVE_MS, look);
