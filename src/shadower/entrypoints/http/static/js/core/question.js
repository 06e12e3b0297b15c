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

/** What events may have besides, to be asked for by `has`. */
const AMOUNTS = [
  { name: "duration_ms", says: "Duration" },
  { name: "credits", says: "Credits" },
  { name: "cost", says: "Cost" },
  { name: "tokens_in", says: "Tokens in" },
  { name: "tokens_out", says: "Tokens out" },
];
export const HAS = "has";
export const MISSING = "missing";

/** The types of the events that record a run. */
export const RUNS = ["agent.executed", "agent.failed"];

export function fieldSays(name) {
  return [...FILTERS, ...AMOUNTS].find((field) => field.name === name)?.says ?? name;
}

export const TIMEFRAMES = ["24h", "7d", "30d", "90d", "1y"];
export const ALL = "all";
const DAYS = { "7d": 7, "30d": 30, "90d": 90, "1y": 365 };
export const INTERVALS = ["15m", "hour", "day", "week", "month"];

/** {name: values}: several values of a field are alternatives, and a field that is MISSING is one more. */
export function filtersOf(state) {
  const names = [...FILTERS.map(({ name }) => name), HAS, MISSING];
  return Object.fromEntries(names.map((name) => [name, state.getAll(name).filter(Boolean)]).filter(([, values]) => values.length));
}

/** The filters that leave one group of a dimension, which may be the group null. */
export function narrowed(filters, by, key) {
  const missing = (filters[MISSING] ?? []).filter((name) => name !== by);
  return key === null ? { ...filters, [by]: [], [MISSING]: [...missing, by] } : { ...filters, [by]: [key], [MISSING]: missing };
}

/** The filters that only those events pass that pass both; null when none can. */
export function both(filters, more) {
  let found = { ...filters, [HAS]: [...new Set([...(filters[HAS] ?? []), ...(more[HAS] ?? [])])] };
  for (const { name } of FILTERS) {
    const [mine, theirs] = [asked(filters, name), asked(more, name)];
    if (!theirs) continue;
    const left = mine ? theirs.filter((value) => mine.includes(value)) : theirs;
    if (!left.length) return null;
    const values = left.filter((value) => value !== null);
    found = { ...narrowed(found, name, null), [name]: values };
    if (!left.includes(null)) found[MISSING] = found[MISSING].filter((one) => one !== name);
  }
  return found;
}

/** The values asked for, null for having none; null when any will do. */
function asked(filters, name) {
  const values = [...(filters[name] ?? []), ...((filters[MISSING] ?? []).includes(name) ? [null] : [])];
  return values.length ? values : null;
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
