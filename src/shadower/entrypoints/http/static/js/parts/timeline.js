// Events as bars over time, children under their parents.
import { fill, h } from "../core/dom.js";
import * as format from "../core/format.js";
import * as time from "../core/time.js";
import { figure, statusDot } from "./event-words.js";

const DEEPEST = 6;

export class Timeline {
  #host;
  #pick;
  #events = new Map();

  constructor(host, pick) {
    this.#host = host;
    this.#pick = pick;
    host.addEventListener("click", (event) => {
      const row = event.target.closest("[data-id]");
      if (row) this.#pick(this.#at(row).dataset.id);
    });
  }

  show(events) {
    const cursor = this.cursor;
    this.#events = new Map(events.map((event) => [event.id, event]));
    const spans = events.map(spanOf);
    const from = Math.min(...spans.map((span) => span.from));
    const to = Math.max(...spans.map((span) => span.to), from + 1);
    fill(this.#host, axis(from, to), nested(events).map(({ event, depth }) => row(event, depth, from, to)));
    const kept = cursor && this.#row(cursor);
    if (kept) this.#at(kept);
  }

  known(id) {
    return this.#events.get(id) ?? null;
  }

  select(id) {
    for (const row of this.#host.querySelectorAll("[data-id]")) row.setAttribute("aria-current", String(row.dataset.id === id));
  }

  move(step) {
    const rows = [...this.#host.querySelectorAll("[data-id]")];
    if (!rows.length) return null;
    const at = rows.findIndex((row) => row.classList.contains("cursor"));
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
    next.querySelector("button").focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    return this.#at(next).dataset.id;
  }

  get cursor() {
    return this.#host.querySelector(".cursor")?.dataset.id ?? null;
  }

  #row(id) {
    return [...this.#host.querySelectorAll("[data-id]")].find((row) => row.dataset.id === id);
  }

  #at(row) {
    this.#host.querySelector(".cursor")?.classList.remove("cursor");
    row.classList.add("cursor");
    return row;
  }
}

/** An event is recorded when it is over: its bar ends at `occurred_at` and began `duration_ms` earlier. */
function spanOf(event) {
  const to = Date.parse(event.occurred_at);
  return { from: to - Number(event.duration_ms ?? 0), to };
}

/** Depth first, in order of time; an event whose parent is not here is a root. */
function nested(events) {
  const here = new Set(events.flatMap((event) => [event.id, event.client_id].filter(Boolean)));
  const children = new Map();
  for (const event of events) {
    const parent = event.parent_id !== event.id && here.has(event.parent_id) ? event.parent_id : null;
    children.set(parent, [...(children.get(parent) ?? []), event]);
  }
  const found = [];
  const seen = new Set();
  const visit = (event, depth) => {
    if (seen.has(event.id)) return; // parents that form a circle
    seen.add(event.id);
    found.push({ event, depth });
    for (const id of [event.id, event.client_id]) if (id) for (const child of children.get(id) ?? []) visit(child, depth + 1);
  };
  for (const event of children.get(null) ?? []) visit(event, 0);
  for (const event of events) visit(event, 0);
  return found;
}

function row(event, depth, from, to) {
  const span = spanOf(event);
  const percent = (at) => (100 * (at - from)) / (to - from);
  const bar = h("span.span", {
    dataset: { status: event.status ?? "none" },
    title: `${time.precise(span.from)} – ${time.clock(span.to)}`,
    style: { left: `min(${percent(span.from)}%, calc(100% - 4px))`, width: `${percent(span.to) - percent(span.from)}%` },
  });
  const branches = Array.from({ length: Math.min(depth, DEEPEST) }, () => h("span.branch"));
  return h(
    "div.timeline-row",
    { dataset: { id: event.id }, "aria-current": "false" },
    h("button.title", { type: "button", "aria-label": `${event.type} ${event.agent_id ?? ""}, ${event.status ?? "no status"}` }, branches, statusDot(event.status), h("span.clip", {}, event.type, " ", h("span.muted", {}, event.agent_id ?? event.user_id ?? ""))),
    h("span.lane", {}, bar),
    h("span.number", {}, figure(event)),
  );
}

function axis(from, to) {
  const at = (share) => format.duration(((to - from) * share).toFixed(0));
  return h("div.timeline-row.timeline-axis", { "aria-hidden": "true" }, h("span", {}, time.stamp(from)), h("span.lane", {}, [0, 0.25, 0.5, 0.75, 1].map((share) => h("span", {}, share ? `+${at(share)}` : "0"))), h("span"));
}
