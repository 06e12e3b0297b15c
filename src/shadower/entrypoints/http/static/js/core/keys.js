// The keyboard: single keys and two-key sequences (`g o`), and the sheet that lists them.
import { fill, h } from "./dom.js";

const known = []; // {keys, says, run}
const WAIT_MS = 1200;
let first = "";
let firstAt = 0;

/** Register `keys` ("j" or "g o"), what it says on the sheet, and what it does. */
export function shortcut(keys, says, run) {
  known.push({ keys, says, run });
}

function typing(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (typing(event.target) && event.key !== "Escape") return;
  if (document.querySelector("dialog[open]")) return;
  const now = Date.now();
  const pair = now - firstAt < WAIT_MS ? `${first} ${event.key}` : "";
  const found = known.find((one) => one.keys === pair) || known.find((one) => one.keys === event.key);
  first = event.key;
  firstAt = now;
  if (!found) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return; // it has a meaning of its own
  first = "";
  if (found.run(event) !== false) event.preventDefault();
});

let sheet = null;

export function showShortcuts() {
  sheet ??= document.body.appendChild(h("dialog", { "aria-label": "Keyboard shortcuts" }));
  const rows = known.flatMap((one) => [
    h("dt", {}, one.keys.split(" ").flatMap((key, i) => [i ? " then " : null, h("kbd", {}, key === "Escape" ? "Esc" : key)])),
    h("dd", {}, one.says),
  ]);
  fill(
    sheet,
    h("div.dialog-head", {}, h("h2", {}, "Keyboard"), h("button.icon-button", { type: "button", "aria-label": "Close", onclick: () => sheet.close() }, "×")),
    h("div.dialog-body", {}, h("dl.shortcuts", {}, rows)),
  );
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close(), { once: true });
  sheet.showModal();
}
