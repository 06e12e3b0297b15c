// The newest events as they arrive. The log's position tells what is new, whatever time the events carry.
import { get } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { failed, fresh } from "../core/freshness.js";
import { eventLink } from "../core/links.js";
import { every } from "../core/poll.js";
import * as time from "../core/time.js";
import { figure, statusDot, who } from "./event-words.js";

const KEPT = 40;
const WAIT_S = 2; // the server answers as soon as something came in, and after this long in any case
const PAUSE_MS = 250;

/**
 * Calls `onNews(events, {first, empty})` with what arrived and passes `filters()`, oldest first; the first time with the
 * newest there are, and whether there is no event at all. Returns {now, anew}: begin anew when the filters changed.
 */
export function startTicker(host, onNews, filters = () => ({})) {
  let seen = null;
  let request = new AbortController();

  async function look() {
    request = new AbortController();
    const { signal } = request;
    const first = seen === null;
    try {
      const { items, position, empty } = await (first ? newest(filters(), signal) : newer(filters(), seen, signal));
      if (signal.aborted) return;
      const news = items.reverse();
      seen = position;
      if (host) add(host, news, first);
      fresh("feed");
      if (news.length || first) onNews(news, { first, empty: first && empty });
    } catch (error) {
      if (error.name === "AbortError") return;
      failed("feed", error, poll.now);
      throw error;
    }
  }

  const poll = every(PAUSE_MS, look);
  const anew = () => {
    seen = null;
    request.abort();
    poll.now();
  };
  return { now: poll.now, anew };
}

/** The feed looks back only so far; the list finds what passes however long ago it was. */
async function newest(filters, signal) {
  const { items, position } = await get("/feed", { limit: KEPT }, { signal });
  const found = Object.keys(filters).length ? (await get("/events", { ...filters, limit: KEPT }, { signal })).items : items;
  return { items: found, position, empty: !items.length };
}

function newer(filters, after, signal) {
  return get("/feed", { ...filters, after, limit: KEPT, wait: WAIT_S }, { signal });
}

function add(host, news, first) {
  if (first) fill(host, !news.length && h("li.empty", {}, "No event yet"));
  else if (news.length) host.querySelector(".empty")?.remove();
  const known = new Set([...host.children].map((one) => one.dataset.position));
  for (const event of news) if (!known.has(String(event.position))) host.prepend(line(event, !first));
  while (host.children.length > KEPT) host.lastElementChild.remove();
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
