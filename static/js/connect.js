/**
 * Follow runs from a page: `connect(runs, {after, onState, onConnection})`. The guide is docs/browser.md.
 *
 * The page gets each run's state, folded, whenever it has changed, and how the connection is. What lies between
 * (cursors, gaps, reconnecting, other ways where sockets are blocked) is the switchboard's. Given a `worker`, all tabs
 * of one session share a switchboard and so one socket; where that cannot be had, the page has a switchboard of its own.
 *
 * @typedef {import("./fold.js").State} State
 * @typedef {import("./fold.js").RunEvent} RunEvent
 *
 * @typedef {{state: State, log_id: string|null}} Drawn what the page was drawn from, as the server put it there
 *
 * @typedef {object} Options
 * @property {Record<string, Drawn|string>} [after] by run: the state the page was drawn from, or, where it has only a
 *   cursor ("<log_id>:<seq>" or "<seq>"), that: then nothing is passed on before the state is past it
 * @property {(run: string, state: State, events: RunEvent[]) => void} [onState] the state has changed: by `events`, or
 *   as a whole, when there are none. It is the connection's own: read it, and change nothing
 * @property {(state: ConnectionState, detail: ConnectionDetail) => void} [onConnection]
 * @property {{socket?: string, events?: string}} [addresses] of the socket and, with `{id}` for the run's id, of the
 *   events; "/ws/runs" and "/api/runs/{id}/events" unless given
 * @property {{url: string, key: string}} [worker] where shared-worker.js is, and a name for the session that no other
 *   session can know
 *
 * @typedef {"connecting"|"live"|"waiting"|"idle"|"ended"|"refused"} ConnectionState
 *   connecting, waiting until `retryAt` (epoch milliseconds), live by `way` ("socket", "stream" or "polling"), idle
 *   since all runs are over; and of one `run`: it has ended as `status` says, or is refused for the reason in `message`
 * @typedef {{way?: string, retryAt?: number, run?: string, status?: string, code?: number, message?: string}}
 *   ConnectionDetail
 */

import { apply, newState, revive } from "./fold.js";
import { Switchboard } from "./switchboard.js";

const HELLO_MS = 5_000; // a worker that has not answered by then does not work in this browser
const ADDRESSES = { socket: "/ws/runs", events: "/api/runs/{id}/events" };

/**
 * @param {string|string[]} runs ids @param {Options} [options]
 * @returns {Following} which has `add(run, after)`, `drop(run)`, `state(run)`, `cursor(run)`, `shared` and `close()`
 */
export function connect(runs, options = {}) {
  const following = new Following(options);
  for (const run of [runs].flat()) following.add(run, options.after?.[run]);
  return following;
}

/** A run as this page has it. */
class Shown {
  over = ""; // what was last said of its end; said again, it is no news

  /** @param {Drawn|string} [after] */
  constructor(after = "0") {
    if (typeof after === "string") {
      const [seq, logId = null] = after.split(":").reverse();
      this.quiet = { seq: Number(seq), logId };
      this.state = newState();
      this.logId = null;
    } else {
      this.quiet = null;
      this.state = revive(after.state);
      this.logId = after.log_id || null;
    }
  }

  /** Take a whole state. */
  replace(state, logId) {
    this.state = revive(state);
    this.logId = logId;
    this.over = "";
  }

  /** Take events and return those that were new. @throws {RangeError} where they do not fit on what is here */
  apply(events, logId) {
    if (this.logId !== null && this.logId !== logId) throw new RangeError("These events are of another log.");
    this.logId = logId;
    const fresh = events.filter((event) => event.seq > this.state.seq);
    for (const event of fresh) apply(this.state, event);
    if (fresh.length > 0) this.over = "";
    return fresh;
  }

  /** Whether the page has shown all of this already, by the cursor that it gave. */
  isOldNews() {
    if (this.quiet === null) return false;
    const { seq, logId } = this.quiet;
    if (this.state.seq <= seq && (logId === null || logId === this.logId)) return true;
    this.quiet = null;
    return false;
  }
}

export class Following {
  #browser;
  #options;
  #addresses;
  #runs = new Map();
  #port = null;
  #release = () => {}; // lets the other side know that this port is left
  #shared = false;
  #helloTimer = 0;
  #closed = new AbortController();

  /** @param {Options & {browser?: any}} options `browser` stands in for `window` in tests */
  constructor({ browser = globalThis, ...options }) {
    this.#browser = browser;
    this.#options = options;
    this.#addresses = absolute({ ...ADDRESSES, ...options.addresses }, browser.location.href);
    this.#listen();
    this.#open();
  }

  /** Follow one more run, or one anew. @param {string} run @param {Drawn|string} [after] as in the options */
  add(run, after) {
    this.#runs.set(run, new Shown(after));
    this.#join(run);
  }

