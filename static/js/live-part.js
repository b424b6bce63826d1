/**
 * A part of a page that stays live: it names its address in `data-live` and is brought up to what the server has there
 * every few seconds, while the tab is seen. Rows carry `data-key`, so that what is ticked, opened or has the focus
 * stays with its row. One that holds a `[data-ended]` changes no more.
 */

import { fill } from "./regions.js";

const EVERY_MS = 5_000;
const SLOWEST = 12; // times that, while the server does not answer

export class LivePart {
  #region;
  #isPaused;
  #everyMs;
  #onDrawn;
  #timer = 0;
  #failures = 0;

  /** @param {HTMLElement} region @param {{isPaused?: () => boolean, everyMs?: () => number, onDrawn?: () => void}} options */
  constructor(region, { isPaused = () => false, everyMs = () => EVERY_MS, onDrawn = () => {} } = {}) {
    this.#region = region;
    this.#isPaused = isPaused;
    this.#everyMs = everyMs;
    this.#onDrawn = onDrawn;
    document.addEventListener("visibilitychange", () => document.hidden || this.#timer || this.look());
    this.#plan();
  }

  /** Look now what the server has, and again every few seconds. */
  async look() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (document.hidden || this.#isPaused() || this.#region.querySelector("[data-ended]")) return;
    // Somebody chooses text, or has a button there under the finger: the next round will do.
    const busy = String(getSelection()) || this.#region.querySelector("button:focus, button:active");
    if (!busy) {
      try {
        const answer = await fetch(this.#region.dataset.live, { headers: { "X-Requested-With": "fetch" } });
        if (answer.redirected || answer.status === 404) return; // signed out: what stands here is the last that was seen
        if (!answer.ok) throw new Error(String(answer.status));
        const html = await answer.text();
        if (!this.#isPaused()) this.#draw(html);
        this.#failures = 0;
      } catch {
        this.#failures += 1;
      }
    }
    this.#plan();
  }

  #draw(html) {
    fill(this.#region, html);
    this.#onDrawn();
  }

  #plan() {
    this.#timer ||= setTimeout(() => this.look(), this.#everyMs() * Math.min(2 ** this.#failures, SLOWEST));
  }
}
