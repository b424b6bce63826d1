/**
 * A run's page, kept true while the run goes on.
 *
 * It gets each new state from connect.js. Streamed text and the line of now are shown from that state as it comes.
 * For everything else the server's HTML is the only template: after an event that changes the page's shape the live
 * regions are fetched again, one request at a time, at most every 400 ms.
 */

import { tick } from "./clock.js";
import { keepingFocus } from "./focus.js";
import { GrowingText } from "./growing.js";
import { renew } from "./regions.js";

const REFRESH_MS = 400;
const REFRESH_UNSEEN_MS = 5_000; // in a hidden tab only the title matters
const REFRESH_TIMEOUT_MS = 10_000;
const REFRESH_LONGEST_MS = 10_000; // between tries while the server does not answer
const ANNOUNCE_MS = 5_000;
const CUE_MS = 1_500;

export class LiveRun {
  #page = document;
  #root;
  #follower;
  #state;
  #refreshing = null;
  #refreshDue = false;
  #refreshedAt = 0;
  #refreshFailures = 0;
  #dueSeen = "";
  #drawnSeq; // how far the server's HTML on the page knows of the run
  #statusSeq = 0; // the last event that changed the line of now
  #ended = false;
  #refusal = "";
  #announcedAt = 0;
  #announceTimer = 0;
  #cueTimer = 0;
  #clockSkewMs = 0;
  #growing = new WeakMap(); // by the element that it grows in
  #onDrawn;
  #tookMs = 0; // how long the last refresh took: a server that is slow is asked less often

