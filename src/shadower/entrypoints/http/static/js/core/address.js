// The query string is the state of a view: every view is a link, and back and forward work.
const listeners = new Set();

export function state() {
  return new URLSearchParams(location.search);
}

/** Set parameters (arrays: one for each value), or remove them with null. `quietly` neither adds to the history nor tells listeners. */
export function change(parameters, { replace = false, quietly = false } = {}) {
  const next = state();
  for (const [name, value] of Object.entries(parameters)) {
    next.delete(name);
    for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "") next.append(name, one);
  }
  const text = next.toString();
  if (text === state().toString()) return;
  const url = location.pathname + (text ? `?${text}` : "");
  if (replace || quietly) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  if (!quietly) tell();
}

export function onChange(listener) {
  listeners.add(listener);
}

function tell() {
  for (const listener of listeners) listener(state());
}

window.addEventListener("popstate", tell);
