// Values worth filtering by: the most frequent of each dimension in the time shown, then whatever was typed.
import { state } from "../core/address.js";
import { get } from "../core/api.js";
import { count } from "../core/format.js";
import { FILTERS, MISSING, rangeOf } from "../core/question.js";

const COUNTED = ["type", "agent_id", "user_id", "model", "status", "source"];
const NOT_GIVEN = "not given";
const PER_GROUP = 6;
const KEPT_MS = 60_000;
const known = new Map(); // question → {at, rows}

/** [{name, says, value, shown, note}] for what was typed, grouped by filter. */
export async function suggestionsFor(text) {
  const wanted = text.toLowerCase();
  const counted = await Promise.all(FILTERS.filter(({ name }) => COUNTED.includes(name)).map(valuesOf));
  const found = counted.flatMap(({ filter, rows }) =>
    rows
      .filter((row) => (row.key ?? NOT_GIVEN).toLowerCase().includes(wanted))
      .slice(0, PER_GROUP)
      .map((row) => option(filter, row)),
  );
  return text.length > 2 ? [...found, ...typed(text, found)] : found;
}

function option({ name, says }, { key, values }) {
  const note = count(values.events);
  return key === null ? { name: MISSING, says, value: name, shown: NOT_GIVEN, note } : { name, says, value: key, note };
}

function typed(text, found) {
  const exact = new Set(found.filter((one) => one.value === text).map((one) => one.name));
  return FILTERS
    .filter(({ name }) => !["type", "status"].includes(name) && !exact.has(name))
    .map((filter) => ({ name: filter.name, says: "Exactly this text", value: text, note: filter.says }));
}

async function valuesOf(filter) {
  const question = { by: filter.name, metric: "events", order: "-events", limit: 100, ...rangeOf(state()) };
  const key = JSON.stringify(question);
  const before = known.get(key);
  if (before && Date.now() - before.at < KEPT_MS) return { filter, rows: before.rows };
  try {
    const { rows } = await get("/metrics/breakdown", question);
    known.set(key, { at: Date.now(), rows });
    return { filter, rows };
  } catch {
    return { filter, rows: before?.rows ?? [] }; // typing a value still works; the view itself says what is wrong
  }
}
