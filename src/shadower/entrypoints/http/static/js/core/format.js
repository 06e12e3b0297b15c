// Numbers as text. Decimals arrive as strings and are formatted as strings (Intl reads them exactly), never by way of a float.
const LOCALE = "en-US";
const made = new Map();

function format(options) {
  const key = JSON.stringify(options);
  if (!made.has(key)) made.set(key, new Intl.NumberFormat(LOCALE, options));
  return made.get(key);
}

export const NOTHING = "–";

export function count(value) {
  return value === null ? NOTHING : format({ maximumFractionDigits: 0 }).format(value);
}

/** 12,345 in full; 1.23M from a million on. */
export function short(value) {
  if (value === null) return NOTHING;
  const large = Math.abs(Number(value)) >= 1_000_000;
  return large ? format({ notation: "compact", maximumSignificantDigits: 3 }).format(value) : count(value);
}

/** 396K: for figures nobody reads to the last digit. */
export function compact(value) {
  if (value === null) return NOTHING;
  return Math.abs(Number(value)) < 10_000 ? count(value) : format({ notation: "compact", maximumSignificantDigits: 3 }).format(value);
}

export function exact(value) {
  return value === null ? NOTHING : format({ maximumFractionDigits: 20 }).format(value);
}

export function percent(value, digits = 1) {
  return value === null ? NOTHING : format({ style: "percent", maximumFractionDigits: digits }).format(value);
}

export function change(value) {
  return format({ style: "percent", maximumFractionDigits: Math.abs(Number(value)) < 0.1 ? 1 : 0, signDisplay: "exceptZero" }).format(value);
}

/** Two decimals, or enough digits for a small amount to be told from nothing. */
export function amount(value) {
  if (value === null) return NOTHING;
  const size = Math.abs(Number(value));
  if (size >= 1_000_000) return short(value);
  if (size >= 100_000) return count(value);
  if (size >= 1 || size === 0) return format({ minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value);
  return format({ maximumSignificantDigits: 3 }).format(value);
}

/** A duration in milliseconds (decimal text) in the unit a reader would use. */
export function duration(value) {
  if (value === null) return NOTHING;
  const ms = Number(value);
  if (ms < 1000) return `${format({ maximumSignificantDigits: 3 }).format(ms)} ms`;
  if (ms < 60_000) return `${format({ maximumSignificantDigits: 3 }).format(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 2880) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${count(Math.round(minutes / 1440))} days`;
}

/** How values of a unit (as the metric catalogue names it) read. */
export const UNITS = {
  count: short,
  tokens: compact,
  ratio: percent,
  ms: duration,
  credits: amount,
  currency: amount,
  per_hour: amount,
};

export function plural(value, one, many = `${one}s`) {
  return `${count(value)} ${Number(value) === 1 ? one : many}`;
}
