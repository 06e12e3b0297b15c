// From a view's query string to the parameters of the API: one reading, used by every request of a view.
import { localDate } from "./time.js";

export const FILTERS = [
  { name: "type", says: "Type" },
  { name: "agent_id", says: "Agent" },
  { name: "user_id", says: "User" },
  { name: "model", says: "Model" },
  { name: "status", says: "Status" },
  { name: "source", says: "Source" },
  { name: "session_id", says: "Session" },
  { name: "correlation_id", says: "Correlation" },
];

export const TIMEFRAMES = ["24h", "7d", "30d", "90d", "1y"];
export const ALL = "all";
const DAYS = { "7d": 7, "30d": 30, "90d": 90, "1y": 365 };
export const INTERVALS = ["15m", "hour", "day", "week", "month"];

export function filtersOf(state) {
  return Object.fromEntries(FILTERS.map(({ name }) => [name, state.get(name)]).filter(([, value]) => value));
}

/** {timeframe} or {from, to}, for questions about metrics. */
export function rangeOf(state, standard = "7d") {
  if (state.get("from") || state.get("to")) return { from: state.get("from"), to: state.get("to") };
  const timeframe = state.get("timeframe") || standard;
  return { timeframe: TIMEFRAMES.includes(timeframe) || timeframe === ALL ? timeframe : standard };
}

/** The same as instants or local dates, for the lists, which know no timeframe. */
export function boundsOf(state, standard) {
  const range = rangeOf(state, standard);
  if (!range.timeframe) return range;
  if (range.timeframe === ALL) return {};
  if (range.timeframe === "24h") return { from: new Date(Date.now() - 86_400_000).toISOString() };
  return { from: localDate(DAYS[range.timeframe] - 1) };
}

const HOUR = 3_600_000;

/** An interval that gives a chart neither too few nor too many buckets; null leaves it to the server. */
export function intervalOf(state, standard = "7d") {
  const chosen = state.get("interval");
  if (INTERVALS.includes(chosen)) return chosen;
  const range = rangeOf(state, standard);
  if (range.timeframe) return { "24h": "hour", "7d": "hour", "30d": "day", "90d": "day", "1y": "week" }[range.timeframe] ?? null;
  if (!range.from) return "day";
  const hours = ((range.to ? Date.parse(range.to) : Date.now()) - Date.parse(range.from)) / HOUR;
  if (hours <= 12) return "15m";
  if (hours <= 10 * 24) return "hour";
  if (hours <= 180 * 24) return "day";
  return hours <= 730 * 24 ? "week" : "month";
}
