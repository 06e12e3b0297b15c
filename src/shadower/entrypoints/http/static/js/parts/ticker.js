// The newest events as they arrive. The log's position tells what is new, whatever time the events carry.
import { get } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { failed, fresh } from "../core/freshness.js";
import { eventLink } from "../core/links.js";
import { every } from "../core/poll.js";
import * as time from "../core/time.js";
import { figure, statusDot, who } from "./event-words.js";

const KEPT = 40;
const PAUSE_MS = 700;

/** Calls `onNews(events)` with what arrived since the last look, and with everything the first time. */
export function startTicker(host, onNews) {
  let seen = 0;

  async function look() {
    try {
      const { items } = await get("/events", { order: "newest", limit: KEPT });
      const news = items.filter((event) => event.position > seen).sort((a, b) => a.position - b.position);
      const first = seen === 0;
      if (news.length) seen = news.at(-1).position;
      if (host) add(host, news, first);
      fresh("events");
      if (news.length || first) onNews(news, first);
    } catch (error) {
      failed("events", error, poll.now);
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

function line(event, arrived) {
  return h(
    arrived ? "li.arrived" : "li",
    { dataset: { position: event.position } },
    h(
      "a",
      { href: eventLink(event), title: `${event.type} · ${time.precise(event.occurred_at)}` },
      h("time", { datetime: event.occurred_at }, time.clock(event.occurred_at)),
      statusDot(event.status),
      h("span.clip", {}, h("span.what", {}, event.type), " ", h("span.who", {}, who(event))),
      h("span.aside", {}, figure(event)),
    ),
  );
}
