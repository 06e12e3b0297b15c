// A sparkline: the shape of a metric behind its number. Gaps stay gaps.
import { svg } from "../core/dom.js";

const WIDTH = 120;
const HEIGHT = 28;

export function spark(values) {
  const numbers = values.map((value) => (value === null ? null : Number(value)));
  const drawn = svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const present = numbers.filter((value) => value !== null);
  if (present.length < 2) return drawn;
  const [low, high] = [Math.min(...present), Math.max(...present)];
  const x = (i) => (i / (numbers.length - 1)) * WIDTH;
  const y = (value) => HEIGHT - 2 - ((value - low) / (high - low || 1)) * (HEIGHT - 5) * (high === low ? 0 : 1);
  for (const run of runs(numbers)) {
    const line = run.map(([i, value], n) => `${n ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    const [from, to] = [x(run[0][0]).toFixed(1), x(run.at(-1)[0]).toFixed(1)];
    drawn.append(svg("path", { class: "under", d: `${line}L${to} ${HEIGHT}L${from} ${HEIGHT}Z` }), svg("path", { d: line }));
  }
  return drawn;
}

function runs(numbers) {
  const found = [[]];
  numbers.forEach((value, i) => {
    if (value === null) found.push([]);
    else found.at(-1).push([i, value]);
  });
  return found.filter((run) => run.length > 1);
}
