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

/** Calls `onNews(events, first)` with what arrived, oldest first; the first time with the newest there are, even if none. */
export function startTicker(host, onNews) {
  let seen = null;

  async function look() {
    try {
      const first = seen === null;
      const { items, position } = await get("/feed", { after: seen ?? 0, limit: KEPT, wait: first ? null : WAIT_S });
      const news = items.reverse();
      seen = position;
      if (host) add(host, news, first);
      fresh("feed");
      if (news.length || first) onNews(news, first);
    } catch (error) {
      failed("feed", error, poll.now);
      throw error;
    }
  }

  const poll = every(PAUSE_MS, look);
  return poll;
}

function add(host, news, first) {
  if (first && !news.length) return fill(host, h("li.empty", {}, "No event yet"));
  host.querySelector(".empty")?.remove();
  for (const event of news) host.prepend(line(event, !first));
  while (host.children.length > KEPT) host.lastElementChild.remove();
  return undefined;
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