  /**
   * @param {{state: import("./fold.js").State, root: HTMLElement, follower: import("./follow.js").Follower}} options
   * `state` is what the page was drawn from; `root` the element around the live regions, whose data-fragment says
   * where they come from; `onDrawn` is called after each time the server's HTML was put on the page
   */
  constructor({ state, root, follower, onDrawn = () => {} }) {
    this.#onDrawn = onDrawn;
    this.#state = state;
    this.#root = root;
    this.#follower = follower;
    this.#drawnSeq = state.seq;
    this.#readClock();
    this.#paint();
    setInterval(() => this.#tick(), 1_000);
    document.addEventListener("visibilitychange", () => this.#refreshDue && this.#refreshSoon());
  }

  /** The run's state has changed. See connect.js for the parameters. */
  take(state, events) {
    const replaced = events.length === 0;
    if (replaced && state.status_text !== this.#state.status_text) this.#statusSeq = state.seq;
    if (replaced) for (const tail of this.#tails()) this.#growing.get(tail)?.begin(); // what stands there may be of another log
    this.#state = state;
    let shape = replaced;
    for (const event of events) {
      if (event.type === "status") this.#statusSeq = event.seq;
      shape ||= event.type !== "text.delta" || this.#tail(event.block) === null;
    }
    this.#ended = false;
    this.#refusal = "";
    this.#paint();
    if (shape) this.#refreshSoon();
  }

  /** The connection has changed. See connect.js for the parameters. A short gap is not shown. */
  showConnection(state, { message }) {
    if (state === "refused") this.#refusal = message;
    if (state === "ended") {
      this.#ended = true;
      this.#refreshSoon();
    }
    if (state === "connecting" || state === "waiting") {
      this.#cueTimer ||= setTimeout(() => this.#cue("reconnecting…"), CUE_MS);
    } else {
      clearTimeout(this.#cueTimer);
      this.#cueTimer = 0;
      this.#cue(state === "live" ? "live" : "");
    }
  }

  // Shape: what the server draws.

  #refreshSoon() {
    this.#refreshDue = true;
    if (this.#refreshing !== null) return;
    this.#refreshing = this.#refresh().finally(() => {
      this.#refreshing = null;
      if (this.#refreshDue) this.#refreshSoon();
    });
  }

  async #refresh() {
    await this.#quiet();
    this.#refreshDue = false;
    const began = performance.now();
    try {
      const answer = await fetch(`${this.#root.dataset.fragment}?seq=${this.#state.seq}`, {
        headers: { Accept: "text/html" },
        signal: AbortSignal.timeout(REFRESH_TIMEOUT_MS),
      });
      if (answer.redirected || answer.status === 404) return this.#refuse("Reload this page to go on.");
      if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
      const html = await answer.text();
      keepingFocus(this.#root, () => renew(this.#page, html));
      this.#tookMs = performance.now() - began;
      this.#onDrawn();
      this.#drawnSeq = Number(answer.headers.get("X-Run-Seq"));
      this.#refreshFailures = 0;
      this.#refreshDue ||= this.#ended && !this.#finished();
      this.#readClock();
      this.#paint();
    } catch (error) {
      console.warn("The page could not be brought up to date; it will be tried again.", error);
      this.#refreshFailures += 1;
      this.#refreshDue = true;
    } finally {
      this.#refreshedAt = performance.now();
    }
  }

  // Resolves when the next refresh may go out; a reader who comes back to the tab need not wait for it.
  #quiet() {
    const usual = document.hidden ? REFRESH_UNSEEN_MS : Math.max(REFRESH_MS, Math.min(this.#tookMs, REFRESH_UNSEEN_MS));
    const interval = Math.max(usual, Math.min(REFRESH_LONGEST_MS, REFRESH_MS * 2 ** this.#refreshFailures));
    const wait = this.#refreshedAt + interval - performance.now();
    if (this.#refreshedAt === 0 || wait <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(done, wait);
      document.addEventListener("visibilitychange", done);
      function done() {
        clearTimeout(timer);
        document.removeEventListener("visibilitychange", done);
        resolve();
      }
    });
  }

  // What the page shows between two refreshes, from the fold alone.

  #paint() {
    const view = this.#view();
    if (view === null) return;
    document.title = view.dataset.title;
    for (const section of this.#root.querySelectorAll("[data-block]")) this.#paintTail(section.dataset.block);
    this.#paintNow();
    this.#announce();
    this.#tick();
    this.#follower.update();
  }

  // The server may know more than the status says (why a run does not move), so its line holds until news comes.
  #paintNow() {
    const line = this.#root.querySelector("[data-now]");
    if (this.#state.run_status !== "running" || this.#statusSeq <= this.#drawnSeq) return;
    if (line.textContent !== this.#state.status_text) line.textContent = this.#state.status_text;
  }

  #view() {
    return this.#root.querySelector("[data-live='run']");
  }

  #tails() {
    return this.#root.querySelectorAll("[data-tail]");
  }

  #tail(name) {
    return this.#root.querySelector(`[data-block="${CSS.escape(name)}"] [data-tail]`);
  }

  #paintTail(name) {
    const tail = this.#tail(name);
    const block = this.#state.blocks[name];
    if (tail === null || block === undefined || block.state !== "open") return;
    if (!this.#growing.has(tail)) this.#growing.set(tail, new GrowingText(tail, () => this.#follower.update()));
    this.#growing.get(tail).take(block);
  }

  // The visible line changes at once; a screen reader gets it every few seconds at most, and the end at once.
  #announce() {
    const spoken = this.#page.querySelector("[role='status'][data-own]");
    const line = this.#root.querySelector("[data-now]");
    if (!spoken || !line || spoken.textContent === line.textContent) return;
    const wait = this.#announcedAt + ANNOUNCE_MS - performance.now();
    if (this.#announcedAt !== 0 && wait > 0 && !this.#finished()) {
      this.#announceTimer ||= setTimeout(() => {
        this.#announceTimer = 0;
        this.#announce();
      }, wait);
      return;
    }
    spoken.textContent = line.textContent;
    this.#announcedAt = performance.now();
  }

  #readClock() {
    const view = this.#view();
    if (view) this.#clockSkewMs = Date.now() - Number(view.dataset.servedAt) * 1_000;
  }

  #tick() {
    const now = Date.now() - this.#clockSkewMs;
    tick(this.#root, now);
    const due = this.#root.querySelector("[data-due]")?.dataset.due ?? "";
    if (due === "" || due === this.#dueSeen || now < Date.parse(due)) return;
    // A next try was announced for this moment; no event says that it began.
    this.#dueSeen = due;
    this.#refreshSoon();
  }

  // What stands about the connection. Of a run that has ended nothing more is expected.
  #cue(text) {
    const cue = this.#root.querySelector("[data-connection]");
    const said = this.#refusal || (this.#ended ? "" : text);
    if (cue && cue.textContent !== said) cue.textContent = said;
  }

  #finished() {
    return this.#view()?.dataset.finished === "true";
  }

  #refuse(message) {
    this.#refusal = message;
    this.#refreshDue = false;
    this.#cue("");
  }
}
