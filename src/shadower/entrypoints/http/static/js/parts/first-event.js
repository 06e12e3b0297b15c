// How to send an event, ready to paste: shown until there is one, and whenever somebody asks.
import { send } from "../core/api.js";
import { copy, fill, h } from "../core/dom.js";
import { may } from "../core/page.js";

const PLACEHOLDER = "YOUR_KEY";

function snippets(key) {
  const url = `${location.origin}/api/v1/events`;
  const event = {
    type: "agent.executed",
    agent_id: "my-agent",
    user_id: "me",
    model: "gpt-4o",
    status: "success",
    duration_ms: 1840,
    tokens_in: 912,
    tokens_out: 148,
    cost: "0.00376",
  };
  const body = JSON.stringify({ events: [event] }, null, 2).replaceAll("\n", "\n  ");
  return {
    curl: `curl -X POST ${url} \\\n  -H "Authorization: Bearer ${key}" \\\n  -H "Content-Type: application/json" \\\n  -d '${body}'`,
    Python: [
      "import json, urllib.request",
      "",
      `event = ${JSON.stringify(event, null, 4)}`,
      "request = urllib.request.Request(",
      `    "${url}",`,
      `    data=json.dumps({"events": [event]}).encode(),`,
      `    headers={"Authorization": "Bearer ${key}", "Content-Type": "application/json"},`,
      ")",
      "print(urllib.request.urlopen(request).read().decode())",
    ].join("\n"),
    Import: [
      "# a CSV, NDJSON or JSON file of past runs; --dry-run shows the first rows as events",
      `shadower import runs.csv --url ${location.origin} --key ${key} \\`,
      "  --map occurred_at=time --map agent_id=agent --map duration_ms=ms \\",
      "  --set type=agent.executed --dry-run",
    ].join("\n"),
  };
}

/** Tabs of snippets. An admin can have a key made that is filled in. */
function snippetTabs() {
  let key = PLACEHOLDER;
  let tab = "curl";
  const host = h("div.snippets");
  const draw = () => {
    const all = snippets(key);
    fill(
      host,
      h(
        "div.snippets-head",
        {},
        h(
          "div.segments",
          { role: "tablist", "aria-label": "Ways to send" },
          Object.keys(all).map((name) =>
            h("button", { type: "button", role: "tab", "aria-selected": String(name === tab), onclick: () => ((tab = name), draw()) }, name === "Import" ? "shadower import" : name),
          ),
        ),
        h("button.button.small", { type: "button", onclick: () => copy(all[tab]) }, "Copy"),
      ),
      h("pre.snippet", { tabindex: "0" }, all[tab]),
      keyLine(key, (made) => ((key = made), draw())),
    );
  };
  draw();
  return host;
}

function keyLine(key, made) {
  if (key !== PLACEHOLDER) return h("p.muted", {}, "This key may only send events. It is not shown again after you leave.");
  if (!may("admin")) return h("p.muted", {}, `Put a key with the scope ingest in place of ${PLACEHOLDER}.`);
  const problem = h("span.bad", { role: "alert" });
  const button = h(
    "button.button.small",
    {
      type: "button",
      onclick: async () => {
        button.disabled = true;
        try {
          made((await send("POST", "/keys", { name: "first events", scopes: ["ingest"] })).key);
        } catch (error) {
          problem.textContent = error.detail || error.message;
          button.disabled = false;
        }
      },
    },
    "Make a key and fill it in",
  );
  return h("p.muted.key-line", {}, button, `or put your own in place of ${PLACEHOLDER}.`, problem);
}

/** The whole of a workspace without events. The view that shows it takes it away when the first one arrives. */
export function welcome() {
  return h(
    "section.panel.welcome",
    { "aria-labelledby": "welcome-title" },
    h("p.waiting", { role: "status" }, h("span.dot"), "Waiting for the first event…"),
    h("h2", { id: "welcome-title" }, "Send one, and this page turns into your dashboard"),
    snippetTabs(),
  );
}

let dialog = null;

export function showSnippets() {
  dialog ??= document.body.appendChild(h("dialog.wide", { "aria-label": "Send an event" }));
  fill(
    dialog,
    h("div.dialog-head", {}, h("h2", {}, "Send an event"), h("button.icon-button", { type: "button", "aria-label": "Close", onclick: () => dialog.close() }, "×")),
    h("div.dialog-body", {}, snippetTabs()),
  );
  dialog.showModal();
}
