// How long events are kept, what is gone, and how the last runs went.
import { get, send } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import * as format from "../core/format.js";
import { may } from "../core/page.js";
import * as time from "../core/time.js";

const SHOWN = 7;
const STATES = { running: "running", succeeded: "done", held_back: "held back", failed: "failed", interrupted: "interrupted" };

/** Show the term and the runs; shortening the term takes two clicks, the first of which says what the second does. */
export function startRetention(form, said, saved, runs) {
  const field = form.elements.retention_days;
  const button = form.querySelector("button");
  let kept = null; // days, null for ever

  /** The term is shown once, into a field that is locked until then: what somebody types is never overwritten. */
  async function start() {
    for (const control of form.elements) control.disabled = true;
    kept = await look();
    field.value = kept ?? "";
    for (const control of form.elements) control.disabled = !may("admin");
  }

  async function look() {
    const [retention, { items }] = await Promise.all([get("/retention"), get("/retention/runs", { limit: SHOWN })]);
    said.textContent = retention.removed_events ? `${format.plural(retention.removed_events, "event")} removed, received before ${time.date(retention.received_before)}` : "nothing removed yet";
    fill(runs, items.length > 0 && h("table.table", {}, h("tbody", {}, items.map(row))));
    return retention.retention_days;
  }

  async function save(days) {
    try {
      kept = (await send("PATCH", "/workspaces/current", { retention_days: days })).retention_days;
      tell("good", days === null ? "Events are kept for ever." : `Events are kept for ${format.plural(days, "day")}.`);
      await look();
    } catch (problem) {
      tell("bad", problem.detail || problem.message);
    }
  }

  function tell(kind, text) {
    saved.className = kind;
    saved.textContent = text;
  }

  function unsure() {
    delete button.dataset.sure;
    button.textContent = "Set";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const days = field.value === "" ? null : Number(field.value);
    const shorter = days !== null && (kept === null || days < kept);
    if (shorter && !button.dataset.sure) {
      button.dataset.sure = "yes";
      button.textContent = "Set, and let older events go for good?";
      return;
    }
    unsure();
    save(days);
  });
  field.addEventListener("input", unsure);
  button.addEventListener("blur", unsure);

  start().catch((problem) => tell("bad", problem.detail || problem.message));
}

function row(run) {
  const bad = !["running", "succeeded"].includes(run.state);
  return h(
    "tr",
    {},
    h("td", {}, h("time", { datetime: run.started_at, title: time.stamp(run.started_at) }, time.brief(run.started_at))),
    h("td", {}, run.dry_run ? `${format.plural(run.due, "event")} would go` : `${format.count(run.removed)} of ${format.plural(run.due, "event")} removed`),
    h(bad ? "td.bad" : "td.muted", { title: run.detail }, STATES[run.state]),
  );
}
