// The time of a view: a named timeframe or a range of one's own, and on the overview interval and comparison.
import { change, onChange, state } from "../core/address.js";
import { fill, h } from "../core/dom.js";
import { ALL, INTERVALS, TIMEFRAMES } from "../core/question.js";
import { localDate, timeZone } from "../core/time.js";

const INTERVAL_SAYS = { "15m": "15 minutes", hour: "Hours", day: "Days", week: "Weeks", month: "Months" };

/** `interval`, `compare`: offer these too. */
export function timeframeControl(host, { standard = "7d", interval = false, compare = false } = {}) {
  const said = h("span.range-said", { id: "range-said" });
  const draw = () => {
    const now = state();
    fill(
      host,
      segments(now, standard),
      interval && intervalSelect(now),
      compare && compareToggle(now),
      said,
    );
  };
  onChange(draw);
  draw();
  return { say: (text) => (said.textContent = text) };
}

function segments(now, standard) {
  const custom = Boolean(now.get("from") || now.get("to"));
  const chosen = custom ? "custom" : now.get("timeframe") || standard;
  const button = (name) =>
    h(
      "button",
      {
        type: "button",
        "aria-pressed": String(name === chosen),
        onclick: () => change({ timeframe: name === standard ? null : name, from: null, to: null }),
      },
      name === ALL ? "All" : name,
    );
  return h(
    "div.anchored",
    {},
    h(
      "div.segments",
      { role: "group", "aria-label": "Timeframe" },
      [...TIMEFRAMES, ALL].map(button),
      h("button", { type: "button", "aria-pressed": String(custom), "aria-expanded": "false", onclick: (e) => openCustom(e, now) }, "Custom"),
    ),
  );
}

function openCustom(event, now) {
  const host = event.currentTarget.closest(".anchored");
  if (host.querySelector(".popover")) return host.querySelector(".popover").remove();
  const from = h("input.field", { type: "datetime-local", name: "from", required: true, value: local(now.get("from")) ?? `${localDate(6)}T00:00` });
  const to = h("input.field", { type: "datetime-local", name: "to", value: local(now.get("to")) ?? "" });
  const form = h(
    "form.popover.custom-range",
    { "aria-label": "Custom range" },
    h("label.labelled", {}, h("span", {}, "From"), from),
    h("label.labelled", {}, h("span", {}, "Until (empty: now)"), to),
    h("p.faint", {}, `Times of ${timeZone()}`),
    h("button.button.primary", { type: "submit" }, "Show"),
  );
  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    change({ from: from.value, to: to.value, timeframe: null });
  });
  form.addEventListener("keydown", (pressed) => pressed.key === "Escape" && form.remove());
  document.addEventListener("pointerdown", function outside(pressed) {
    if (host.contains(pressed.target)) return;
    form.remove();
    document.removeEventListener("pointerdown", outside);
  });
  host.append(form);
  from.focus();
  return undefined;
}

/** What a date-time field can show of a bound: local text as it is; instants (from links of charts) are left out. */
function local(text) {
  if (!text || /(?:Z|[+-]\d\d:?\d\d)$/.test(text.slice(10))) return null;
  return text.length === 10 ? `${text}T00:00` : text.slice(0, 16);
}

function intervalSelect(now) {
  const chosen = now.get("interval") || "";
  return h(
    "select.field",
    { "aria-label": "Interval", onchange: (event) => change({ interval: event.target.value || null }) },
    h("option", { value: "", selected: !chosen }, "Interval: auto"),
    INTERVALS.map((name) => h("option", { value: name, selected: name === chosen }, INTERVAL_SAYS[name])),
  );
}

function compareToggle(now) {
  const box = h("input", { type: "checkbox", onchange: (event) => change({ compare: event.target.checked ? "previous" : null }) });
  box.checked = Boolean(now.get("compare"));
  return h("label.check", {}, box, "Compare with the time before");
}
