/**
 * The three kinds of line to the server, of which a connection holds one at a time: a WebSocket for all runs, a stream
 * of Server-Sent Events for each run, plain requests every few seconds. Each turns what comes into frames and says
 * once that it is of no more use. When to open which is for connection.js.
 *
 * Streams are read with fetch, since an EventSource does not say why it was refused, or until when.
 *
 * @typedef {import("./reader.js").Reader} Reader
 * @typedef {{socket: string, events: string}} Addresses absolute; `{id}` in `events` stands for the run's id
 * @typedef {{code?: number, spent?: boolean, retryAfterMs?: number}} Lost why a line is gone: the code its socket was
 *   closed with, that it has served its time, how long the server wants to be left alone
 * @typedef {object} Owner what a line needs of its connection
 * @property {any} browser `window`, a worker's `self`, or a test's stand-in for them
 * @property {Addresses} addresses
 * @property {() => Reader[]} readers those that have not ended
 * @property {(line: object) => void} opened the server is there; its first frame is still to come
 * @property {(line: object, frame: import("./reader.js").Frame) => void} heard
 * @property {(line: object) => void} alive all is well, though there may be no news
 * @property {(line: object, why: Lost) => void} lost
 */

const ACK_CHARS = 32 * 1024; // the server holds at most 256 KB that were not acknowledged
const POLL_MS = 3_000;
const POLLS = 20; // then another way gets a chance
const REFUSED = new Set([401, 403, 404]);

/** A browser opens six connections to a host over HTTP/1.1, and the page needs some. */
export const MOST_STREAMS = 4;

export const SIGNED_OUT = "You are signed out, or this run is not yours to see.";

/** One socket for all runs. It acknowledges by bytes: an answer to every frame would cost more than the frame. */
export class SocketLine {
  way = "socket";
  #owner;
  #socket = null;
  #unacknowledged = 0;
  #last = new Map(); // by run, of the batches that came since the last acknowledgement
  #named = new Map(); // by the key that the server named in `live`: the run, and of which log it spoke

  /** @param {Owner} owner */
  constructor(owner) {
    this.#owner = owner;
  }

