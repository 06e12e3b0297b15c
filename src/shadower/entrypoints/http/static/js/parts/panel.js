// The panel beside a list: what holds details, whatever they are about.
import { h } from "../core/dom.js";

export class Panel {
  #frame;
  #onClose;

  /** `frame` makes room for the panel while it is open; `onClose` is called when the reader closes it. */
  constructor(element, frame, onClose) {
    this.element = element;
    this.#frame = frame;
    this.#onClose = onClose;
    element.addEventListener("keydown", (event) => event.key === "Escape" && (event.preventDefault(), this.close()));
  }

  get open() {
    return !this.element.hidden;
  }

  reveal() {
    this.element.hidden = false;
    this.#frame.classList.add("open");
  }

  hide() {
    this.element.hidden = true;
    this.#frame.classList.remove("open");
  }

  close() {
    this.hide();
    this.#onClose();
  }

  head(...title) {
    return h(
      "div.detail-head",
      {},
      h("h2", {}, title),
      h("button.icon-button", { type: "button", "aria-label": "Close", title: "Close (Esc)", onclick: () => this.close() }, "×"),
    );
  }
}
