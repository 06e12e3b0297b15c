// One session as a timeline: each event a bar from when it started for as long as it took, under the event that caused it.
import { get } from "../core/api.js";
import { byId, fill, h } from "../core/dom.js";
import { onChange } from "../core/address.js";
import * as format from "../core/format.js";
import { failed, fresh } from "../core/freshness.js";
import { eventsLink } from "../core/links.js";
import { page } from "../core/page.js";
import { RUNS } from "../core/question.js";
import { every } from "../core/poll.js";
import { startShell } from "../core/shell.js";
import * as time from "../core/time.js";
import { openEvents } from "../parts/open-event.js";
import { Timeline } from "../parts/timeline.js";

const PAGE = 200;
const path = `/sessions/${encodeURIComponent(page.session_id)}`;

startShell();
const timeline = new Timeline(byId("timeline"), (id) => explorer.open(id));
const explorer = openEvents(timeline, byId("detail"), byId("explorer"));
onChange(() => explorer.follow());

let events = [];
let cursor = null;

async function look() {
  try {
    const session = await get(path, { limit: PAGE });
    const changed = session.events !== Number(byId("facts").dataset.events);
    if (changed && events.length <= PAGE) {
      ({ items: events, next_cursor: cursor } = session.timeline);
      draw();
    }
    facts(session);
    fresh("session");
  } catch (problem) {
    if (problem.status === 404 && !events.length) {
      fill(byId("timeline"), h("div.empty", {}, h("strong", {}, "No such session"), h("span", {}, problem.detail), h("a.button.small", { href: "/events" }, "To the events")));
      return;
    }
    failed("session", problem, poll.now);
    throw problem;
  }
}

function draw() {
  timeline.show(events);
  fill(byId("more"), cursor && h("button.button", { type: "button", onclick: more }, "Load more"));
  explorer.follow();
}

async function more() {
  fill(byId("more"), "Loading…");
  try {
    const { timeline: next } = await get(path, { limit: PAGE, cursor });
    events = [...events, ...next.items];
    cursor = next.next_cursor;
    draw();
  } catch (problem) {
    fill(byId("more"), h("span.bad", {}, `${problem.detail || problem.message} `), h("button.button.small", { type: "button", onclick: more }, "Try again"));
  }
}

function facts(session) {
  byId("facts").dataset.events = session.events;
  const behind = (filter) => eventsLink({ timeframe: "all", session_id: session.session_id, ...filter });
  const links = (name, values) => (values.length ? values.flatMap((value, i) => [i ? ", " : null, h("a.link", { href: eventsLink({ timeframe: "all", [name]: value }) }, value)]) : format.NOTHING);
  fill(
    byId("facts"),
    fact("Duration", format.duration(session.duration_ms), ".large"),
    fact("Events", h("a.link", { href: behind({}) }, format.count(session.events)), ".large"),
    fact("Executions", h("a.link", { href: behind({ type: RUNS }) }, format.count(session.executions)), ".large"),
    fact("Failures", session.failures ? h("a.link.bad", { href: behind({ type: RUNS, status: "failure" }) }, format.count(session.failures)) : "0", ".large"),
    fact("Started", h("time", { datetime: session.started_at }, time.stamp(session.started_at))),
    fact("Last event", h("time", { datetime: session.ended_at }, time.stamp(session.ended_at))),
    fact("Agents", links("agent_id", session.agents)),
    fact("Users", links("user_id", session.users)),
  );
}

function fact(says, value, kind = "") {
  return h("div", {}, h("dt", {}, says), h(`dd${kind}`, {}, value));
}

const poll = every(2000, look);
