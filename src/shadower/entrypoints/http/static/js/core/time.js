// Moments as text, in the workspace's time zone whatever the browser's is.
import { page } from "./page.js";

const LOCALE = "en-GB";
const made = new Map();
let zone = page.workspace.time_zone;

export function timeZone() {
  return zone;
}

/** Answers carry the zone they were cut in: when somebody changes it, an open page follows. */
export function useZone(name) {
  if (name && name !== zone) {
    zone = name;
    made.clear();
  }
}

function format(key, options) {
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(LOCALE, { timeZone: zone, hourCycle: "h23", ...options }));
  return made.get(key);
}

const DAY = { day: "numeric", month: "short" };
const CLOCK = { hour: "2-digit", minute: "2-digit" };

export const clock = (at) => format("clock", { ...CLOCK, second: "2-digit" }).format(new Date(at));
export const minute = (at) => format("minute", CLOCK).format(new Date(at));
export const day = (at) => format("day", DAY).format(new Date(at));
export const weekday = (at) => format("weekday", { weekday: "short", ...DAY }).format(new Date(at));
export const date = (at) => format("date", { ...DAY, year: "numeric" }).format(new Date(at));
export const month = (at) => format("month", { month: "short", year: "numeric" }).format(new Date(at));
export const stamp = (at) => format("stamp", { ...DAY, year: "numeric", ...CLOCK, second: "2-digit" }).format(new Date(at));
export const brief = (at) => format("brief", { ...DAY, ...CLOCK, second: "2-digit" }).format(new Date(at));
export const precise = (at) =>
  format("precise", { ...DAY, year: "numeric", ...CLOCK, second: "2-digit", fractionalSecondDigits: 3 }).format(new Date(at));

/** Wall-clock fields of a moment: {year, month, day, hour, minute, weekday 0–6 from Monday}. */
export function wall(at) {
  const parts = format("wall", { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", weekday: "short" });
  const fields = Object.fromEntries(parts.formatToParts(new Date(at)).map((part) => [part.type, part.value]));
  return {
    year: Number(fields.year),
    month: Number(fields.month),
    day: Number(fields.day),
    hour: Number(fields.hour),
    minute: Number(fields.minute),
    weekday: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(fields.weekday),
  };
}

/** The local date `days` before today, as YYYY-MM-DD. */
export function localDate(days = 0) {
  const today = wall(Date.now());
  return new Date(Date.UTC(today.year, today.month - 1, today.day - days)).toISOString().slice(0, 10);
}

export function ago(at, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  if (seconds < 5) return "just now";
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** The same ahead: "in 5 min". */
export function ahead(at, now = Date.now()) {
  const seconds = Math.max(0, Math.round((Date.parse(at) - now) / 1000));
  if (seconds < 90) return `in ${seconds} s`;
  if (seconds < 5400) return `in ${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `in ${Math.round(seconds / 3600)} h`;
  return `in ${Math.round(seconds / 86_400)} days`;
}
