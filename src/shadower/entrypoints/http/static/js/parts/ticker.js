// The newest events as they arrive, whatever time they carry.
import { get } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { failed, settle } from "../core/freshness.js";
import { eventLink } from "../core/links.js";
import * as time from "../core/time.js";
import { figure, statusDot, who } from "./event-words.js";

const KEPT = 40;

export class Ticker {
  #host;
  #onFirst;
  #asked = 0;
  #early = null; // what arrived while the newest were being asked for

  /** `onFirst(empty)` is called when it has begun, with whether there is no event at all; and when the first one arrives. */
  constructor(host, onFirst) {
    this.#host = host;
    this.#onFirst = onFirst;
  }

  /** Begin with the newest there are; what arrives meanwhile is not lost. */
  async begin(filters) {
    const mine = ++this.#asked;
    this.#early = [];
    try {
      const { items } = await get("/events", { ...filters, limit: KEPT });
      const empty = !items.length && (await none());
      if (mine !== this.#asked) return;
      const arrived = this.#early;
      this.#early = null;
      this.#show(items, arrived);
      settle("ticker");
      this.#onFirst(empty && !arrived.length);
    } catch (problem) {
      if (mine === this.#asked) failed("ticker", problem, () => this.begin(filters));
    }
  }

  /** Put what arrived on top, in the order in which it did. */
  add(events) {
    if (this.#early) return this.#early.push(...events);
    if (!events.length) return null;
    const first = this.#host.querySelector(".empty");
    first?.remove();
    for (const event of events) this.#host.prepend(line(event, true));
    while (this.#host.children.length > KEPT) this.#host.lastElementChild.remove();
    return first && this.#onFirst(false);
  }

  #show(items, arrived) {
    const known = new Set(items.map((event) => event.id));
    fill(this.#host, items.length || arrived.length ? items.map((event) => line(event, false)) : h("li.empty", {}, "No event yet"));
    this.add(arrived.filter((event) => !known.has(event.id)));
  }
}

async function none() {
  return !(await get("/events", { limit: 1 })).items.length;
}

/** The clock today, the date for what came in late. */
function when(at) {
  return time.date(at) === time.date(Date.now()) ? time.clock(at) : time.day(at);
}

function line(event, arrived) {
  return h(
    arrived ? "li.arrived" : "li",
    { dataset: { position: event.position } },
    h(
      "a",
      { href: eventLink(event), title: `${event.type} · ${time.precise(event.occurred_at)}` },
      h("time", { datetime: event.occurred_at }, when(event.occurred_at)),
      statusDot(event.status),
      h("span.clip", {}, h("span.what", {}, event.type), " ", h("span.who", {}, who(event))),
      h("span.aside", {}, figure(event)),
    ),
  );
}
