/** Menus, which are details.menu, close on Escape, on a click elsewhere, and when the focus leaves them. */

/** @param {Document} page */
export function closeMenus(page) {
  page.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open(page)) {
      const inside = menu.contains(page.activeElement);
      menu.open = false;
      if (inside) menu.querySelector("summary").focus();
    }
  });
  page.addEventListener("click", (event) => closeOthers(page, event.target));
  page.addEventListener("focusin", (event) => closeOthers(page, event.target));
}

function closeOthers(page, target) {
  for (const menu of open(page)) if (!menu.contains(target)) menu.open = false;
}

function open(page) {
  return page.querySelectorAll("details.menu[open]");
}