  /** Follow a run no more. @param {string} run */
  drop(run) {
    if (this.#runs.delete(run)) this.#say({ t: "leave", run });
  }

  /** Follow nothing more, and say nothing more. */
  close() {
    this.#closed.abort();
    this.#leave();
    this.#runs.clear();
  }

  /** @param {string} run @returns {State|undefined} as far as it is known here */
  state(run) {
    return this.#runs.get(run)?.state;
  }

  /** How far this page is: `<log_id>:<seq>`, or `<seq>` as long as the log is not known. @param {string} run */
  cursor(run) {
    const { state, logId } = this.#runs.get(run);
    return logId ? `${logId}:${state.seq}` : `${state.seq}`;
  }

  /** Whether the connection is one that the tabs of this session share. */
  get shared() {
    return this.#shared;
  }

  // The way to a switchboard.

  #open() {
    this.#leave();
    const { worker } = this.#options;
    if (!worker || !this.#browser.SharedWorker) return this.#openOwn();
    try {
      const name = JSON.stringify({ key: worker.key, addresses: this.#addresses });
      const shared = new this.#browser.SharedWorker(worker.url, { type: "module", name });
      const tooLate = () => this.#port === shared.port && !this.#shared && this.#openOwn();
      shared.onerror = tooLate;
      this.#helloTimer = this.#browser.setTimeout(tooLate, HELLO_MS);
      this.#use(shared.port);
    } catch (error) {
      console.warn("No worker is shared between tabs here: this one connects by itself.", error);
      this.#openOwn();
    }
  }

  #openOwn() {
    this.#leave();
    const { port1, port2 } = new this.#browser.MessageChannel();
    new Switchboard({ addresses: this.#addresses, browser: this.#browser }).attach(port1);
    this.#use(port2);
  }

  #use(port) {
    this.#port = port;
    port.onmessage = ({ data }) => port === this.#port && this.#take(data);
    this.#holdLock(port);
    for (const run of this.#runs.keys()) this.#join(run);
  }

  // A lock that is held as long as this page lives and uses the port: it is how the other side notices the page's end.
  #holdLock(port) {
    const { locks } = this.#browser.navigator;
    if (!locks) return; // Not a secure context. Pages that close say so; what the others cost is bounded.
    const name = this.#browser.crypto.randomUUID();
    const left = new Promise((resolve) => {
      this.#release = resolve;
    });
    locks.request(name, () => {
      if (port === this.#port) this.#say({ t: "lock", name });
      return left;
    });
  }

  #leave() {
    this.#browser.clearTimeout(this.#helloTimer);
    this.#say({ t: "bye" });
    this.#port?.close();
    this.#port = null;
    this.#shared = false;
    this.#release();
  }

  #listen() {
    const { signal } = this.#closed;
    const { document } = this.#browser;
    const wake = () => this.#say({ t: "wake" });
    this.#browser.addEventListener("online", wake, { signal });
    document.addEventListener("resume", wake, { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake(), { signal });
    this.#browser.addEventListener("pagehide", () => this.#leave(), { signal });
    this.#browser.addEventListener("pageshow", (event) => event.persisted && this.#open(), { signal });
  }

  #say(message) {
    this.#port?.postMessage(message);
  }

  #join(run, state = this.#runs.get(run).state) {
    this.#say({ t: "join", run, state, log_id: state === null ? null : this.#runs.get(run).logId });
  }

  // What a switchboard sends.

  #take(message) {
    this.#say({ t: "had" });
    switch (message.t) {
      case "hello":
        return this.#greeted(message.lock);
      case "connection":
        return this.#tellConnection(message.state, message.detail);
    }
    const shown = this.#runs.get(message.run);
    if (shown === undefined) return;
    switch (message.t) {
      case "state":
        shown.replace(message.state, message.log_id);
        return this.#tellState(message.run, shown, []);
      case "events":
        return this.#takeEvents(message, shown);
      case "ended":
      case "refused":
        return this.#takeEnd(message, shown);
    }
  }

  #greeted(lock) {
    this.#browser.clearTimeout(this.#helloTimer);
    this.#shared = lock !== null;
    if (!lock || !this.#browser.navigator.locks) return;
    const { signal } = this.#closed;
    const port = this.#port;
    this.#browser.navigator.locks
      .request(lock, { signal }, () => port === this.#port && this.#open()) // The worker has died.
      .catch((error) => {
        if (!signal.aborted) throw error;
      });
  }

  #takeEvents({ run, events, log_id: logId }, shown) {
    let fresh;
    try {
      fresh = shown.apply(events, logId);
    } catch (error) {
      console.warn("This page lost its place in the run, and takes it up as a whole.", error);
      return this.#join(run, null);
    }
    if (fresh.length > 0) this.#tellState(run, shown, fresh);
  }

  #takeEnd({ t, ...detail }, shown) {
    const said = JSON.stringify(detail);
    if (said === shown.over) return;
    shown.over = said;
    this.#tellConnection(t, detail);
  }

  #tellState(run, shown, events) {
    if (!shown.isOldNews()) this.#options.onState?.(run, shown.state, events);
  }

  #tellConnection(state, detail) {
    this.#options.onConnection?.(state, detail);
  }
}

function absolute({ socket, events }, base) {
  const socketUrl = new URL(socket, base);
  socketUrl.protocol = socketUrl.protocol.replace("http", "ws");
  return { socket: socketUrl.href, events: new URL(events, base).href.replace("%7Bid%7D", "{id}") };
}
