// JSON a person can read: indented, with keys, texts and literals told apart.
import { h } from "../core/dom.js";
import { Exact } from "../core/json.js";

export function prettyJson(value) {
  return h("pre.json", { tabindex: "0", "aria-label": "Data as JSON" }, nodes(value, 0));
}

function nodes(value, depth) {
  if (typeof value === "string") return [h("span.text", {}, JSON.stringify(value))];
  if (value === null || typeof value !== "object" || value instanceof Exact) return [h("span.literal", {}, String(value))];
  const list = Array.isArray(value);
  const entries = list ? value.map((one) => [null, one]) : Object.entries(value);
  const [open, close] = list ? ["[", "]"] : ["{", "}"];
  if (!entries.length) return [mark(open + close)];
  const indent = "  ".repeat(depth + 1);
  const lines = entries.flatMap(([key, one], i) => [
    i ? mark(",") : null,
    `\n${indent}`,
    key === null ? null : h("span.key", {}, JSON.stringify(key)),
    key === null ? null : mark(": "),
    ...nodes(one, depth + 1),
  ]);
  return [mark(open), ...lines, `\n${"  ".repeat(depth)}`, mark(close)];
}

function mark(text) {
  return h("span.mark", {}, text);
}
