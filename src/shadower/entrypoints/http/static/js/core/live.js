// What happens, told while it happens: by the best way there is, and after every break on from the last position.
import { connected, failed, fresh } from "./freshness.js";
import { byPolling, bySocket, byStream } from "./ways.js";

const WAYS = [
  { name: "websocket", open: bySocket },
  { name: "stream", open: byStream },
  { name: "poll", open: byPolling },
];
const LONGEST_SILENCE_MS = 45_000; // a heartbeat comes every 30 s
const LEAST_LIFE_MS = 3000; // a way that breaks off sooner than this is no good
const SLOWEST_MS = 15_000;
const BETTER_AFTER_MS = 120_000; // how long to make do before a better way is tried again
const KEPT_MS = 60_000; // a page hidden for longer begins anew, rather than be told all it missed

/**
 * `wanted()` returns subscriptions: {id, topic, parameters}. `hear` has functions: `anew()` before the first message and
 * whenever something was missed; `events(items)`; `answer(id, data)`; `refused(id, problem)`. Returns {ask, again}: ask
 * what is wanted now, and try again at once.
 */
export function listen(wanted, hear) {
  let position = null;
  let way = 0;
  let failures = 0;
  let close = null;
  let openedAt = 0;
  let hiddenAt = 0;
  let planned = 0;
  let silence = 0;

  function start(anew) {
    stop();
    if (document.hidden) return;
    if (anew) {
      position = null;
      hear.anew();
    }
    openedAt = 0;
    listenFor(LONGEST_SILENCE_MS);
    close = WAYS[way].open({ after: position, subscribe: wanted().map(subscription) }, told, ended);
  }

  function stop() {
    clearTimeout(planned);
    clearTimeout(silence);
    close?.();
    close = null;
  }

  function listenFor(longest) {
    clearTimeout(silence);
    silence = setTimeout(() => (stop(), ended()), longest);
  }

  function told(message) {
    openedAt ||= Date.now();
    position = message.position;
    listenFor(LONGEST_SILENCE_MS);
    if (message.type === "problem" && message.subscription === null) return failed("live", message.problem, again);
    if (Date.now() - openedAt > LEAST_LIFE_MS) failures = 0;
    connected(WAYS[way].name);
    fresh("live");
    dispatch(message);
    if (way && Date.now() - openedAt > BETTER_AFTER_MS) again();
  }

  function dispatch(message) {
    if (message.type === "events") hear.events(message.items.map((item) => item.event));
    else if (message.type === "gap") hear.anew();
    else if (message.type === "problem") hear.refused(message.subscription, message.problem);
    else if (message.data) hear.answer(message.subscription, message.data);
  }

  function ended(problem) {
    stop();
    const lived = openedAt ? Date.now() - openedAt : 0;
    connected("none");
    if (lived > LEAST_LIFE_MS) return plan();
    if (way < WAYS.length - 1 && !lived) {
      way += 1;
      return start();
    }
    failures += 1;
    if (problem && failures > 1) failed("live", problem, again);
    way = lived ? Math.min(way + 1, WAYS.length - 1) : 0;
    return plan();
  }

  function plan() {
    const most = Math.min(SLOWEST_MS, 250 * 2 ** failures);
    planned = setTimeout(start, most * (0.5 + Math.random() / 2)); // not all at once after a restart
  }

  function again() {
    way = 0;
    start();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      hiddenAt = Date.now();
      stop();
    } else start(Date.now() - hiddenAt > KEPT_MS);
  });
  start(true);
  return { ask: () => start(true), again };
}

function subscription({ id, topic, parameters }) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return JSON.stringify({ id, topic, parameters: Object.fromEntries(given) });
}
