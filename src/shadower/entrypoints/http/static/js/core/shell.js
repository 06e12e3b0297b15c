// What every page has: theme, menu, and the keys that work everywhere.
import { byId } from "./dom.js";
import { shortcut, showShortcuts } from "./keys.js";
import { choose, theme } from "./theme.js";

const go = (path) => () => location.assign(path);

export function startShell() {
  byId("theme").addEventListener("click", () => choose(theme() === "dark" ? "light" : "dark"));
  byId("help").addEventListener("click", showShortcuts);
  const menu = byId("menu");
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  shortcut("?", "Show the keys", showShortcuts);
  shortcut("g o", "Go to the overview", go("/"));
  shortcut("g e", "Go to events", go("/events"));
  shortcut("g h", "Go to data health", go("/data-health"));
  shortcut("g j", "Go to jobs", go("/jobs"));
  shortcut("t", "Light or dark", () => choose(theme() === "dark" ? "light" : "dark"));
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") menu.open = false;
  });
}
