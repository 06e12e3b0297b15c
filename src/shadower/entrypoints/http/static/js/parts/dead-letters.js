// The groups of the event bus, and the events their handlers could not handle: ready to be handled again or dropped.
import { get, send } from "../core/api.js";
import { fill, h, toast } from "../core/dom.js";
import * as format from "../core/format.js";
import { eventLink } from "../core/links.js";
import { may } from "../core/page.js";
import * as time from "../core/time.js";

const PAGE = 50;

export class DeadLetters {
  #panel;
  #groups;
  #letters;
  #changed;
  #shown = "";

  /** `panel` stays hidden where there is no handler; `changed` is called after somebody has decided about a dead letter. */
  constructor(panel, groups, letters, changed) {
    this.#panel = panel;
    this.#groups = groups;
    this.#letters = letters;
    this.#changed = changed;
  }

  async show(groups) {
    this.#panel.hidden = groups.length === 0;
    if (this.#panel.hidden) return;
    fill(this.#groups, h("table.table", {}, h("tbody", {}, groups.map(group))));
    if (!may("admin")) return;
    const any = groups.some((one) => Number(one.dead_letters) > 0);
    const { items, next_cursor: more } = any ? await get("/dead-letters", { limit: PAGE }) : { items: [], next_cursor: null };
    const shown = JSON.stringify(items.map((item) => [item.id, item.state, item.attempts]));
    if (shown === this.#shown) return;
    this.#shown = shown;
    fill(this.#letters, items.map((item) => this.#letter(item)), more && h("p.more", {}, `The ${PAGE} newest are shown.`));
  }

  #letter(item) {
    const decide = (method, path, says) => async (event) => {
      event.currentTarget.disabled = true;
      await send(method, `/dead-letters/${item.id}${path}`).then(() => toast(says), (problem) => toast(problem.detail || problem.message));
      this.#changed();
    };
    const waits = item.state === "replaying";
    return h(
      "div.letter",
      {},
      h("strong", {}, item.group),
      h("a.link", { href: eventLink({ id: item.event_id }) }, item.type),
      h("span.message.muted", {}, item.message),
      h("span.badge", {}, waits ? "to be handled again" : format.plural(item.attempts, "try", "tries")),
      h("time.faint.nowrap", { datetime: item.last_failed_at, title: time.stamp(item.last_failed_at) }, time.ago(item.last_failed_at)),
      h("button.button.small", { type: "button", disabled: waits, onclick: decide("POST", "/replay", "It is handled again") }, "Replay"),
      h("button.button.small.danger", { type: "button", onclick: decide("DELETE", "", "Dropped") }, "Drop"),
    );
  }
}

function group(one) {
  const letters = Number(one.dead_letters);
  return h(
    "tr",
    {},
    h("td", {}, one.name),
    h("td.number", {}, Number(one.lag) ? h("span", {}, format.plural(one.lag, "event")) : h("span.good", {}, "up to date")),
    h("td.number.muted", {}, one.lag_ms === null ? "" : format.duration(one.lag_ms)),
    h("td.muted", {}, one.owner === null ? h("span.bad", {}, "no process serves it") : one.owner),
    h("td.number", {}, letters ? h("span.bad", {}, format.plural(letters, "dead letter")) : h("span.faint", {}, "no dead letters")),
  );
}
