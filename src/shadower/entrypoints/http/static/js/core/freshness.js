// Whether what is shown is true right now. An outage must never look like zero activity: the last numbers stay, marked stale.
import { byId, fill, h } from "./dom.js";
import { clock } from "./time.js";

const feeds = new Map(); // name → {at: last success, problem, retry}
const root = document.documentElement;
const WAYS = {
  websocket: "Told as it happens, over a WebSocket",
  stream: "Told as it happens, over an event stream",
  poll: "Asked again and again: no connection can be had",
  none: "Connecting again",
};
let way = null;

export function fresh(name, answer = {}) {
  feeds.set(name, { at: Date.now(), problem: null });
  if (answer.degraded !== undefined) byId("degraded").hidden = !answer.degraded;
  if (answer.reason !== undefined) short(answer.reason);
  show();
}

/** Say why some number on the page may be smaller than what happened; null when none is. */
function short(reason) {
  const badge = byId("inexact");
  badge.hidden = !reason;
  badge.title = reason ?? "";
}

/** A question the server refuses (4xx) is told, but says nothing about how fresh the rest is. */
export function failed(name, problem, retry) {
  const before = feeds.get(name);
  feeds.set(name, { at: before?.at ?? null, problem, retry });
  show();
}

/** Say by which of the ways what happens is told; `none` while it is not. */
export function connected(name) {
  if (name === way) return;
  way = name;
  byId("freshness").dataset.way = name;
  byId("freshness").title = WAYS[name];
  show();
}

/** Forget a failure that no longer matters, for instance of a question the reader has left. */
export function settle(name) {
  feeds.delete(name);
  show();
}

function show() {
  const broken = [...feeds.values()].filter((feed) => feed.problem);
  const times = [...feeds.values()].map((feed) => feed.at).filter(Boolean);
  if (broken.length) return stale(broken);
  delete root.dataset.stale;
  if (way === "none" && !document.hidden) state("connecting", "Connecting…");
  else state(document.hidden ? "paused" : "live", times.length ? `Live ${clock(Math.max(...times))}` : "");
  fill(byId("notices"));
}

function stale(broken) {
  const { problem } = broken.find((feed) => !refused(feed.problem)) ?? broken[0];
  const times = broken.map((feed) => feed.at).filter(Boolean);
  const since = times.length && !refused(problem) ? clock(Math.min(...times)) : null;
  if (since) root.dataset.stale = "";
  if (!refused(problem)) state("stale", since ? `Stale since ${since}` : "Not connected");
  fill(
    byId("notices"),
    h(
      "div.notice",
      { role: "alert" },
      h("strong", {}, problem.title ?? "Something in this page went wrong"),
      h("span", {}, [problem.detail ?? problem.message, since && `The numbers below are from ${since}.`].filter(Boolean).join(" ")),
      h("button.button.small", { type: "button", onclick: () => broken.forEach((feed) => feed.retry?.()) }, "Retry now"),
    ),
  );
}

function refused(problem) {
  return problem.status >= 400 && problem.status < 500;
}

function state(name, text) {
  const element = byId("freshness");
  element.dataset.state = name;
  element.querySelector(".said").textContent = text;
}

document.addEventListener("visibilitychange", () => feeds.size && show());
