// Which bucket starts carry a label, and what it says: whole hours, days, weeks and months of the workspace's time zone.
import * as time from "../core/time.js";

const LABEL_PX = 74;
const DAY_MS = 86_400_000;

const LEVELS = [
  { fits: (w) => w.minute % 5 === 0, name: "clock" },
  { fits: (w) => w.minute % 15 === 0, name: "clock" },
  { fits: (w) => w.minute === 0, name: "clock" },
  { fits: (w) => w.minute === 0 && w.hour % 3 === 0, name: "clock" },
  { fits: (w) => w.minute === 0 && w.hour % 6 === 0, name: "clock" },
  { fits: (w) => w.minute === 0 && w.hour % 12 === 0, name: "clock" },
  { fits: (w) => w.midnight, name: "day" },
  { fits: (w) => w.midnight && Math.round(w.at / DAY_MS) % 2 === 0, name: "day" },
  { fits: (w) => w.midnight && w.weekday === 0, name: "day" },
  { fits: (w) => w.midnight && w.day === 1, name: "month" },
  { fits: (w) => w.midnight && w.day === 1 && (w.month - 1) % 3 === 0, name: "month" },
];

/** {ticks: [milliseconds], labels: {milliseconds: text}} for buckets of `interval`, as many as fit `width` pixels. */
export function ticksFor(spans, interval, width) {
  const room = Math.max(2, Math.floor(width / LABEL_PX));
  const walls = spans.map((span) => {
    const wall = time.wall(span.start);
    return { ...wall, at: span.start, midnight: wall.hour === 0 && wall.minute === 0 };
  });
  const days = interval === "day" || interval === "week" || interval === "month";
  for (const level of LEVELS.slice(days ? 6 : 0)) {
    const chosen = walls.filter(level.fits);
    if (chosen.length <= room && chosen.length >= Math.min(3, room)) return labelled(chosen, level.name);
  }
  const step = Math.ceil(walls.length / room) || 1;
  return labelled(walls.filter((_, i) => i % step === 0), interval === "month" ? "month" : days ? "day" : "clock");
}

function labelled(walls, name) {
  const labels = {};
  for (const wall of walls) labels[wall.at] = label(wall, name);
  return { ticks: walls.map((wall) => wall.at), labels };
}

function label(wall, name) {
  if (name === "month") return time.month(wall.at);
  if (name === "day" || wall.midnight) return time.day(wall.at);
  return time.minute(wall.at);
}
