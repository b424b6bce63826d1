// What connection.js and connect.js need of browsers, in the test's hand: sockets, requests, streams, a clock; and of
// a profile with several tabs: shared workers, ports and locks.

export class FakeBrowser extends EventTarget {
  sockets = [];
  streams = [];
  requests = [];
  /** What a request for history gets: a function from the URL to {status, body, headers}. */
  history = () => ({ status: 503, body: {} });
  /** What a request for a stream gets instead of one: null, or {status, headers}. */
  noStreams = null;
  location = { href: "http://x/runs/1/" };
  document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  navigator = {}; // as on a page that is not served securely: no locks
  crypto = { randomUUID: () => crypto.randomUUID() };
  Date = { now: () => this.#now };
  #now = 0;
  #timers = new Map();
  #nextTimer = 1;

  constructor() {
    super();
    const browser = this;
    this.WebSocket = class {
      readyState = 0;
      sent = [];
      constructor(url) {
        this.url = url;
        browser.sockets.push(this);
      }
      send(text) {
        this.sent.push(JSON.parse(text));
      }
      close() {
        this.readyState = 3;
      }
      // Test side.
      accept() {
        this.readyState = 1;
        this.onopen();
      }
      say(frame) {
        this.onmessage?.({ data: JSON.stringify(frame) });
      }
      drop(code = 1006) {
        this.readyState = 3;
        this.onclose?.({ code });
      }
    };
    this.MessageChannel = FakeChannel;
    this.setTimeout = (callback, ms) => {
      this.#timers.set(this.#nextTimer, { callback, at: this.#now + ms });
      return this.#nextTimer++;
    };
    this.clearTimeout = (timer) => this.#timers.delete(timer);
    this.fetch = async (url, { headers, signal }) => {
      const streams = headers.Accept === "text/event-stream";
      this.requests.push(url);
      const { status, body, headers: given = {} } = streams ? (this.noStreams ?? { status: 200 }) : this.history(url);
      const answer = { status, ok: status < 400, headers: new Headers(given), json: async () => body };
      return streams && status === 200 ? Object.assign(answer, { body: this.#stream(url, signal) }) : answer;
    };
  }

  get socket() {
    return this.sockets.at(-1);
  }

  get stream() {
    return this.streams.at(-1);
  }

  /** Let so much time pass, timers included, and whatever they started come to rest. */
  async pass(ms) {
    const until = this.#now + ms;
    await settled();
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (due === undefined) break;
      this.#now = due[1].at;
      this.#timers.delete(due[0]);
      due[1].callback();
      await settled();
    }
    this.#now = until;
    await settled();
  }

  #stream(url, signal) {
    const stream = { url, closed: false };
    const body = new ReadableStream({
      start(controller) {
        const bytes = (text) => controller.enqueue(new TextEncoder().encode(text));
        stream.bytes = bytes;
        stream.say = (frame) => bytes(`id: L:1\nevent: ${frame.t}\ndata: ${JSON.stringify(frame)}\n\n`);
        stream.end = () => controller.close();
        stream.drop = () => controller.error(new TypeError("network error"));
      },
    });
    signal.addEventListener("abort", () => {
      stream.closed = true;
    });
    this.streams.push(stream);
    return body;
  }
}

/**
 * A browser with several tabs, whose shared workers each have a browser of their own. `start(self)` is what a worker's
 * script does; `broken` says how it fails to: by "error", by "silence", or by "refusing" to be made.
 */
export class FakeProfile {
  /** By name. Each is a FakeBrowser, as `self` is one in a worker. */
  workers = new Map();
  broken = "";
  #locks = new FakeLocks();
  #start;

  constructor(start) {
    this.#start = start;
  }

  tab() {
    const profile = this;
    const tab = new FakeBrowser();
    tab.navigator = { locks: this.#locks.from(tab) };
    tab.SharedWorker = class {
      constructor(url, { name }) {
        if (profile.broken === "refusing") throw new Error("SecurityError");
        const channel = new FakeChannel();
        this.port = tab.port = channel.port1;
        if (profile.broken === "error") setImmediate(() => this.onerror());
        if (profile.broken) return;
        if (!profile.workers.has(name)) profile.workers.set(name, profile.#worker(name));
        profile.workers.get(name).onconnect({ ports: [channel.port2] });
      }
    };
    return tab;
  }

  get worker() {
    return [...this.workers.values()].at(-1);
  }

  /** A tab or a worker is gone, without a word. */
  kill(browser) {
    for (const [name, worker] of this.workers) if (worker === browser) this.workers.delete(name);
    browser.dead = true;
    this.#locks.release(browser);
  }

  #worker(name) {
    const self = new FakeBrowser();
    Object.assign(self, { name, document: undefined, navigator: { locks: this.#locks.from(self, 5) } });
    this.#start(self);
    return self;
  }
}

/** Two ports that hand over copies, in order, each in a task of its own. */
class FakeChannel {
  port1 = new FakePort();
  port2 = new FakePort();
  constructor() {
    this.port1.other = this.port2;
    this.port2.other = this.port1;
  }
}

class FakePort {
  #onmessage = null;
  #early = [];
  #asleep = null;
  set onmessage(listener) {
    this.#onmessage = listener;
    for (const data of this.#early.splice(0)) listener({ data });
  }
  postMessage(message) {
    const data = structuredClone(message);
    setImmediate(() => this.other.deliver(data));
  }
  deliver(data) {
    if (this.#asleep !== null) this.#asleep.push(data);
    else if (this.#onmessage === null) this.#early.push(data);
    else this.#onmessage({ data });
  }
  close() {}
  // Test side: what a frozen page's port does.
  sleep() {
    this.#asleep = [];
  }
  wake() {
    const missed = this.#asleep;
    this.#asleep = null;
    for (const data of missed) this.deliver(data);
    return missed.length;
  }
}

/** Locks that one holder has at a time, until it lets go or dies. */
class FakeLocks {
  #queues = new Map();
  #holders = new Map();

  /** The locks as one tab or worker sees them, whose requests are so many turns under way. */
  from(holder, turns = 0) {
    return {
      request: async (name, ...rest) => {
        for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        return this.#request(holder, name, rest);
      },
    };
  }

  release(holder) {
    for (const letGo of this.#holders.get(holder) ?? []) letGo();
  }

  async #request(holder, name, rest) {
    const callback = rest.at(-1);
    const { signal } = rest.length > 1 ? rest[0] : {};
    const turn = (this.#queues.get(name) ?? Promise.resolve()).then(() => {
      if (holder.dead || signal?.aborted) return undefined;
      const death = new Promise((resolve) => {
        this.#holders.set(holder, [...(this.#holders.get(holder) ?? []), resolve]);
      });
      return Promise.race([callback(), death]);
    });
    this.#queues.set(name, turn);
    return turn;
  }
}

/** Wait until promises and ports have come to rest. */
export async function settled() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
