// A specification from the server, kept alive: embed once, then only hand over new data. Follows theme and size.
import { fill, h } from "../core/dom.js";
import { page } from "../core/page.js";
import { onTheme, theme } from "../core/theme.js";
import { swatch, tooltipFor } from "./tooltip.js";

let library = null;

export class Chart {
  #element;
  #spec;
  #pick;
  #empty;
  #bound = null;
  #view = null;
  #queue = Promise.resolve();

  /** `pick(bucket)` is called when a bucket is chosen; `empty` is what to say when there is nothing to draw. */
  constructor(element, name, { pick = null, empty = "Nothing in this time" } = {}) {
    this.#element = element;
    this.#spec = page.charts[name];
    this.#pick = pick;
    this.#empty = empty;
    onTheme(() => this.#enqueue(() => this.#embed()));
    new ResizeObserver(() => this.#enqueue(() => this.#resize())).observe(element);
  }

  get width() {
    return this.#element.clientWidth || 640;
  }

  show(bound) {
    this.#bound = bound;
    return this.#enqueue(() => (this.#view ? this.#update() : this.#embed()));
  }

  #enqueue(step) {
    this.#queue = this.#queue.then(step).catch((error) => console.error(error));
    return this.#queue;
  }

  async #embed() {
    if (!this.#bound) return;
    library ??= import("../../vendor/vega.js");
    const { embed } = await library;
    this.#view?.finalize();
    const { view } = await embed(this.#element, withData(this.#spec, this.#bound), {
      ast: true,
      actions: false,
      defaultStyle: false,
      renderer: "svg",
      logLevel: 1, // errors; an empty data set is no cause for a warning
      config: page.themes[theme()],
      tooltip: tooltipFor(this.#spec.usermeta.series, inks),
    });
    this.#view = view;
    if (this.#pick) view.addEventListener("click", (_event, item) => item?.datum?.start && this.#pick(item.datum));
    this.#drawn();
  }

  async #update() {
    const { points, buckets, ticks, labels } = this.#bound;
    this.#view.data("points", points).data("buckets", buckets).signal("ticks", ticks).signal("labels", labels);
    await this.#view.runAsync();
    this.#drawn();
  }

  async #resize() {
    const { clientWidth, clientHeight } = this.#element;
    if (!this.#view || !clientWidth || clientWidth === this.#view.width()) return;
    await this.#view.width(clientWidth).height(clientHeight).runAsync();
  }

  #drawn() {
    this.#element.classList.remove("loading");
    this.#element.querySelector(".chart-empty")?.remove();
    this.#element.classList.toggle("empty", this.#bound.empty);
    if (this.#bound.empty) this.#element.append(h("p.chart-empty", {}, this.#empty));
  }
}

function withData(spec, { points, buckets, ticks, labels }) {
  const bound = { ticks, labels };
  const params = spec.params.map((param) => (param.name in bound ? { ...param, value: bound[param.name] } : param));
  return { ...spec, params, datasets: { points, buckets } };
}

function inks() {
  return page.themes[theme()].params.find((param) => param.name === "ink").value;
}

/** The legend beside a chart's title: its series when there are several, and the time before while that is shown. */
export function legend(element, name, kind = "") {
  const { series } = page.charts[name].usermeta;
  const item = (one) => h("li", {}, swatch(inks()[one.ink], kind), one.title);
  const draw = () => fill(element, series.length > 1 ? series.map(item) : null, h("li.before", {}, h("span.swatch.line.dashed"), "Before"));
  onTheme(draw);
  draw();
}
