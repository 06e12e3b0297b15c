// The menu of what an administrator may ask for.
import { get, send } from "../core/api.js";
import { fill, h, toast } from "../core/dom.js";

const FOR_GOOD = new Set(["quarantine.purge"]);

/** `started` is given the job that was made. */
export async function startMenu(host, started) {
  const { items } = await get("/jobs/kinds");
  const last = (kind) => Number(FOR_GOOD.has(kind.kind));
  const list = h("div.menu-list", {}, items.toSorted((one, other) => last(one) - last(other)).map((kind) => choice(kind, start)));
  const menu = h("details.menu", {}, h("summary.button.primary", {}, "Start a job"), list);

  async function start(kind) {
    menu.open = false;
    try {
      const job = await send("POST", "/jobs", { kind: kind.kind });
      toast(`${kind.title}: job ${job.id}`);
      started(job);
    } catch (problem) {
      toast(problem.detail || problem.message);
    }
  }

  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  fill(host, menu);
}

/** What cannot be undone takes two clicks: the first says what the second does. */
function choice(kind, start) {
  const button = h(FOR_GOOD.has(kind.kind) ? "button.danger" : "button", { type: "button", title: kind.kind }, kind.title);
  button.addEventListener("click", () => {
    if (FOR_GOOD.has(kind.kind) && !button.dataset.sure) {
      button.dataset.sure = "yes";
      button.textContent = "All of them, for good?";
      return;
    }
    start(kind);
  });
  button.addEventListener("blur", () => {
    delete button.dataset.sure;
    button.textContent = kind.title;
  });
  return button;
}
