/**
 * The page's line to the server: one WebSocket for all runs on the page, Server-Sent Events where sockets do not get
 * through, plain polling where those do not either. It owns cursors, order, gaps and reconnecting, and hands on events
 * that are new and in order. It knows nothing of pages.
 *
 * Only an `end` frame ends a run here. Any close without one is a reason to connect again.
 * The frames are described in genisys/_wire.py.
 */

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 10_000;
const SILENCE_MS = 45_000; // the server pings every 15 s: three missed pings, and the line counts as dead
const CONNECT_MS = 10_000;
const FAILURES_BEFORE_FALLBACK = 3;
const POLL_MS = 3_000;
const POLLS_BEFORE_SOCKET = 20; // then the socket gets another chance
const GOING_AWAY = 4012; // the server is being replaced: another one is ready now
const REFUSED = new Set([4401, 4403, 4404]);
const SIGNED_OUT = "You are signed out, or this run is not yours to see.";

/**
 * How long to wait before connecting again: full jitter between 0.5 s and a ceiling that doubles to 10 s.
 * @param {number} failures in a row, 1 or more @param {() => number} [random]
 */
export function backoff(failures, random = Math.random) {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
  return FIRST_DELAY_MS + random() * (ceiling - FIRST_DELAY_MS);
}

/**
 * One run as this reader has it: the cursor, and who to tell.
 *
 * onEvents(events) gets new events in order, each once. onReset() says: begin again from an empty state.
 * onEnd() is the last call. onRefused(message) says that the run may not be read (any more).
 */
class Reader {
  constructor(run, { after = 0, logId = null, ...handlers }) {
    this.run = run;
    this.seq = after;
    this.logId = logId;
    this.done = false;
    this.handlers = handlers;
    this.asked = false; // for what is missing; frames of the old subscription may still be under way
    this.breaks = 0;
    this.seqAtLastPing = -1;
  }

  /** Take a frame. Gives "again" where the server must be asked once more from our own cursor. */
  take(frame) {
    if (this.done) return "";
    switch (frame.t) {
      case "batch":
        return this.#batch(frame);
      case "resync":
        this.#reset(frame.log_id);
        return "";
      case "end":
        if (frame.seq > this.seq) return this.#ask();
        this.done = true;
        this.handlers.onEnd();
        return "";
      case "ping":
        return this.#ping(frame);
      case "error":
        return this.#refuse(frame.message);
      default:
        return "";
    }
  }

  #batch(frame) {
    if (this.logId !== null && frame.log_id !== this.logId) this.#reset(frame.log_id);
    this.logId = frame.log_id;
    if (frame.first > this.seq + 1) return this.#ask();
    this.asked = false;
    const fresh = frame.events.filter((event) => event.seq > this.seq);
    if (fresh.length === 0) return "";
    try {
      this.handlers.onEvents(fresh);
    } catch (error) {
      return this.#broken(error);
    }
    this.seq = fresh.at(-1).seq;
    return "";
  }

  #ask() {
    if (this.asked) return "";
    this.asked = true;
    return "again";
  }

  #reset(logId) {
    this.logId = logId;
    this.seq = 0;
    this.asked = false;
    this.handlers.onReset();
  }

  // Events that do not fit on what we have: begin again once; a log that never fits is not asked for for ever.
  #broken(error) {
    console.error(error);
    this.breaks += 1;
    if (this.breaks > 1) return this.#refuse("This page lost its place in the run. Reload it to go on.");
    this.#reset(this.logId);
    return this.#ask();
  }

  #refuse(message) {
    this.done = true;
    this.handlers.onRefused(message);
    return "";
  }

  // A frame lost on the way shows in two pings that find us at the same place, behind the log.
  #ping(frame) {
    const stuck = (frame.seq ?? 0) > this.seq && this.seqAtLastPing === this.seq;
    this.seqAtLastPing = stuck ? -1 : this.seq;
    if (stuck) this.asked = true;
    return stuck ? "again" : "";
  }

  /** A new line to the server: whatever was asked over the old one will not come. */
  renew() {
    this.asked = false;
    this.seqAtLastPing = -1;
  }
}

