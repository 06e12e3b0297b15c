// Where numbers lead: the events behind them.
import { query } from "./api.js";

export function eventsLink(parameters) {
  return `/events${query(parameters)}`;
}

export function eventLink(event) {
  return eventsLink({ timeframe: "all", event: event.id });
}

export function jobsLink(kind) {
  return `/jobs${query({ kind })}`;
}

export function sessionLink(id) {
  return `/sessions/${encodeURIComponent(id)}`;
}
