/** The staff's pages that stay live, as often as somebody likes, until they are paused, with short ids that copy the whole ones. */

import { LivePart } from "./live-part.js";

const PAUSED = "staff-paused";
const EVERY = "staff-every";
const region = document.querySelector("[data-live]");
const pause = document.querySelector("[data-pause]");
const every = document.querySelector("[data-every]");

function isPaused() {
  return Boolean(pause) && localStorage.getItem(PAUSED) === "1";
}

function everyMs() {
  return 1_000 * (Number(localStorage.getItem(EVERY)) || 5);
}

function showPause() {
  pause.textContent = isPaused() ? "Resume updates" : "Pause updates";
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
  const part = new LivePart(region, { isPaused, everyMs, onDrawn: offerCopies });
  if (every) {
    every.hidden = false;
    every.value = String(everyMs() / 1_000);
    every.addEventListener("change", () => {
      localStorage.setItem(EVERY, every.value);
      part.look();
    });
  }
  if (pause) {
    pause.hidden = false;
    showPause();
    pause.addEventListener("click", () => {
      localStorage.setItem(PAUSED, isPaused() ? "0" : "1");
      showPause();
      if (!isPaused()) part.look();
    });
  }
}
