// Everything known of one event, and the ways from it to its relatives.
import { get } from "../core/api.js";
import { copy, fill, h } from "../core/dom.js";
import * as format from "../core/format.js";
import { eventsLink, sessionLink } from "../core/links.js";
import * as time from "../core/time.js";
import { prettyJson } from "./json.js";
import { statusDot } from "./event-words.js";
import { Panel } from "./panel.js";

export class EventPanel extends Panel {
  #asked = 0;

  /** Show the event with this id; `known` when it is at hand. */
  async show(id, known = null) {
    const mine = ++this.#asked;
    this.reveal();
    if (known) return this.#draw(known);
    fill(this.element, this.head("Loading…"));
    try {
      const { items } = await get("/events", { id, limit: 1 });
      if (mine !== this.#asked) return undefined;
      if (items.length) this.#draw(items[0]);
      else fill(this.element, this.head("Not found"), h("p.empty", { role: "alert" }, "There is no event with this id."));
    } catch (problem) {
      if (mine === this.#asked) fill(this.element, this.head(problem.title), h("p.empty", { role: "alert" }, problem.detail || problem.message));
    }
    return undefined;
  }

  hide() {
    this.#asked += 1;
    super.hide();
  }

  #draw(event) {
    fill(
      this.element,
      this.head(statusDot(event.status), " ", event.type),
      h("dl.detail-fields", {}, fields(event).flatMap(([says, value]) => [h("dt", {}, says), h("dd", {}, value)])),
      h("div.related", {}, relatives(event).map(([says, href]) => h("a.button.small", { href }, says))),
      event.data && [h("h3", {}, "Data"), prettyJson(event.data)],
    );
  }
}

export function copied(text) {
  return [h("span.mono", {}, text), h("button.button.quiet.copy", { type: "button", "aria-label": `Copy ${text}`, onclick: () => copy(text) }, "copy")];
}

function fields(event) {
  const arrival = Date.parse(event.received_at) - Date.parse(event.occurred_at);
  const number = (value, text = format.exact) => (value === null ? null : h("span", { title: format.exact(value) }, text(value)));
  return [
    ["Id", copied(event.id)],
    ["Client id", event.client_id && copied(event.client_id)],
    ["Occurred", h("time", { datetime: event.occurred_at, title: event.occurred_at }, time.precise(event.occurred_at))],
    ["Received", [h("time", { datetime: event.received_at, title: event.received_at }, time.precise(event.received_at)), arrival >= 1 ? h("span.faint", {}, ` ${format.duration(arrival)} later`) : null]],
    ["Status", event.status],
    ["Error", event.error_type && h("span.bad", {}, event.error_type)],
    ["Agent", event.agent_id],
    ["User", event.user_id],
    ["Session", event.session_id && h("a.link", { href: sessionLink(event.session_id) }, event.session_id)],
    ["Correlation", event.correlation_id],
    ["Parent", event.parent_id && h("a.link.mono", { href: eventsLink({ timeframe: "all", event: event.parent_id }) }, event.parent_id)],
    ["Model", event.model],
    ["Duration", number(event.duration_ms, format.duration)],
    ["Tokens in", number(event.tokens_in)],
    ["Tokens out", number(event.tokens_out)],
    ["Credits", number(event.credits)],
    ["Cost", number(event.cost)],
    ["Source", event.source],
    ["Position", format.count(event.position)],
  ].filter(([, value]) => value !== null && value !== "" && value !== undefined);
}

function relatives(event) {
  const events = (name) => eventsLink({ timeframe: "all", [name]: event[name] });
  return [
    ["Session timeline", event.session_id && sessionLink(event.session_id)],
    ["Same agent", event.agent_id && events("agent_id")],
    ["Same user", event.user_id && events("user_id")],
    ["Same correlation", event.correlation_id && events("correlation_id")],
  ].filter(([, href]) => href);
}
