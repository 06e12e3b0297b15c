// The filters of a view as chips, and the box that adds one: type a value, choose what it is a value of.
import { change, onChange, state } from "../core/address.js";
import { fill, h } from "../core/dom.js";
import { fieldSays, filtersOf, HAS, MISSING } from "../core/question.js";
import { shortcut } from "../core/keys.js";
import { suggestionsFor } from "./suggestions.js";

export function filtersControl(host) {
  const list = h("div.suggestions", { id: "suggestions", role: "listbox", "aria-label": "Values to filter by", hidden: true });
  const input = h("input.field", {
    type: "text",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "Filter by agent, user, model, status…",
    "aria-label": "Add a filter",
    "aria-controls": "suggestions",
    "aria-expanded": "false",
    "aria-autocomplete": "list",
  });
  const box = h("div.filter-box", {}, input, h("kbd", { "aria-hidden": "true" }, "/"), list);
  const chips = () => Object.entries(filtersOf(state())).flatMap(([name, values]) => values.map((value) => chip(name, value)));
  const draw = () => fill(host, chips(), box);
  onChange(draw);
  draw();
  combobox(input, list);
  shortcut("/", "Filter", () => input.focus());
}

function chip(name, value) {
  const [says, shown] = words(name, value);
  const remove = () => change({ [name]: filtersOf(state())[name].filter((one) => one !== value) });
  return h(
    "span.chip",
    {},
    h("span.name", {}, says),
    h("span.clip", { title: value }, shown),
    h("button", { type: "button", "aria-label": `Remove the filter ${says} ${shown}`, onclick: remove }, "×"),
  );
}

function words(name, value) {
  if (name === HAS) return ["With", fieldSays(value)];
  return name === MISSING ? ["Without", fieldSays(value)] : [fieldSays(name), value];
}

function combobox(input, list) {
  let options = [];
  let active = 0;
  let asked = 0;

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const choose = (option) => {
    input.value = "";
    close();
    input.blur();
    change({ [option.name]: [...new Set([...(filtersOf(state())[option.name] ?? []), option.value])] });
  };

  const mark = () => {
    [...list.querySelectorAll("[role=option]")].forEach((element, i) => {
      element.setAttribute("aria-selected", String(i === active));
      if (i === active) element.scrollIntoView({ block: "nearest" });
    });
    if (options.length) input.setAttribute("aria-activedescendant", `suggestion-${active}`);
  };

  const open = async () => {
    const mine = ++asked;
    const found = await suggestionsFor(input.value.trim());
    if (mine !== asked || document.activeElement !== input) return;
    options = found;
    active = 0;
    fill(list, drawn(options, choose));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark();
  };

  input.addEventListener("focus", open);
  input.addEventListener("input", open);
  input.addEventListener("blur", () => setTimeout(close, 120));
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length) {
      active = (active + step + options.length) % options.length;
      mark();
    } else if (event.key === "Enter" && options[active]) choose(options[active]);
    else if (event.key === "Escape") input.blur();
    else return;
    event.preventDefault();
  });
}

function drawn(options, choose) {
  if (!options.length) return h("p.none", {}, "No such value in this time");
  let group = null;
  return options.flatMap((option, i) => {
    const head = option.says === group ? null : h("div.group", { role: "presentation" }, (group = option.says));
    const row = h(
      "div",
      { role: "option", id: `suggestion-${i}`, onpointerdown: (event) => event.preventDefault(), onclick: () => choose(option) },
      h("span.clip", {}, option.shown ?? option.value),
      h("span.faint.number", {}, option.note),
    );
    return [head, row];
  });
}
