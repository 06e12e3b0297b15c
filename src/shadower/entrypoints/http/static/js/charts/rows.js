// From a timeseries answer to the two data sets a chart draws (application/charts/spec.py says what they hold).
import * as time from "../core/time.js";
import { ticksFor } from "./ticks.js";

const BEFORE = "Before";

/**
 * `wanted`: [{title, of: (series) => boolean, format}] in the order of the chart's series; `earlier`: {points, format} of
 * the previous period, to lay under them. `band`: titles of the lowest and highest series, if shaded.
 */
export function rowsOf(answer, wanted, { earlier = null, band = null, width = 640 } = {}) {
  const spans = spansOf(answer);
  const points = [];
  const buckets = spans.map((span) => ({ ...span }));
  wanted.forEach((one, rank) => {
    const series = answer.series.find(one.of);
    if (series) add(points, buckets, spans, series.points, { series: one.title, rank, period: "current" }, one.format);
  });
  if (earlier) add(points, buckets, spans, earlier.points, { series: BEFORE, rank: 99, period: "previous" }, earlier.format);
  if (band) shade(points, buckets, band);
  for (const bucket of buckets) bucket.summary = summary(bucket, wanted);
  return { points, buckets, ...ticksFor(spans, answer.interval, width), empty: points.every((row) => !row.value || row.period === "previous") };
}

function add(points, buckets, spans, values, fixed, format) {
  const numbers = spans.map((_, i) => (values[i]?.value ?? null) === null ? null : Number(values[i].value));
  spans.forEach((span, i) => {
    const value = numbers[i];
    const alone = value !== null && (numbers[i - 1] ?? null) === null && (numbers[i + 1] ?? null) === null;
    points.push({ ...span, ...fixed, value, alone });
    if (value !== null) buckets[i][fixed.series] = format(values[i].value);
  });
}

function shade(points, buckets, [low, high]) {
  const at = (title) => points.filter((row) => row.series === title && row.period === "current");
  const [lows, highs] = [at(low), at(high)];
  buckets.forEach((bucket, i) => {
    bucket.low = lows[i]?.value ?? null;
    bucket.high = highs[i]?.value ?? null;
  });
}

/** Each bucket as instants: `end` and `until` differ when the range ends inside the bucket, which is then `partial`. */
function spansOf(answer) {
  const starts = (answer.series[0]?.points ?? []).map((point) => Date.parse(point.start));
  const [from, to] = [Date.parse(answer.from), Date.parse(answer.to)];
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? Math.max(to, start + length(answer.interval, start));
    const partial = start < from || end > to + 1000;
    const span = { start, end, at: (start + end) / 2, since: Math.max(start, from), until: Math.min(end, to), partial };
    return { ...span, when: words(span, answer.interval) };
  });
}

const HOUR = 3_600_000;

function length(interval, start) {
  const known = { minute: HOUR / 60, "15m": HOUR / 4, hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR }[interval];
  if (known) return known;
  const { year, month } = time.wall(start);
  return new Date(Date.UTC(year, month, 0)).getUTCDate() * 24 * HOUR;
}

function words({ start, end, partial }, interval) {
  const so_far = partial ? ", part" : "";
  if (interval === "15m" || interval === "hour" || interval === "minute") {
    return `${time.weekday(start)}, ${time.minute(start)}–${time.minute(end)}${so_far}`;
  }
  if (interval === "month") return time.month(start) + so_far;
  if (interval === "week") return `${time.day(start)} – ${time.date(end - 1)}${so_far}`;
  return `${time.weekday(start)} ${time.wall(start).year}${so_far}`;
}

function summary(bucket, wanted) {
  const values = wanted.map((one) => `${one.title} ${bucket[one.title] ?? "none"}`);
  return `${bucket.when}: ${values.join(", ")}`;
}
