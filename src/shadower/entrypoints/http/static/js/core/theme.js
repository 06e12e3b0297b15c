// Light or dark: the system's choice unless the reader made one. Charts follow through `onTheme`.
const KEY = "shadower-theme";
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();

export function theme() {
  return root.dataset.theme || (system.matches ? "dark" : "light");
}

export function chosen() {
  return root.dataset.theme || "system";
}

export function choose(name) {
  if (name === "system") delete root.dataset.theme;
  else root.dataset.theme = name;
  try {
    if (name === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, name);
  } catch {
    // Storage is forbidden: the choice holds for this page.
  }
  tell();
}

export function onTheme(listener) {
  listeners.add(listener);
}

function tell() {
  for (const listener of listeners) listener(theme());
}

system.addEventListener("change", tell);
