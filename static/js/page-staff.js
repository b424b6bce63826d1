/**
 * The staff's pages that stay live: a part of the page that names its address in `data-live` is fetched anew every few
 * seconds, while the tab is seen and nobody has paused it. What is ticked stays ticked and the focus stays where it is.
 */

const EVERY_MS = 5000;
const PAUSED = "staff-paused";
const region = document.querySelector("[data-live]");
const pause = document.querySelector("[data-pause]");
let timer = 0;
let failures = 0;

function isPaused() {
  return Boolean(pause) && localStorage.getItem(PAUSED) === "1";
}

/** Name an element so that it is found again in the new rows. */
function nameOf(element) {
  if (element?.name === "run") return `input[name="run"][value="${CSS.escape(element.value)}"]`;
  if (element?.id) return `#${CSS.escape(element.id)}`;
  const href = element?.getAttribute?.("href");
  return href ? `a[href="${CSS.escape(href)}"]` : "";
}

function replaced(html) {
  const ticked = [...region.querySelectorAll("input[name=run]:checked")].map(nameOf);
  const open = [...region.querySelectorAll("details[open]")].length > 0;
  const focused = region.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  region.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  for (const name of ticked) {
    const box = region.querySelector(name);
    if (box) box.checked = true;
  }
  if (open) region.querySelector("details")?.setAttribute("open", "");
  if (focused) region.querySelector(focused)?.focus({ preventScroll: true });
  offerCopies();
}

async function refresh() {
  timer = 0;
  if (document.hidden || isPaused() || region.querySelector("[data-ended]")) return;
  // Somebody chooses text, or has a button there under the finger: the next round will do.
  const busy = String(getSelection()) || region.querySelector("button:focus, button:active");
  if (!busy) {
    try {
      const answer = await fetch(region.dataset.live, { headers: { "X-Requested-With": "fetch" } });
      if (answer.redirected || answer.status === 404) return; // signed out: what stands here is the last that was seen
      if (!answer.ok) throw new Error(String(answer.status));
      const html = await answer.text();
      if (!isPaused()) replaced(html);
      failures = 0;
    } catch {
      failures += 1;
    }
  }
  plan();
}

function plan() {
  if (!timer) timer = setTimeout(refresh, EVERY_MS * Math.min(2 ** failures, 12));
}

function showPause() {
  pause.textContent = isPaused() ? "Go on live" : "Pause";
  pause.setAttribute("aria-pressed", String(isPaused()));
}

/** Make each short id a button that copies the whole one. */
function offerCopies() {
  for (const code of region.querySelectorAll("code[data-id]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = code.textContent;
    button.title = `Copy ${code.dataset.id}`;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.dataset.id);
        button.textContent = "copied";
      } catch {
        button.textContent = code.dataset.id; // the browser keeps the clipboard to itself: here it can be selected
      }
    });
    code.replaceWith(button);
  }
}

if (region) {
  offerCopies();
  document.addEventListener("visibilitychange", () => document.hidden || timer || refresh());
  if (pause) {
    pause.hidden = false;
    showPause();
    pause.addEventListener("click", () => {
      localStorage.setItem(PAUSED, isPaused() ? "0" : "1");
      showPause();
      if (!isPaused()) refresh();
    });
  }
  plan();
}