/**
 * Emits "state" events whose detail is "connecting", "live", "waiting" (for the next try) or "ended".
 */
export class Connection extends EventTarget {
  #socketUrl;
  #eventsUrl;
  #browser;
  #readers = new Map();
  #line = null;
  #failures = 0;
  #retryTimer = 0;
  #silenceTimer = 0;
  #pollTimer = 0;
  #state = "";

  /**
   * @param {{socketUrl: string, eventsUrl: (run: string) => string, browser?: any}} options
   * `browser` stands in for `window` in tests.
   */
  constructor({ socketUrl, eventsUrl, browser = globalThis }) {
    super();
    this.#socketUrl = socketUrl;
    this.#eventsUrl = eventsUrl;
    this.#browser = browser;
    browser.addEventListener?.("online", () => this.reconnectNow());
    browser.document?.addEventListener("visibilitychange", () => {
      if (browser.document.visibilityState === "visible") this.reconnectNow();
    });
  }

  /** Follow a run from a cursor on. See Reader for the handlers. */
  follow(run, options) {
    const reader = new Reader(run, options);
    this.#readers.set(run, reader);
    if (this.#line === null && this.#retryTimer === 0) this.#connect();
    else this.#line?.subscribe?.(reader);
    return reader;
  }

  /** Try at once unless a line is up: the network is back, or the reader is. */
  reconnectNow() {
    if (this.#finished() || (this.#line?.open && !this.#line.polls)) return;
    this.#failures = 0;
    this.#connect();
  }

  #finished() {
    return [...this.#readers.values()].every((reader) => reader.done);
  }

  #connect() {
    this.#drop();
    if (this.#finished()) return this.#tell("ended");
    for (const reader of this.#readers.values()) reader.renew();
    this.#tell("connecting");
    try {
      if (this.#failures < FAILURES_BEFORE_FALLBACK) this.#openSocket();
      else if (this.#failures < 2 * FAILURES_BEFORE_FALLBACK) this.#openEventSources();
      else this.#openPolling();
    } catch (error) {
      console.warn("This way to the server is closed; another is tried.", error);
      this.#lost(0);
    }
  }

  #drop() {
    const { clearTimeout } = this.#browser;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
    clearTimeout(this.#pollTimer);
    this.#retryTimer = this.#silenceTimer = this.#pollTimer = 0;
    const line = this.#line;
    this.#line = null;
    line?.close();
  }

  #openSocket() {
    const socket = new this.#browser.WebSocket(this.#socketUrl);
    const say = (message) => socket.readyState === 1 && socket.send(JSON.stringify(message));
    const line = {
      open: false,
      close: () => socket.close(),
      subscribe: (reader) => say({ t: "sub", run: reader.run, after: reader.seq, log_id: reader.logId }),
      acknowledge: (reader) => say({ t: "ack", run: reader.run, seq: reader.seq }),
    };
    this.#line = line;
    const mine = () => this.#line === line;
    socket.onopen = () => {
      if (!mine()) return;
      line.open = true;
      for (const reader of this.#readers.values()) if (!reader.done) line.subscribe(reader);
      this.#watch(SILENCE_MS);
    };
    socket.onmessage = (message) => mine() && this.#receive(JSON.parse(message.data));
    socket.onclose = (close) => mine() && this.#lost(close.code);
    this.#watch(CONNECT_MS);
  }

  #openEventSources() {
    const sources = [];
    const line = {
      open: false,
      close: () => sources.forEach((source) => source.close()),
      subscribe: (reader) => sources.push(this.#openEventSource(line, reader)),
    };
    this.#line = line;
    for (const reader of this.#readers.values()) if (!reader.done) line.subscribe(reader);
    this.#watch(CONNECT_MS);
  }

  #openEventSource(line, reader) {
    const source = new this.#browser.EventSource(this.#historyUrl(reader));
    for (const kind of ["batch", "live", "resync", "end", "ping"]) {
      source.addEventListener(kind, (message) => {
        if (this.#line === line) this.#receive({ run: reader.run, ...JSON.parse(message.data) });
      });
    }
    source.onopen = () => {
      line.open = true;
    };
    // The browser would come back by itself, but without our jitter and without our cursor of now.
    source.onerror = () => this.#line === line && this.#lost(0);
    return source;
  }

  // Pages of history by plain requests, taken as the frames that a stream would have brought.
  #openPolling() {
    let asked = 0;
    const line = { open: true, polls: true, close: () => stop.abort() };
    const stop = new AbortController();
    this.#line = line;
    const ask = async () => {
      try {
        for (const reader of this.#readers.values()) {
          if (!reader.done) await this.#fetchHistory(reader, stop.signal);
        }
      } catch {
        if (this.#line === line) this.#lost(0);
        return;
      }
      if (this.#line !== line) return;
      asked += 1;
      this.#tell("live");
      if (this.#finished()) this.#connect();
      else if (asked < POLLS_BEFORE_SOCKET) this.#pollTimer = this.#browser.setTimeout(ask, POLL_MS);
      else {
        this.#failures = 0;
        this.#connect();
      }
    };
    ask();
  }

  async #fetchHistory(reader, signal) {
    for (;;) {
      const answer = await this.#browser.fetch(this.#historyUrl(reader), {
        headers: { Accept: "application/json" },
        signal,
      });
      if ([401, 403, 404].includes(answer.status)) {
        reader.take({ t: "error", message: SIGNED_OUT });
        return;
      }
      if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
      const page = await answer.json();
      if (page.resync) reader.take({ t: "resync", log_id: page.log_id });
      if (page.events.length > 0) {
        reader.take({ t: "batch", log_id: page.log_id, first: page.events[0].seq, events: page.events });
      }
      if (page.up_to_date) {
        if (page.closed) reader.take({ t: "end", seq: reader.seq });
        return;
      }
    }
  }

  #historyUrl(reader) {
    const cursor = reader.logId ? `${reader.logId}:${reader.seq}` : `${reader.seq}`;
    return `${this.#eventsUrl(reader.run)}?after=${encodeURIComponent(cursor)}`;
  }

  #receive(frame) {
    this.#watch(SILENCE_MS);
    this.#failures = 0;
    this.#tell("live");
    const reader = this.#readers.get(frame.run); // a frame for no run says why the socket is about to close
    if (reader === undefined) return;
    const answer = reader.take(frame);
    if (answer === "again") this.#again(reader);
    else if (frame.t === "batch") this.#line?.acknowledge?.(reader);
    if (this.#finished()) {
      this.#drop();
      this.#tell("ended");
    }
  }

  // Over a socket a new `sub` replaces the old one. A stream has to be opened anew from where we are.
  #again(reader) {
    if (this.#line?.acknowledge) this.#line.subscribe(reader);
    else this.#lost(0);
  }

  #watch(patienceMs) {
    this.#browser.clearTimeout(this.#silenceTimer);
    this.#silenceTimer = this.#browser.setTimeout(() => this.#lost(0), patienceMs);
  }

  #lost(code) {
    this.#drop();
    if (REFUSED.has(code)) {
      for (const reader of this.#readers.values()) {
        if (!reader.done) reader.take({ t: "error", message: SIGNED_OUT });
      }
      return this.#tell("ended");
    }
    if (code === GOING_AWAY && this.#failures === 0) {
      this.#failures = 1;
      return this.#connect();
    }
    this.#failures += 1;
    this.#tell("waiting");
    this.#retryTimer = this.#browser.setTimeout(() => this.#connect(), backoff(this.#failures));
  }

  #tell(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
