/**
 * Where the focus is after an action: at the button that was pressed, on the page that comes of it; where that is
 * gone, at what can be done now, else at the heading. Who uses the keyboard or a screen reader would otherwise begin
 * at the top of the page again.
 */

const KEPT = "genisys.acted";

/** Note which button sends a form of `.acts`, and focus its place on the page that follows. */
export function comeBack(page, storage) {
  page.addEventListener("submit", (event) => {
    const key = event.submitter?.dataset.key;
    if (key && event.target.matches(".acts")) storage.setItem(KEPT, JSON.stringify([location.pathname, key]));
  });
  const kept = storage.getItem(KEPT);
  if (kept === null) return;
  storage.removeItem(KEPT);
  const [path, key] = JSON.parse(kept);
  if (path === location.pathname) (page.querySelector(`.acts [data-key="${CSS.escape(key)}"]`) ?? fallback(page))?.focus();
}

/** Change the page, and where that removes what has the focus, give it to what is nearest in meaning. */
export function keepingFocus(root, change) {
  const held = document.activeElement;
  const inside = held !== null && root.contains(held);
  change();
  if (inside && !held.isConnected) fallback(root)?.focus({ preventScroll: true });
}

function fallback(page) {
  const act = page.querySelector(".acts :is(button, a)");
  if (act !== null) return act;
  const heading = page.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  return heading;
}
