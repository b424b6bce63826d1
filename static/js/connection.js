/**
 * The connection to the server for any number of runs: one line at a time, opened again whenever it is lost, and by
 * another way where the better one does not get through. It knows nothing of pages and nothing of states.
 *
 * Sockets come first, then streams, then plain requests. A way that fails is passed over only when the server was
 * seen to be there: after a try that brought nothing, the history is asked for once, which both brings the readers up
 * to date and distinguishes a blocked way from a server that is away.
 */

import { MOST_STREAMS, PollingLine, SIGNED_OUT, SocketLine, StreamLine } from "./lines.js";
import { AGAIN, Reader } from "./reader.js";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 10_000;
const MOVED_DELAY_MS = 1_000; // at most, before going on to the process that took the place of the old one
const CONNECT_MS = 10_000;
const FIRST_FRAME_MS = 20_000;
const SILENCE_MS = 45_000; // the server pings every 15 s: three missed pings, and the line counts as dead
const FRESH_MS = 20_000; // a line that was heard of within a ping's time needs no second look
const STRIKES = 2; // so often a way may fail although the server is there
const GOING_AWAY = 4012;
const SIGNED_OUT_CODES = new Set([4401, 4403, 4404]);
const COME_LATER = 503;

/**
 * How long to wait before connecting again: full jitter between 0.5 s and a ceiling that doubles to 10 s.
 * @param {number} failures in a row, 1 or more @param {() => number} [random]
 */
export function backoff(failures, random = Math.random) {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
  return FIRST_DELAY_MS + random() * (ceiling - FIRST_DELAY_MS);
}

/**
 * Reports by `onState`: "connecting", "live" ({way}: "socket", "stream" or "polling"), "waiting" ({retryAt}, epoch
 * milliseconds: when the next try is) and "idle" (no run is left that could go on).
 */
export class Connection {
  #browser;
  #owner;
  #onState;
  #readers = new Map();
  #line = null;
  #heard = false; // whether the line has brought anything
  #heardAt = 0;
  #failures = 0;
  #doubted = ""; // the way of the last try, if it brought nothing: is it blocked, or is the server away?
  #strikes = { socket: 0, stream: 0 };
  #notBefore = 0;
  #retryTimer = 0;
  #watchTimer = 0;
  #later = new Map(); // timers of runs for which the server had no room
  #state = "";

