// Which one of a list is open is part of the address: opening one is a link, back closes it.
import { change, state } from "../core/address.js";
import { shortcut } from "../core/keys.js";

/**
 * `name`: of the parameter, and what people call one. `list`: {known(id), select(id), move(step), cursor}. `panel`: {open,
 * show(id, known), hide(), close()}. Returns {open, follow}: `follow` makes the panel match the address.
 */
export function openOne(name, list, panel) {
  const open = (id, quietly = false) => {
    if (!id) return;
    change({ [name]: id }, { quietly });
    follow();
  };

  function follow() {
    const id = state().get(name);
    list.select(id);
    if (id) panel.show(id, list.known(id));
    else if (panel.open) panel.hide();
  }

  const move = (step) => () => {
    const id = list.move(step);
    if (panel.open) open(id, true);
  };
  shortcut("j", `Next ${name}`, move(1));
  shortcut("k", `Previous ${name}`, move(-1));
  shortcut("Enter", `Open the ${name}`, () => open(list.cursor));
  shortcut("Escape", "Close what is open", () => (panel.open ? panel.close() : false));
  return { open, follow };
}
