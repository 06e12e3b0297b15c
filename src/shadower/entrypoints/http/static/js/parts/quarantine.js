// Refused events by code, each with what was sent, ready to be mended and replayed or to be dropped.
import { get, send } from "../core/api.js";
import { change, onChange, state } from "../core/address.js";
import { fill, h, toast } from "../core/dom.js";
import { indented } from "../core/json.js";
import * as format from "../core/format.js";
import { may } from "../core/page.js";
import * as time from "../core/time.js";

const PAGE = 100;

export class Quarantine {
  #host;
  #said;
  #filter;
  #changed;
  #shown = "";

  /** `changed` is called after an entry was replayed or dropped. */
  constructor(host, said, filter, changed) {
    this.#host = host;
    this.#said = said;
    this.#filter = filter;
    this.#changed = changed;
    onChange(() => ((this.#shown = ""), changed()));
  }

  async show(health) {
    this.#said.textContent = health.quarantine.entries ? format.plural(health.quarantine.entries, "entry", "entries") : "";
    this.#codes(health.rejects);
    if (!may("admin")) return fill(this.#host, outlines(health.rejects, state().get("code")));
    const { items, next_cursor: more } = await get("/quarantine", { state: "open", code: state().get("code"), limit: PAGE });
    const shown = JSON.stringify(items.map((item) => [item.id, item.count]));
    if (shown === this.#shown || this.#editing) return undefined; // what somebody is working on is not redrawn under his hands
    this.#shown = shown;
    if (!items.length) return fill(this.#host, h("div.empty", {}, h("strong", {}, "Nothing in quarantine"), h("span", {}, "Every event that came in was stored, or was a repeat of one that is.")));
    return fill(this.#host, items.map((item) => this.#entry(item)), more && h("p.more", {}, `The ${PAGE} newest are shown.`));
  }

  get #editing() {
    return this.#host.querySelector("details[open]") !== null;
  }

  #codes(rejects) {
    const chosen = state().get("code");
    const button = (code, says, count) =>
      h("button", { type: "button", "aria-pressed": String(code === chosen), onclick: () => change({ code }) }, says, count === null ? null : h("span.faint", {}, ` ${format.count(count)}`));
    const all = [button(null, "All codes", null), ...rejects.map(({ code, count }) => button(code, code, count))];
    fill(this.#filter, rejects.length > 1 || chosen ? h("div.segments", { role: "group", "aria-label": "Code" }, all) : null);
  }

  #entry(item) {
    const details = h(
      "details.reject",
      {},
      h(
        "summary",
        {},
        h("strong", {}, item.code, item.projection && [" ", h("span.badge", {}, item.projection)]),
        h("span.message.muted", {}, item.message),
        h("span.badge", {}, `${format.count(item.count)} ×`),
        h("time.faint.nowrap", { datetime: item.last_seen_at, title: time.stamp(item.last_seen_at) }, time.ago(item.last_seen_at)),
      ),
    );
    details.addEventListener("toggle", () => details.open && details.children.length === 1 && details.append(this.#inside(item, details)));
    return details;
  }

  #inside(item, details) {
    const inLog = item.projection !== null; // a projection could not take it: nothing about it can be mended
    const text = h("textarea.field", { spellcheck: "false", "aria-label": inLog ? "The event" : "The event, to be mended" });
    text.readOnly = inLog;
    text.value = pretty(item.sent);
    text.rows = Math.min(24, Math.max(4, text.value.split("\n").length + 1));
    const problem = h("p.bad", { role: "alert" });
    const done = (says) => {
      toast(says);
      details.remove();
      this.#shown = "";
      this.#changed();
    };
    const attempt = async (button, action) => {
      button.disabled = true;
      try {
        await action();
      } catch (error) {
        problem.textContent = error.detail || error.message;
      }
      button.disabled = false;
    };
    const replay = async () => {
      const answer = await send("POST", `/quarantine/${item.id}/replay`, inLog ? undefined : `{"event": ${checked(text.value)}}`);
      if (answer.outcome === "stored" || answer.outcome === "duplicate") return done(`Replayed: ${answer.outcome}`);
      problem.textContent = answer.message ?? `Still refused: ${answer.code ?? answer.outcome}`;
      return undefined;
    };
    const drop = async () => (await send("DELETE", `/quarantine/${item.id}`), done("Dropped"));
    return h(
      "div.inside",
      {},
      h("p", {}, item.message, h("span.faint", {}, ` First seen ${time.stamp(item.first_seen_at)}${item.source ? `, source ${item.source}` : ""}.`)),
      text,
      h(
        "div.actions",
        {},
        h("button.button.primary", { type: "button", onclick: (event) => attempt(event.currentTarget, replay) }, inLog ? "Let it try again" : "Replay as shown"),
        h("button.button.danger", { type: "button", onclick: (event) => attempt(event.currentTarget, drop) }, "Delete"),
        h("span.faint", {}, inLog ? `The event is in the log; only ${item.projection} goes on without it.` : "The original stays on record with the replayed event."),
      ),
      problem,
    );
  }
}

/** What readers may see: everything but what was sent, which may hold secrets. */
function outlines(rejects, code) {
  const rows = rejects.filter((one) => !code || one.code === code).flatMap((one) => one.samples.map((sample) => outline(one.code, sample)));
  const heads = [["Code", ""], ["Field", ""], ["Source", ""], ["Times", ".number"], ["Last seen", ""]];
  return [
    rows.length > 0 && h("div.scroll-x", {}, h("table.table", {}, h("thead", {}, h("tr", {}, heads.map(([says, kind]) => h(`th${kind}`, { scope: "col" }, says)))), h("tbody", {}, rows))),
    h("p.note", {}, "What was sent may hold secrets: it is shown to keys with the scope admin."),
  ];
}

function outline(code, sample) {
  return h(
    "tr",
    {},
    h("td", {}, code, sample.projection && [" ", h("span.badge", {}, sample.projection)]),
    h("td.mono", {}, sample.field),
    h("td", {}, sample.source),
    h("td.number", {}, format.count(sample.count)),
    h("td", {}, h("time", { datetime: sample.last_seen_at, title: time.stamp(sample.last_seen_at) }, time.ago(sample.last_seen_at))),
  );
}

/** What was sent, indented when it is JSON, as it came when it is not. */
function pretty(sent) {
  try {
    return indented(sent);
  } catch {
    return sent;
  }
}

/** The text itself goes out, not a reading of it: no digit is lost on the way. */
function checked(text) {
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    throw new Error(`This is not JSON: ${error.message}`, { cause: error });
  }
}
