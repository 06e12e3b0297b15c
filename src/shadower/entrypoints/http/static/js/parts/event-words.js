// How an event reads in a line: shared by ticker, table, timeline and panel.
import { h } from "../core/dom.js";
import * as format from "../core/format.js";

/** Whether the platform itself did it: what people wait for is something else. */
export function isOurs({ source }) {
  return source === "shadower";
}

export function statusDot(status) {
  return h("span.status-dot", { dataset: { status: status ?? "none" }, title: status ?? "no status" }, h("span.visually-hidden", {}, status ?? "no status"));
}

/** What the event is mostly about, beside its type. */
export function who(event) {
  return event.agent_id ?? event.user_id ?? event.session_id ?? event.source;
}

/** The one figure worth a glance. */
export function figure(event) {
  if (event.duration_ms !== null) return format.duration(event.duration_ms);
  if (event.credits !== null) return `${format.amount(event.credits)} credits`;
  if (event.cost !== null) return format.amount(event.cost);
  return "";
}
