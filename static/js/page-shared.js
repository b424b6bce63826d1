/**
 * A shared run while it goes on: asks for its live part again, every few seconds while somebody looks.
 *
 * The server's HTML is all there is: a stranger gets no event of the run. An answer without content says that there
 * is nothing new; one that the link is closed takes the place of the page.
 */

import { reconcile, renew } from "./regions.js";

const AGAIN_MS = 2_000;
const UNSEEN_MS = 20_000;
const LONGEST_MS = 30_000; // between tries while the server does not answer
const PATIENCE_MS = 10_000;

const root = document.getElementById("shared");
let failures = 0;
let timer = 0;

const view = () => root.querySelector("[data-live='run']");

async function look() {
  try {
    const known = encodeURIComponent(view().dataset.seq);
    const answer = await fetch(`${root.dataset.fragment}?seq=${known}`, {
      headers: { Accept: "text/html" },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.status === 404 || answer.status === 410) return location.reload();
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    if (answer.status !== 204) draw(await answer.text());
    failures = 0;
  } catch (error) {
    console.warn("The page could not be brought up to date; it will be tried again.", error);
    failures += 1;
  }
  if (view().dataset.finished !== "true") later();
}

function draw(html) {
  renew(document, html);
  // Texts that grow are left alone by `renew`, since a run's own page writes them from its events.
  for (const grown of new DOMParser().parseFromString(html, "text/html").querySelectorAll("[data-block] [data-tail]")) {
    const name = CSS.escape(grown.closest("[data-block]").dataset.block);
    const tail = root.querySelector(`[data-block="${name}"] [data-tail]`);
    tail?.removeAttribute("data-own");
    if (tail !== null) reconcile(tail, grown);
  }
}

function later() {
  const usual = document.hidden ? UNSEEN_MS : AGAIN_MS;
  timer = setTimeout(look, Math.max(usual, failures && Math.min(LONGEST_MS, AGAIN_MS * 2 ** failures)));
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden || view().dataset.finished === "true") return;
  clearTimeout(timer);
  look();
});
later();
