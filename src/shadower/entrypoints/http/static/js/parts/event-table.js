// The explorer's table: rows keyed by event, one of them under the cursor.
import { fill, h } from "../core/dom.js";
import * as format from "../core/format.js";
import { state } from "../core/address.js";
import * as time from "../core/time.js";
import { statusDot } from "./event-words.js";

const COLUMNS = [
  ["Time", "", (event) => h("a", { href: here(event), tabindex: "-1" }, h("time", { datetime: event.occurred_at, title: time.precise(event.occurred_at) }, time.brief(event.occurred_at)))],
  ["Type", "", (event) => [statusDot(event.status), event.type, event.error_type && h("span.bad", {}, ` ${event.error_type}`)]],
  ["Agent", "", (event) => event.agent_id],
  ["User", "", (event) => event.user_id],
  ["Session", "", (event) => event.session_id && h("span.mono", {}, event.session_id)],
  ["Model", "", (event) => event.model],
  ["Duration", "number", (event) => blank(event.duration_ms, format.duration)],
  ["Tokens", "number", (event) => tokens(event)],
  ["Cost", "number", (event) => blank(event.cost, format.amount)],
];

/** This view with the event open. */
function here(event) {
  const address = state();
  address.set("event", event.id);
  return `?${address}`;
}

function blank(value, say) {
  return value === null ? null : say(value);
}

function tokens({ tokens_in: into, tokens_out: out }) {
  if (into === null && out === null) return null;
  return `${blank(into, format.count) ?? "–"} / ${blank(out, format.count) ?? "–"}`;
}

export class EventTable {
  #body = h("tbody");
  #events = new Map();
  #pick;

  constructor(table, pick) {
    this.#pick = pick;
    const heads = COLUMNS.map(([says, kind]) => h(`th${kind && `.${kind}`}`, { scope: "col" }, says));
    fill(table, h("thead", {}, h("tr", {}, heads)), this.#body);
    this.#body.addEventListener("click", (event) => this.#clicked(event));
  }

  get size() {
    return this.#events.size;
  }

  known(id) {
    return this.#events.get(id) ?? null;
  }

  replace(events) {
    this.#events.clear();
    fill(this.#body);
    this.append(events);
  }

  append(events) {
    this.#body.append(...this.#fresh(events).map((event) => row(event)));
  }

  /** Put newer events on top; returns how many were new. */
  prepend(events) {
    const news = this.#fresh(events);
    this.#body.prepend(...news.map((event) => row(event, true)));
    return news.length;
  }

  unknown(events) {
    return events.filter((event) => !this.#events.has(event.id));
  }

  loading() {
    const cells = () => COLUMNS.map(() => h("td", {}, h("span.skeleton", {}, "loading")));
    fill(this.#body, Array.from({ length: 12 }, () => h("tr", { "aria-hidden": "true" }, cells())));
  }

  say(...content) {
    this.#events.clear();
    fill(this.#body, h("tr.said", {}, h("td", { colspan: COLUMNS.length }, h("div.empty", {}, content))));
  }

  select(id) {
    for (const tr of this.#body.rows) tr.setAttribute("aria-selected", String(tr.dataset.id === id));
  }

  /** Move the cursor by `step` rows; returns the id it is on. */
  move(step) {
    const rows = [...this.#body.querySelectorAll("tr[data-id]")];
    if (!rows.length) return null;
    const at = rows.findIndex((tr) => tr.classList.contains("cursor"));
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
    this.#body.querySelector(".cursor")?.classList.remove("cursor");
    next.classList.add("cursor");
    next.querySelector("a").focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    return next.dataset.id;
  }

  get cursor() {
    return this.#body.querySelector(".cursor")?.dataset.id ?? null;
  }

  #fresh(events) {
    const news = this.unknown(events);
    for (const event of news) this.#events.set(event.id, event);
    return news;
  }

  #clicked(event) {
    const tr = event.target.closest("tr[data-id]");
    if (!tr || event.metaKey || event.ctrlKey || event.shiftKey || getSelection().toString()) return;
    event.preventDefault();
    this.#body.querySelector(".cursor")?.classList.remove("cursor");
    tr.classList.add("cursor");
    this.#pick(tr.dataset.id);
  }
}

function row(event, arrived = false) {
  const cells = COLUMNS.map(([, kind, show]) => {
    const content = show(event);
    return h(`td${kind && `.${kind}`}`, typeof content === "string" ? { title: content } : {}, content);
  });
  return h(arrived ? "tr.arrived" : "tr", { dataset: { id: event.id }, "aria-selected": "false" }, cells);
}
