// Where numbers lead: the events behind them.
import { query } from "./api.js";

export function eventsLink(parameters) {
  return `/events${query(parameters)}`;
}

export function eventLink(event) {
  return eventsLink({ timeframe: "all", event: event.id });
}

export function sessionLink(id) {
  return `/sessions/${encodeURIComponent(id)}`;
}