  open() {
    const socket = new this.#owner.browser.WebSocket(this.#owner.addresses.socket);
    this.#socket = socket;
    socket.onopen = () => {
      this.#owner.opened(this);
      for (const reader of this.#owner.readers()) this.subscribe(reader);
    };
    socket.onmessage = (message) => {
      const frame = this.#whole(JSON.parse(message.data));
      this.#owner.heard(this, frame);
      if (frame.t === "batch") this.#acknowledge(frame, message.data.length);
    };
    socket.onclose = (close) => this.#owner.lost(this, { code: close.code });
  }

  /** @param {Reader} reader */
  subscribe(reader) {
    reader.renew();
    this.again(reader);
  }

  /** A subscription takes the place of an older one. Frames of that may still come; the reader drops them. */
  again(reader) {
    this.#say({ t: "sub", run: reader.run, after: reader.seq, log_id: reader.logId, brief: true });
  }

  /** @param {string} run */
  unsubscribe(run) {
    this.#last.delete(run);
    this.#say({ t: "unsub", run });
  }

  close() {
    if (this.#socket === null) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
  }

  // A piece of text comes without what its line knows: the batch that it stands for.
  #whole(frame) {
    if (frame.t === "live") this.#named.set(frame.key, frame);
    if (frame.t !== "text") return frame;
    const { key, t, ...piece } = frame;
    const { run, log_id } = this.#named.get(key) ?? {};
    return { t: "batch", run, log_id, first: piece.seq, last: piece.seq, events: [{ type: "text.delta", ...piece }] };
  }

  #acknowledge(frame, chars) {
    this.#last.set(frame.run, frame.last);
    this.#unacknowledged += chars;
    if (this.#unacknowledged < ACK_CHARS) return;
    for (const [run, seq] of this.#last) this.#say({ t: "ack", run, seq });
    this.#last.clear();
    this.#unacknowledged = 0;
  }

  #say(message) {
    if (this.#socket.readyState === 1) this.#socket.send(JSON.stringify(message));
  }
}

/** For each run a request whose answer goes on and on. */
export class StreamLine {
  way = "stream";
  #owner;
  #stop = new AbortController();

  /** @param {Owner} owner */
  constructor(owner) {
    this.#owner = owner;
  }

  open() {
    for (const reader of this.#owner.readers()) this.subscribe(reader);
  }

  async subscribe(reader) {
    reader.renew();
    try {
      const answer = await asked(this.#owner, reader, "text/event-stream", this.#stop.signal);
      if (answer === null) return;
      this.#owner.opened(this);
      for await (const data of dataOf(answer.body)) {
        if (this.#stop.signal.aborted) return;
        this.#owner.heard(this, { run: reader.run, ...JSON.parse(data) });
      }
      // The server ends a stream after some time, so that no reader stays with one process for ever.
      if (!reader.done) this.#owner.lost(this, { spent: true });
    } catch (error) {
      this.#owner.lost(this, error);
    }
  }

  again() {
    this.#owner.lost(this, { spent: true });
  }

  unsubscribe() {} // Its frames are dropped from now on, and its stream is not opened again.

  close() {
    this.#stop.abort();
  }
}

/** Pages of history, asked for again and again, taken as the frames that a stream would have brought. */
export class PollingLine {
  way = "polling";
  #owner;
  #rounds;
  #timer = 0;
  #stop = new AbortController();

  /** @param {Owner} owner @param {number} [rounds] after so many it is spent */
  constructor(owner, rounds = POLLS) {
    this.#owner = owner;
    this.#rounds = rounds;
  }

  open() {
    this.#ask();
  }

  subscribe() {} // It is asked for in the next round.

  again() {}

  unsubscribe() {}

  close() {
    this.#stop.abort();
    this.#owner.browser.clearTimeout(this.#timer);
  }

  async #ask() {
    try {
      for (const reader of this.#owner.readers()) await this.#catchUp(reader);
    } catch (error) {
      this.#owner.lost(this, error);
      return;
    }
    if (this.#stop.signal.aborted) return;
    this.#owner.alive(this);
    this.#rounds -= 1;
    if (this.#rounds === 0) return this.#owner.lost(this, { spent: true });
    this.#timer = this.#owner.browser.setTimeout(() => this.#ask(), POLL_MS * (0.75 + Math.random() / 2));
  }

  async #catchUp(reader) {
    reader.renew();
    for (;;) {
      const before = reader.cursor;
      const answer = await asked(this.#owner, reader, "application/json", this.#stop.signal);
      if (answer === null) return;
      const page = await answer.json();
      if (this.#stop.signal.aborted) return;
      for (const frame of framesOf(reader, page)) this.#owner.heard(this, frame);
      if (page.up_to_date || reader.done || reader.cursor === before) return;
    }
  }
}

/** Ask for a run's events. Resolves to null where the run is refused; its reader knows by then. @throws {Lost} */
async function asked(owner, reader, accept, signal) {
  const address = owner.addresses.events.replace("{id}", encodeURIComponent(reader.run));
  const answer = await owner.browser.fetch(`${address}?after=${encodeURIComponent(reader.cursor)}`, {
    headers: { Accept: accept },
    signal,
  });
  if (REFUSED.has(answer.status)) {
    reader.take({ t: "error", code: answer.status, message: SIGNED_OUT });
    return null;
  }
  if (!answer.ok) throw new Unanswered(answer);
  return answer;
}

class Unanswered extends Error {
  constructor(answer) {
    super(`The server answered ${answer.status}.`);
    this.retryAfterMs = inMs(answer.headers.get("Retry-After"));
  }
}

/** Seconds or a date, as RFC 9110 has it. @param {string|null} retryAfter */
function inMs(retryAfter) {
  if (retryAfter === null) return 0;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now();
  return Math.max(0, ms) || 0;
}

/** The frames that a page of history stands for. */
function* framesOf(reader, page) {
  const { log_id, state } = page;
  if (page.resync || state) yield { t: "resync", run: reader.run, log_id, state, seq: state?.seq };
  if (page.events.length > 0) yield { t: "batch", run: reader.run, log_id, events: page.events };
  if (page.up_to_date && page.closed) yield { t: "end", run: reader.run, seq: reader.seq };
}

/** The data of each event of a stream: one line of JSON. What its other lines say, the JSON says as well. */
async function* dataOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.startsWith("data:")) yield line.slice("data:".length);
  }
}
