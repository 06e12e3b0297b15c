// API keys: make one (shown once), see when each was last used, revoke.
import { get, send } from "../core/api.js";
import { byId, copy, fill, h, toast } from "../core/dom.js";
import { failed, fresh } from "../core/freshness.js";
import { every } from "../core/poll.js";
import { startShell } from "../core/shell.js";
import * as time from "../core/time.js";

startShell();

async function look() {
  try {
    const { items } = await get("/keys", { limit: 1000 });
    show(items);
    fresh("keys");
  } catch (problem) {
    failed("keys", problem, poll.now);
    throw problem;
  }
}

function show(keys) {
  const living = keys.filter((key) => !key.revoked_at);
  const revoked = keys.filter((key) => key.revoked_at);
  const heads = ["Name", "Starts with", "May", "Created", "Last used", ""].map((says) => h("th", { scope: "col" }, says));
  fill(byId("keys"), h("table.table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, [...living, ...revoked].map(row))));
}

function row(key) {
  const gone = key.revoked_at !== null;
  return h(
    gone ? "tr.muted" : "tr",
    {},
    h("td", {}, key.name),
    h("td.mono", {}, `${key.prefix}…`),
    h("td", {}, key.scopes.map((scope) => [h("span.badge", {}, scope), " "])),
    h("td", {}, h("time", { datetime: key.created_at, title: time.stamp(key.created_at) }, time.date(key.created_at))),
    h("td", {}, key.last_used_at ? h("time", { datetime: key.last_used_at, title: time.stamp(key.last_used_at) }, time.ago(key.last_used_at)) : "never"),
    h("td.number", {}, gone ? `revoked ${time.date(key.revoked_at)}` : revoker(key)),
  );
}

/** Two clicks: the first says what the second does. */
function revoker(key) {
  const button = h("button.button.small.danger", { type: "button", "aria-label": `Revoke ${key.name}` }, "Revoke");
  button.addEventListener("click", async () => {
    if (!button.dataset.sure) {
      button.dataset.sure = "yes";
      button.textContent = "Revoke for good?";
      return;
    }
    button.disabled = true;
    try {
      await send("DELETE", `/keys/${encodeURIComponent(key.id)}`);
      toast(`${key.name} is revoked`);
    } catch (problem) {
      toast(problem.detail || problem.message);
    }
    poll.now();
  });
  button.addEventListener("blur", () => {
    delete button.dataset.sure;
    button.textContent = "Revoke";
  });
  return button;
}

byId("new-key").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const wanted = new FormData(form);
  const made = byId("made");
  try {
    const key = await send("POST", "/keys", { name: wanted.get("name"), scopes: wanted.getAll("scope") });
    fill(
      made,
      h(
        "div.made",
        { role: "status" },
        h("p", {}, h("strong", {}, key.name), " is ready. Copy it now: it is not shown again."),
        h("p.actions", {}, h("code", {}, key.key), h("button.button.small", { type: "button", onclick: () => copy(key.key) }, "Copy")),
      ),
    );
    form.reset();
    poll.now();
  } catch (problem) {
    fill(made, h("p.bad", { role: "alert" }, problem.detail || problem.message));
  }
  made.hidden = false;
});

const poll = every(10_000, look);
