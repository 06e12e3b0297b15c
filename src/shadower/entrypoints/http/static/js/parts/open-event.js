// Events of a list, one of them open in the panel beside it.
import { change } from "../core/address.js";
import { EventPanel } from "./event-panel.js";
import { openOne } from "./open-one.js";

/** `list`: as of openOne. Returns {open, follow}. */
export function openEvents(list, element, frame) {
  return openOne("event", list, new EventPanel(element, frame, () => change({ event: null })));
}
