// The tooltip of every chart: Vega says what is pointed at, we draw it with the page's own style.
import { fill, h } from "../core/dom.js";

let box = null;

/** A tooltip handler for vega-embed. `inks()` gives the colours of the theme, `series` the chart's titles and inks. */
export function tooltipFor(series, inks) {
  return (_view, event, _item, value) => {
    if (!value || typeof value !== "object") return hide();
    const { title, ...values } = value;
    const rows = [...series, { title: "Before", ink: "before" }].filter((one) => said(values[one.title]));
    box ??= document.body.appendChild(h("div.tooltip", { "aria-hidden": "true" }));
    fill(
      box,
      h("h4", {}, title),
      rows.length
        ? h("dl", {}, rows.flatMap((one) => [swatch(inks()[one.ink]), h("dt", {}, one.title), h("dd", {}, values[one.title])]))
        : h("span.muted", {}, "No value"),
    );
    place(event);
  };
}

function said(text) {
  return text !== undefined && text !== null && text !== "" && text !== "undefined" && text !== "null";
}

export function swatch(colour, kind = "") {
  const element = h(`span.swatch${kind}`);
  element.style.background = colour;
  return element;
}

function place(event) {
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  const right = event.clientX + 16 + width > innerWidth;
  const left = right ? event.clientX - 16 - width : event.clientX + 16;
  box.style.left = `${Math.max(8, left)}px`;
  box.style.top = `${Math.max(8, Math.min(event.clientY - height / 2, innerHeight - height - 8))}px`;
}

function hide() {
  if (box) box.hidden = true;
}

window.addEventListener("scroll", hide, { passive: true });
