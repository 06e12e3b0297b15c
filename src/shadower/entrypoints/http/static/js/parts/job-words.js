// How a job reads: its state, how far it is, how long it took, and what may be done about it.
import { send } from "../core/api.js";
import { h, toast } from "../core/dom.js";
import * as format from "../core/format.js";
import { may } from "../core/page.js";
import * as time from "../core/time.js";

const DOTS = { queued: "none", running: "running", succeeded: "success", failed: "failure", dead: "failure", cancelled: "cancelled" };
export const STATES = ["queued", "running", "succeeded", "failed", "dead", "cancelled"];

export function dot(state) {
  return h("span.status-dot", { dataset: { status: DOTS[state] } });
}

/** The state in words; a queued job that failed before waits for its next attempt. */
export function stateOf(job) {
  if (job.cancelling) return "stopping";
  if (job.state === "queued" && job.error) return "waits to try again";
  return job.state;
}

export function isLive(job) {
  return job.state === "running" || (job.state === "queued" && Date.parse(job.run_after) - Date.now() < 60_000);
}

/** A bar where the whole is known, words otherwise. */
export function progressOf(job) {
  const { progress } = job;
  if (!progress) return job.state === "running" ? h("span.faint", {}, "at work") : null;
  const { done, total, note } = progress;
  const words = total === null ? format.count(done) : `${format.count(done)} of ${format.count(total)}`;
  const said = note ? `${words} ${note}` : words;
  if (!total) return h("span.muted", {}, said);
  const share = Math.min(1, Number(done) / Number(total));
  return h(
    "span.progress",
    {},
    h("span.progress-track", { role: "progressbar", "aria-valuenow": Math.round(share * 100), "aria-valuemin": 0, "aria-valuemax": 100, "aria-label": said }, h("span.progress-done", { style: { width: `${share * 100}%` }, dataset: { state: job.state } })),
    h("span.muted", {}, said),
  );
}

/** How long the latest attempt took, or takes. */
export function took(job) {
  if (!job.started_at) return null;
  const end = job.finished_at ? Date.parse(job.finished_at) : job.state === "running" ? Date.now() : null;
  return end === null ? null : format.duration(Math.max(0, end - Date.parse(job.started_at)));
}

/** When it began, or will. */
export function when(job) {
  const waits = job.state === "queued" && Date.parse(job.run_after) > Date.now();
  const at = waits ? job.run_after : job.created_at;
  return h("time", { datetime: at, title: time.stamp(at) }, waits ? time.ahead(at) : time.ago(at));
}

/** What may be done about it: {name, says, path}, or null. */
export function actionOn(job) {
  if (job.system || !may("admin") || job.cancelling || job.state === "succeeded") return null;
  const again = { name: "retry", says: "Try again", done: "It will be tried again" };
  if (["failed", "dead", "cancelled"].includes(job.state)) return again;
  return { name: "cancel", says: "Cancel", done: job.state === "running" ? "It is told to stop" : "Cancelled" };
}

/** The button for it. `changed` is given the job as it is afterwards. */
export function actionButton(job, changed) {
  const action = actionOn(job);
  if (!action) return null;
  const button = h("button.button.small", { type: "button", dataset: { action: action.name }, "aria-label": `${action.says}: job ${job.id}` }, action.says);
  button.addEventListener("click", async (event) => {
    event.stopPropagation();
    button.disabled = true;
    try {
      const now = await send("POST", `/jobs/${job.id}/${action.name}`);
      toast(action.done);
      changed(now);
    } catch (problem) {
      toast(problem.detail || problem.message);
      button.disabled = false;
    }
  });
  return button;
}
