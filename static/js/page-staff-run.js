/**
 * The staff's page of one run: every link that changes the view is followed in place, values are loaded when they are
 * opened, and while the run goes on the page asks for what is new. The server's HTML is all there is.
 */

import { renew } from "./regions.js";

const LOOK_MS = 500; // between two looks at a run that goes on
const UNSEEN_MS = 20_000;
const LONGEST_MS = 30_000; // between tries while the server does not answer
const PATIENCE_MS = 20_000;
const SHARE_OF_TIME = 3; // a page that takes long to draw is drawn less often

const root = document.getElementById("staff-run");
const view = () => root.querySelector("[data-live='trace']");
let timer = 0;
let failures = 0;
let took = 0;
let held = false;
let drawn = location.search; // the view that stands on the page; one that was chosen may still be on its way
let asked = 0; // the last request that was sent: an older answer that comes later is not drawn

async function draw(url, known = "") {
  const number = ++asked;
  const begun = performance.now();
  const query = url.includes("?") ? url.slice(url.indexOf("?") + 1) : "";
  const wanted = new URLSearchParams(query);
  if (known && drawn === url) wanted.set("known", known);
  const answer = await fetch(`${root.dataset.fragment}?${wanted}`, {
    headers: { Accept: "text/html" },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (answer.redirected || answer.status === 404) return location.reload();
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  if (answer.status === 204 || number !== asked) return undefined;
  const html = await answer.text();
  if (number !== asked) return undefined;
  renew(document, html);
  drawn = url;
  document.title = view().dataset.title;
  took = performance.now() - begun;
  offerToHold();
  return undefined;
}

// Views: a link with data-swap, or one of the tabs, changes the page in place.

root.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap], .tabs a");
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});

root.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(".trace-tools")) return;
  event.preventDefault();
  go(`?${new URLSearchParams(new FormData(form))}`);
});

async function go(href) {
  history.pushState(null, "", href);
  await show();
}

async function show() {
  try {
    await draw(location.search);
    failures = 0;
  } catch {
    location.reload();
  }
}

window.addEventListener("popstate", show);

// Values are loaded when they are opened, once.

root.addEventListener(
  "toggle",
  async (event) => {
    const part = event.target;
    if (!part.open || !part.dataset.load || part.dataset.asked) return;
    part.dataset.asked = "yes";
    const place = part.querySelector("[data-loaded]");
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(part.dataset.load, { signal: AbortSignal.timeout(PATIENCE_MS) });
      if (answer.status === 404) place.textContent = "There is none.";
      else if (answer.ok) place.replaceChildren(...parsed(await answer.text()));
      else place.textContent = await answer.text();
    } catch {
      place.append(" It could not be loaded. Close and open it to try again.");
      delete part.dataset.asked;
    }
    place.removeAttribute("aria-busy");
  },
  true, // `toggle` does not bubble
);

function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html").body.children;
}

// The keyboard: up and down between rows, left and right close and open them.

root.addEventListener("keydown", (event) => {
  const row = event.target.closest?.(".waterfall tbody tr");
  if (!row || event.metaKey || event.ctrlKey || event.altKey) return;
  const to = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
  if (to) {
    event.preventDefault();
    (to.querySelector("a.name") ?? to.querySelector("a"))?.focus();
    return;
  }
  const toggle = row.querySelector(".toggle");
  const open = toggle?.getAttribute("aria-expanded") === "true";
  if (toggle && ((event.key === "ArrowRight" && !open) || (event.key === "ArrowLeft" && open))) {
    event.preventDefault();
    toggle.click();
  }
});

// News, while the run goes on and nobody holds the page still.

function offerToHold() {
  const button = root.querySelector("[data-pause]");
  if (!button) return;
  button.hidden = false;
  button.textContent = held ? "Resume updates" : "Pause updates";
}

root.addEventListener("click", (event) => {
  if (!event.target.closest("[data-pause]")) return;
  held = !held;
  offerToHold();
  if (!held) look();
});

async function look() {
  clearTimeout(timer);
  if (held) return;
  try {
    await draw(location.search, view().dataset.version);
    failures = 0;
  } catch (error) {
    console.warn("The page could not be brought up to date; it will be tried again.", error);
    failures += 1;
  }
  later();
}

function later() {
  if (view().dataset.finished === "true") return;
  const usual = document.hidden ? UNSEEN_MS : Math.max(LOOK_MS, took * SHARE_OF_TIME);
  timer = setTimeout(look, Math.max(usual, failures && Math.min(LONGEST_MS, 2_000 * 2 ** failures)));
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !held && view().dataset.finished !== "true") look();
});
offerToHold();
later();
