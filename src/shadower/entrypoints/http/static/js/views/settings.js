// The workspace's settings, and the look of this browser.
import { send } from "../core/api.js";
import { byId, h } from "../core/dom.js";
import { startShell } from "../core/shell.js";
import { choose, chosen, onTheme } from "../core/theme.js";
import { may } from "../core/page.js";
import { startRetention } from "../parts/retention.js";

startShell();

byId("zones").append(...Intl.supportedValuesOf("timeZone").map((name) => h("option", { value: name })));

byId("workspace").addEventListener("submit", async (event) => {
  event.preventDefault();
  const wanted = Object.fromEntries(new FormData(event.currentTarget));
  const saved = byId("saved");
  try {
    const workspace = await send("PATCH", "/workspaces/current", wanted);
    document.querySelector(".workspace").textContent = workspace.name;
    saved.className = "good";
    saved.textContent = "Saved. Days are cut anew from now on.";
  } catch (problem) {
    saved.className = "bad";
    saved.textContent = problem.detail || problem.message;
  }
});

startRetention(byId("retention"), byId("retention-said"), byId("retention-saved"), byId("retention-runs"));

if (!may("admin")) {
  for (const control of byId("workspace").elements) control.disabled = true;
  byId("saved").textContent = "Changing these takes a key with the scope admin.";
}

const look = byId("look");
const show = () => {
  for (const button of look.children) button.setAttribute("aria-pressed", String(button.value === chosen()));
};
look.addEventListener("click", (event) => event.target.value && choose(event.target.value));
onTheme(show);
show();
