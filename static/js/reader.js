/**
 * One run as a reader has it: how far it is in which log, and what a frame means to it. Pure bookkeeping; it knows
 * neither lines nor pages. The frames are described in genisys/log/frames.py.
 *
 * What it hands on is new, in order and without holes. Only an `end` frame ends it.
 *
 * @typedef {import("./fold.js").RunEvent} RunEvent
 * @typedef {{t: string, run?: string|null, [field: string]: any}} Frame
 * @typedef {object} Handlers
 * @property {(events: RunEvent[], logId: string) => void} onEvents new events, in order, each once
 * @property {(state: object|null, logId: string) => void} onReset begin again: from `state`, which the server folded, or from nothing
 * @property {(status: string) => void} onEnd the log is closed and all of it was handed on
 * @property {(code: number, message: string) => void} onRefused the run may not be read (any more)
 */

import { covers } from "./fold.js";

/** What a line has to do after a frame was taken: nothing, or ask the server again from the reader's cursor. */
export const NOTHING = "";
export const AGAIN = "again";

const LOST_ITS_PLACE = "This page lost its place in the run. Reload it to go on.";

export class Reader {
  #handlers;
  #asked = false; // for what is missing; frames of the old subscription may still be under way
  #breaks = 0;
  #seqAtLastPing = -1;

  /** @param {string} run @param {{seq: number, logId: string|null}} cursor @param {Handlers} handlers */
  constructor(run, { seq, logId }, handlers) {
    this.run = run;
    this.seq = seq;
    this.logId = logId;
    this.done = false;
    this.#handlers = handlers;
  }

  /** `<log_id>:<seq>`, or `<seq>` where the log is not known yet. */
  get cursor() {
    return this.logId ? `${this.logId}:${this.seq}` : `${this.seq}`;
  }

  /** @param {Frame} frame @returns {string} NOTHING or AGAIN */
  take(frame) {
    if (this.done) return NOTHING;
    switch (frame.t) {
      case "batch":
        return this.#batch(frame);
      case "resync":
        return this.#reset(frame.log_id, frame.state ?? null, frame.seq);
      case "end":
        return this.#end(frame);
      case "ping":
        return this.#ping(frame);
      case "error":
        return this.#refuse(frame.code, frame.message);
      default:
        return NOTHING;
    }
  }

  /** A new subscription: whatever the old one was asked for will not come. */
  renew() {
    this.#asked = false;
    this.#seqAtLastPing = -1;
  }

  #batch(frame) {
    if (this.logId !== null && frame.log_id !== this.logId) this.#reset(frame.log_id, null, 0);
    this.logId = frame.log_id;
    const { fresh, hole } = this.#behind(frame.events);
    if (fresh.length > 0) {
      try {
        this.#handlers.onEvents(fresh, frame.log_id);
      } catch (error) {
        return this.#broken(error);
      }
      this.seq = fresh.at(-1).seq;
    }
    if (hole) return this.#ask();
    this.#asked = false;
    return NOTHING;
  }

  // What follows the cursor without a hole, and whether one came.
  #behind(events) {
    const fresh = [];
    let seq = this.seq;
    for (const event of events) {
      if (event.seq <= seq) continue;
      if (event.seq - covers(event) > seq) return { fresh, hole: true };
      fresh.push(event);
      seq = event.seq;
    }
    return { fresh, hole: false };
  }

  #end(frame) {
    if (frame.seq > this.seq) return this.#ask();
    this.done = true;
    this.#handlers.onEnd(frame.status ?? "");
    return NOTHING;
  }

  #ask() {
    if (this.#asked) return NOTHING;
    this.#asked = true;
    return AGAIN;
  }

  #reset(logId, state, seq) {
    this.logId = logId;
    this.seq = state === null ? 0 : (seq ?? state.seq);
    this.#asked = false;
    this.#handlers.onReset(state, logId);
    return NOTHING;
  }

  // Events that do not fit on what is there: begin again once; a log that never fits is not asked for for ever.
  #broken(error) {
    console.error(error);
    this.#breaks += 1;
    if (this.#breaks > 1) return this.#refuse(500, LOST_ITS_PLACE);
    this.#reset(this.logId, null, 0);
    return this.#ask();
  }

  #refuse(code, message) {
    this.done = true;
    this.#handlers.onRefused(code, message);
    return NOTHING;
  }

  // A frame lost on the way shows in two pings that find the reader at the same place, behind the log.
  #ping(frame) {
    const stuck = (frame.seq ?? 0) > this.seq && this.#seqAtLastPing === this.seq;
    this.#seqAtLastPing = stuck ? -1 : this.seq;
    if (stuck) this.#asked = true;
    return stuck ? AGAIN : NOTHING;
  }
}
