// What connection.js needs of a browser, in the test's hand: sockets, event sources, history pages and a clock.

export class FakeBrowser extends EventTarget {
  sockets = [];
  sources = [];
  requests = [];
  /** What `fetch` gives: a function from the URL to {status, body}. */
  history = () => ({ status: 503, body: {} });
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
        this.onmessage({ data: JSON.stringify(frame) });
      }
      drop(code = 1006) {
        this.readyState = 3;
        this.onclose({ code });
      }
    };
    this.EventSource = class extends EventTarget {
      closed = false;
      constructor(url) {
        super();
        this.url = url;
        browser.sources.push(this);
      }
      close() {
        this.closed = true;
      }
      say(frame) {
        this.dispatchEvent(Object.assign(new Event(frame.t), { data: JSON.stringify(frame) }));
      }
      drop() {
        this.onerror();
      }
    };
    this.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
    this.setTimeout = (callback, ms) => {
      this.#timers.set(this.#nextTimer, { callback, at: this.#now + ms });
      return this.#nextTimer++;
    };
    this.clearTimeout = (timer) => this.#timers.delete(timer);
    this.fetch = async (url) => {
      this.requests.push(url);
      const { status, body } = this.history(url);
      return { status, ok: status < 400, json: async () => body };
    };
  }

  get socket() {
    return this.sockets.at(-1);
  }

  get source() {
    return this.sources.at(-1);
  }

  /** Let so much time pass, timers included, and whatever they started come to rest. */
  async pass(ms) {
    const until = this.#now + ms;
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
}

export function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}
