// Jobs as rows that change in place, so that neither the cursor nor a button under the pointer is lost.
import { state } from "../core/address.js";
import { fill, h } from "../core/dom.js";
import { actionButton, actionOn, dot, progressOf, stateOf, took, when } from "./job-words.js";

const COLUMNS = [
  ["Job", "", (job) => [h("a", { href: here(job), tabindex: "-1" }, h("span.mono", {}, job.kind)), job.system && h("span.badge", {}, "system")]],
  ["State", "", (job) => [dot(job.state), stateOf(job), job.error && job.state !== "queued" && h("span.bad", {}, ` ${job.error.code}`)]],
  ["Progress", "", progressOf],
  ["Attempt", "number", (job) => (job.attempts ? `${job.attempts} of ${job.most_attempts}` : null)],
  ["When", "", when],
  ["Took", "number", took],
];

/** This view with the job open. */
function here(job) {
  const address = state();
  address.set("job", job.id);
  return `?${address}`;
}

class Row {
  element = h("tr", { "aria-selected": "false" });
  #cells = COLUMNS.map(([, kind]) => h(`td${kind && `.${kind}`}`));
  #action = h("td.number.act");
  #offered = "";
  #changed;

  constructor(job, changed) {
    this.#changed = changed;
    this.element.dataset.id = job.id;
    this.element.append(...this.#cells, this.#action);
    this.show(job);
  }

  /** Change what has changed: whatever else is in the row keeps the focus and the pointer. */
  show(job) {
    this.job = job;
    COLUMNS.forEach(([, , say], i) => {
      const cell = this.#cells[i];
      const told = fill(cell.cloneNode(), say(job));
      if (!told.isEqualNode(cell)) fill(cell, ...told.childNodes);
    });
    const offered = actionOn(job)?.name ?? "none";
    if (offered !== this.#offered) fill(this.#action, actionButton(job, this.#changed));
    this.#offered = offered;
  }
}

export class JobTable {
  #body = h("tbody");
  #rows = new Map(); // id as text → Row
  #changed;

  /** `pick` opens a job; `changed` is given a job that somebody cancelled or has tried again. */
  constructor(table, pick, changed) {
    this.#changed = changed;
    const heads = COLUMNS.map(([says, kind]) => h(`th${kind && `.${kind}`}`, { scope: "col" }, says));
    fill(table, h("thead", {}, h("tr", {}, heads, h("th", {}, h("span.visually-hidden", {}, "Actions")))), this.#body);
    this.#body.addEventListener("click", (event) => {
      const tr = event.target.closest("tr[data-id]");
      if (!tr || event.target.closest("button") || event.metaKey || event.ctrlKey || event.shiftKey || getSelection().toString()) return;
      event.preventDefault();
      this.#mark(tr);
      pick(tr.dataset.id);
    });
  }

  get size() {
    return this.#rows.size;
  }

  known(id) {
    return this.#rows.get(String(id))?.job ?? null;
  }

  /** Show these jobs, in this order; what is there already changes in place. */
  show(jobs) {
    if (!this.#rows.size) fill(this.#body);
    const wanted = new Set(jobs.map((job) => String(job.id)));
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
    }
    jobs.forEach((job, i) => {
      const row = this.#row(job);
      if (this.#body.children[i] !== row.element) this.#body.insertBefore(row.element, this.#body.children[i] ?? null);
    });
  }

  loading() {
    this.#rows.clear();
    const cells = () => [...COLUMNS, null].map(() => h("td", {}, h("span.skeleton", {}, "loading")));
    fill(this.#body, Array.from({ length: 6 }, () => h("tr", { "aria-hidden": "true" }, cells())));
  }

  say(...content) {
    this.#rows.clear();
    fill(this.#body, h("tr.said", {}, h("td", { colspan: COLUMNS.length + 1 }, h("div.empty", {}, content))));
  }

  select(id) {
    for (const [known, row] of this.#rows) row.element.setAttribute("aria-selected", String(known === id));
  }

  /** Move the cursor by `step` rows; returns the id it is on. */
  move(step) {
    const rows = [...this.#body.querySelectorAll("tr[data-id]")];
    if (!rows.length) return null;
    const at = rows.findIndex((tr) => tr.classList.contains("cursor"));
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
    this.#mark(next);
    next.querySelector("a").focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    return next.dataset.id;
  }

  get cursor() {
    return this.#body.querySelector(".cursor")?.dataset.id ?? null;
  }

  #row(job) {
    const known = this.#rows.get(String(job.id));
    if (known) {
      known.show(job);
      return known;
    }
    const made = new Row(job, (now) => this.#changed(now));
    this.#rows.set(String(job.id), made);
    return made;
  }

  #mark(tr) {
    this.#body.querySelector(".cursor")?.classList.remove("cursor");
    tr.classList.add("cursor");
  }
}
