// Which event is open is part of the address: opening one is a link, back closes it.
import { change, state } from "../core/address.js";
import { shortcut } from "../core/keys.js";
import { EventPanel } from "./event-panel.js";

/** `list`: {event(id), select(id), move(step), cursor}. Returns {follow}: make the panel match the address. */
export function openEvents(list, element, frame) {
  const panel = new EventPanel(element, frame, () => change({ event: null }));

  const open = (id, quietly = false) => {
    if (!id) return;
    change({ event: id }, { quietly });
    follow();
  };

  function follow() {
    const id = state().get("event");
    list.select(id);
    if (id) panel.show(id, list.event(id));
    else if (panel.open) panel.hide();
  }

  const move = (step) => () => {
    const id = list.move(step);
    if (panel.open) open(id, true);
  };
  shortcut("j", "Next event", move(1));
  shortcut("k", "Previous event", move(-1));
  shortcut("Enter", "Open the event", () => open(list.cursor));
  shortcut("Escape", "Close what is open", () => (panel.open ? panel.close() : false));
  return { open, follow };
}
