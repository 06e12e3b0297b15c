// Everything known of one job.
import { get } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { jobsLink } from "../core/links.js";
import * as time from "../core/time.js";
import { copied } from "./event-panel.js";
import { prettyJson } from "./json.js";
import { actionButton, dot, progressOf, stateOf, took } from "./job-words.js";
import { Panel } from "./panel.js";

export class JobPanel extends Panel {
  #asked = 0;
  #shown = "";
  #changed;

  /** `changed` is given a job that somebody cancelled or has tried again. */
  constructor(element, frame, onClose, changed) {
    super(element, frame, onClose);
    this.#changed = changed;
  }

  /** Show the job with this id; `known` when it is at hand. */
  async show(id, known = null) {
    const mine = ++this.#asked;
    this.reveal();
    if (known) return this.#draw(known);
    fill(this.element, this.head("Loading…"));
    this.#shown = "";
    try {
      const job = await get(`/jobs/${encodeURIComponent(id)}`);
      if (mine === this.#asked) this.#draw(job);
    } catch (problem) {
      if (mine === this.#asked) fill(this.element, this.head(problem.title), h("p.empty", { role: "alert" }, problem.detail || problem.message));
    }
    return undefined;
  }

  hide() {
    this.#asked += 1;
    this.#shown = "";
    super.hide();
  }

  #draw(job) {
    const told = JSON.stringify(job) + (job.state === "running" ? took(job) : "");
    if (told === this.#shown) return;
    const within = this.element.contains(document.activeElement) && document.activeElement.dataset.action;
    this.#shown = told;
    fill(
      this.element,
      this.head(dot(job.state), " ", h("span.mono", {}, job.kind)),
      job.error && h("p.job-error", { role: "status" }, h("strong", {}, job.error.code), " ", job.error.message),
      h("dl.detail-fields", {}, fields(job).flatMap(([says, value]) => [h("dt", {}, says), h("dd", {}, value)])),
      h("div.related", {}, actionButton(job, this.#changed), h("a.button.small", { href: jobsLink(job.kind) }, "Same kind")),
      job.result && [h("h3", {}, "Result"), prettyJson(job.result)],
      Object.keys(job.payload).length > 0 && [h("h3", {}, "Payload"), prettyJson(job.payload)],
    );
    if (within) this.element.querySelector(`[data-action=${within}]`)?.focus();
  }
}

function moment(at) {
  return at && h("time", { datetime: at, title: at }, time.stamp(at));
}

function fields(job) {
  const waits = job.state === "queued" && job.run_after > job.created_at;
  return [
    ["Number", String(job.id)],
    ["State", stateOf(job)],
    ["Progress", progressOf(job)],
    ["Attempt", job.attempts ? `${job.attempts} of at most ${job.most_attempts}` : null],
    ["Queue", job.queue],
    ["Priority", job.priority],
    ["Asked for", moment(job.created_at)],
    ["Not before", waits ? moment(job.run_after) : null],
    ["Began", moment(job.started_at)],
    ["Ended", moment(job.finished_at)],
    ["Took", took(job)],
    ["Belongs to", job.system ? "the system" : null],
    ["Correlation", copied(job.correlation_id)],
    ["Key", job.idempotency_key && h("span.mono", {}, job.idempotency_key)],
  ].filter(([, value]) => value !== null && value !== "" && value !== undefined);
}
