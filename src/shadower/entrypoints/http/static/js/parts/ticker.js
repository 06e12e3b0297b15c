// The newest events as they arrive, whatever time they carry.
import { get } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { failed, settle } from "../core/freshness.js";
import { eventLink } from "../core/links.js";
import * as time from "../core/time.js";
import { figure, isOurs, statusDot, who } from "./event-words.js";

const KEPT = 40;

export class Ticker {
  #host;
  #onFirst;
  #asked = 0;
  #early = null; // what arrived while the newest were being asked for
  #waits = false; // for the first event that somebody sends: those of the platform itself do not count

  /** `onFirst(empty)` is called when it has begun, with whether nobody has sent an event; and when the first one arrives. */
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
      const empty = items.every(isOurs) && (await none());
      if (mine !== this.#asked) return;
      const arrived = this.#early;
      this.#early = null;
      this.#waits = false;
      this.#show(items, arrived);
      settle("ticker");
      this.#waits = empty && arrived.every(isOurs);
      this.#onFirst(this.#waits);
    } catch (problem) {
      if (mine === this.#asked) failed("ticker", problem, () => this.begin(filters));
    }
  }

  /** Put what arrived on top, in the order in which it did. */
  add(events) {
    if (this.#early) return this.#early.push(...events);
    if (!events.length) return null;
    this.#host.querySelector(".empty")?.remove();
    for (const event of events) this.#host.prepend(line(event, true));
    while (this.#host.children.length > KEPT) this.#host.lastElementChild.remove();
    if (!this.#waits || events.every(isOurs)) return null;
    this.#waits = false;
    return this.#onFirst(false);
  }

  #show(items, arrived) {
    const known = new Set(items.map((event) => event.id));
    fill(this.#host, items.length || arrived.length ? items.map((event) => line(event, false)) : h("li.empty", {}, "No event yet"));
    this.add(arrived.filter((event) => !known.has(event.id)));
  }
}

async function none() {
  return (await get("/events", { limit: 100 })).items.every(isOurs);
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