  /**
   * @param {{addresses: import("./lines.js").Addresses, onState?: (state: string, detail: object) => void,
   *   browser?: any}} options `browser` stands in for `window` in tests
   */
  constructor({ addresses, onState = () => {}, browser = globalThis }) {
    this.#browser = browser;
    this.#onState = onState;
    this.#owner = {
      browser,
      addresses,
      readers: () => this.#unfinished().filter((reader) => !this.#later.has(reader.run)),
      opened: (line) => line === this.#line && this.#watch(FIRST_FRAME_MS),
      alive: (line) => line === this.#line && this.#alive(),
      heard: (line, frame) => line === this.#line && this.#take(frame),
      lost: (line, why) => line === this.#line && this.#lost(why),
    };
  }

  /**
   * Follow a run from a cursor on; whoever followed it before is dropped.
   * @param {string} run @param {{seq: number, logId: string|null}} cursor
   * @param {import("./reader.js").Handlers} handlers @returns {Reader}
   */
  follow(run, cursor, handlers) {
    this.#forget(run);
    const reader = new Reader(run, cursor, handlers);
    this.#readers.set(run, reader);
    if (this.#line !== null) this.#line.subscribe(reader);
    else if (this.#retryTimer === 0) this.#connect();
    return reader;
  }

  /** Follow a run no more. @param {string} run */
  drop(run) {
    if (!this.#readers.has(run)) return;
    this.#forget(run);
    this.#line?.unsubscribe(run);
    this.#restIfAllIsDone();
  }

  /** The network is back, or the person is: try at once, unless the line is well or the server asked to be left alone. */
  wake() {
    if (this.#unfinished().length === 0 || this.#now() < this.#notBefore) return;
    if (this.#line !== null) {
      const fresh = this.#now() - this.#heardAt < FRESH_MS;
      if (!this.#heard || (fresh && this.#line.way !== "polling")) return; // it is being tried, or is well
    }
    this.#failures = 0;
    this.#anotherChance();
    this.#connect();
  }

  close() {
    for (const run of [...this.#readers.keys()]) this.#forget(run);
    this.#hangUp();
    this.#announce("idle");
  }

  #connect() {
    this.#hangUp();
    this.#announce("connecting");
    this.#heard = false;
    const line = this.#nextLine();
    this.#line = line;
    this.#watch(CONNECT_MS);
    try {
      line.open();
    } catch (error) {
      console.warn("This way to the server is closed; another is tried.", error);
      if (line.way in this.#strikes) this.#strikes[line.way] = STRIKES;
      this.#lost({});
    }
  }

  #nextLine() {
    if (this.#doubted) return new PollingLine(this.#owner, 1);
    if (this.#strikes.socket < STRIKES) return new SocketLine(this.#owner);
    const streamable = this.#owner.readers().length <= MOST_STREAMS;
    if (streamable && this.#strikes.stream < STRIKES) return new StreamLine(this.#owner);
    return new PollingLine(this.#owner);
  }

  // One try is enough to see whether a way that was blocked still is.
  #anotherChance() {
    this.#doubted = "";
    for (const way of Object.keys(this.#strikes)) this.#strikes[way] = Math.min(this.#strikes[way], STRIKES - 1);
  }

  #hangUp() {
    this.#browser.clearTimeout(this.#retryTimer);
    this.#browser.clearTimeout(this.#watchTimer);
    this.#retryTimer = this.#watchTimer = 0;
    const line = this.#line;
    this.#line = null;
    line?.close();
  }

  #alive() {
    this.#heard = true;
    this.#heardAt = this.#now();
    this.#watch(SILENCE_MS);
    if (this.#doubted) return; // A line that is only to see whether the server is there.
    this.#failures = 0;
    if (this.#line.way === "socket") this.#strikes = { socket: 0, stream: 0 };
    else if (this.#line.way === "stream") this.#strikes.stream = 0;
    this.#announce("live", { way: this.#line.way });
  }

  #take(frame) {
    if (frame.t === "error" && frame.code === COME_LATER) return this.#postpone(frame);
    if (frame.t !== "error") this.#alive();
    const reader = this.#readers.get(frame.run); // an error of no run says why the socket is about to close
    if (reader === undefined) return;
    if (reader.take(frame) === AGAIN) this.#line.again(reader);
    if (reader.done) this.#restIfAllIsDone();
  }

  // The server has no room now: for one run on this socket, or for this reader at all, and then the line closes.
  #postpone(frame) {
    const ms = (frame.retry_after ?? 0) * 1_000;
    const reader = this.#readers.get(frame.run);
    if (frame.run == null || this.#line.way !== "socket") this.#leaveAlone(ms);
    else if (reader !== undefined) {
      this.#browser.clearTimeout(this.#later.get(reader.run));
      this.#later.set(reader.run, this.#browser.setTimeout(() => this.#nowFollow(reader), ms + backoff(1)));
    }
  }

  #nowFollow(reader) {
    this.#later.delete(reader.run);
    this.#line?.subscribe(reader);
  }

  #leaveAlone(ms) {
    this.#notBefore = Math.max(this.#notBefore, this.#now() + ms);
  }

  #unfinished() {
    return [...this.#readers.values()].filter((reader) => !reader.done);
  }

  #forget(run) {
    this.#browser.clearTimeout(this.#later.get(run));
    this.#later.delete(run);
    this.#readers.delete(run);
  }

  #restIfAllIsDone() {
    if (this.#unfinished().length > 0) return;
    this.#hangUp();
    this.#failures = 0;
    this.#doubted = "";
    this.#announce("idle");
  }

  #watch(patienceMs) {
    this.#browser.clearTimeout(this.#watchTimer);
    this.#watchTimer = this.#browser.setTimeout(() => this.#lost({}), patienceMs);
  }

  /** @param {import("./lines.js").Lost} why */
  #lost({ code = 0, spent = false, retryAfterMs = 0 }) {
    const { way } = this.#line;
    this.#hangUp();
    if (SIGNED_OUT_CODES.has(code)) {
      for (const reader of this.#unfinished()) reader.take({ t: "error", code: 401, message: SIGNED_OUT });
    }
    if (this.#unfinished().length === 0) return this.#restIfAllIsDone();
    if (retryAfterMs > 0) this.#leaveAlone(retryAfterMs);
    const delay = this.#delay(way, code, spent && this.#heard);
    const wait = Math.max(0, this.#notBefore - this.#now()) + delay;
    if (wait === 0) return this.#connect();
    this.#announce("waiting", { retryAt: Math.round(this.#now() + wait) });
    this.#retryTimer = this.#browser.setTimeout(() => this.#connect(), wait);
  }

  // How long to wait, after what is to be learnt from how the line went.
  #delay(way, code, spent) {
    if (spent && this.#doubted) {
      this.#strikes[this.#doubted] += 1; // The server is there, and the readers are up to date.
      this.#doubted = "";
      this.#failures = 0;
      return 0;
    }
    if (spent) {
      this.#anotherChance();
      return FIRST_DELAY_MS * Math.random();
    }
    if (code === GOING_AWAY && this.#failures === 0) {
      this.#failures = 1;
      return MOVED_DELAY_MS * Math.random();
    }
    this.#failures += 1;
    if (!this.#heard && way !== "polling" && this.#now() >= this.#notBefore) this.#doubted = way;
    return backoff(this.#failures);
  }

  #now() {
    return this.#browser.Date.now();
  }

  #announce(state, detail = {}) {
    const said = JSON.stringify([state, detail]);
    if (said === this.#state) return;
    this.#state = said;
    this.#onState(state, detail);
  }
}
