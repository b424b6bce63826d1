/**
 * One connection and one fold of each run, for any number of tabs. It runs in the shared worker, where all tabs of a
 * session hang on it, or in a page that has it for itself; a tab cannot tell which (see connect.js).
 *
 * A tab says   lock {name} · join {run, state, log_id} · leave {run} · wake · had · bye
 * and receives  hello {lock} · state {run, log_id, state} · events {run, log_id, events} ·
 *                ended {run, status} · refused {run, code, message} · connection {state, detail}
 *
 * A tab that joins behind the fold gets the fold; one that is ahead of it passes over what it has. What a tab has not
 * answered with `had` is bounded, so that one that sleeps costs nothing: it gets the folds when it wakes.
 */

import { Connection } from "./connection.js";
import { apply, newState, revive } from "./fold.js";

const MOST_UNANSWERED = 64;

/** A run, as far as it was folded, and the tabs that show it. */
class Followed {
  state;
  logId;
  tabs = new Set();
  over = null; // the message that said so: ended or refused

  constructor(run, state, logId) {
    this.run = run;
    this.state = state;
    this.logId = logId;
  }

  get whole() {
    return { t: "state", run: this.run, log_id: this.logId, state: this.state };
  }

  /** Whether what a tab has is behind this fold, or of another log. */
  isAheadOf(seq, logId) {
    return this.state.seq > seq || (this.state.seq > 0 && logId !== this.logId);
  }
}

/** A tab's port, with what has been sent and not answered. */
class Tab {
  runs = new Set();
  #port;
  #unanswered = 0;
  #behind = false;

  constructor(port) {
    this.#port = port;
  }

  post(message) {
    if (this.#behind) return;
    this.#behind = this.#unanswered >= MOST_UNANSWERED;
    if (this.#behind) return;
    this.#unanswered += 1;
    this.#port.postMessage(message);
  }

  /** Whether the tab has answered everything, and missed something before. */
  answered() {
    this.#unanswered -= 1;
    if (this.#unanswered > 0 || !this.#behind) return false;
    this.#behind = false;
    return true;
  }
}

export class Switchboard {
  #browser;
  #connection;
  #followed = new Map();
  #lock;
  #lastWord = null;
  #tabs = new Set();

  /**
   * @param {{addresses: import("./lines.js").Addresses, lock?: string|null, browser?: any}} options
   * `lock` names what a worker holds for as long as it lives, "" where there are no locks; a page's own has null
   */
  constructor({ addresses, lock = null, browser = globalThis }) {
    this.#browser = browser;
    this.#lock = lock;
    this.#connection = new Connection({
      addresses,
      browser,
      onState: (state, detail) => {
        this.#lastWord = { t: "connection", state, detail };
        for (const tab of this.#tabs) tab.post(this.#lastWord);
      },
    });
  }

  /** Take up a tab. @param {MessagePort} port */
  attach(port) {
    const tab = new Tab(port);
    this.#tabs.add(tab);
    port.onmessage = ({ data }) => this.#take(tab, data);
    tab.post({ t: "hello", lock: this.#lock });
    if (this.#lastWord) tab.post(this.#lastWord);
  }

  #take(tab, message) {
    switch (message.t) {
      case "lock": // Held by the tab as long as it lives.
        return this.#browser.navigator.locks.request(message.name, () => this.#gone(tab));
      case "join":
        return this.#join(tab, message);
      case "leave":
        return this.#leave(tab, message.run);
      case "wake":
        return this.#wake();
      case "had":
        return tab.answered() && this.#tellAll(tab);
      case "bye":
        return this.#gone(tab);
    }
  }

  #join(tab, { run, state, log_id: logId }) {
    const seq = state?.seq ?? 0;
    let followed = this.#followed.get(run);
    if (followed === undefined) {
      followed = new Followed(run, state === null ? newState() : revive(state), logId);
      this.#followed.set(run, followed);
      this.#follow(followed);
    } else if (followed.over !== null && !this.#isFinal(followed, seq, logId)) {
      this.#follow(followed);
    }
    followed.tabs.add(tab);
    tab.runs.add(run);
    if (followed.isAheadOf(seq, logId)) tab.post(followed.whole);
    if (followed.over !== null) tab.post(followed.over);
  }

  // Whether nothing more can come for a tab with this cursor: whatever was not completed may have been retried.
  #isFinal({ over, state, logId }, seq, tabsLogId) {
    return over.t === "ended" && over.status === "completed" && seq <= state.seq && (tabsLogId ?? logId) === logId;
  }

  #leave(tab, run) {
    const followed = this.#followed.get(run);
    tab.runs.delete(run);
    if (!followed?.tabs.delete(tab) || followed.tabs.size > 0) return;
    this.#followed.delete(run);
    this.#connection.drop(run);
  }

  #gone(tab) {
    this.#tabs.delete(tab);
    for (const run of [...tab.runs]) this.#leave(tab, run);
  }

  // Somebody looks again. A run that failed or was stopped may have been retried elsewhere: it is asked for once more.
  #wake() {
    for (const followed of this.#followed.values()) {
      if (followed.over?.t === "ended" && followed.over.status !== "completed") this.#follow(followed);
    }
    this.#connection.wake();
  }

  #follow(followed) {
    const { run } = followed;
    const tell = (message) => {
      for (const tab of followed.tabs) tab.post(message);
    };
    const tellOver = (message) => {
      followed.over = message;
      tell(message);
    };
    followed.over = null;
    this.#connection.follow(run, { seq: followed.state.seq, logId: followed.logId }, {
      onEvents: (events, logId) => {
        for (const event of events) apply(followed.state, event);
        followed.logId = logId;
        tell({ t: "events", run, log_id: logId, events });
      },
      onReset: (state, logId) => {
        followed.state = state === null ? newState() : revive(state);
        followed.logId = logId;
        tell(followed.whole);
      },
      onEnd: (status) => tellOver({ t: "ended", run, status: endOf(followed.state) ?? status }),
      onRefused: (code, message) => tellOver({ t: "refused", run, code, message }),
    });
  }

  #tellAll(tab) {
    for (const run of tab.runs) {
      const followed = this.#followed.get(run);
      tab.post(followed.whole);
      if (followed.over !== null) tab.post(followed.over);
    }
    tab.post(this.#lastWord);
  }
}

/** Serve the tabs of a shared worker. @param {any} self the worker's global scope */
export function serve(self) {
  const { locks } = self.navigator;
  const lock = locks ? self.crypto.randomUUID() : "";
  const switchboard = new Switchboard({ ...JSON.parse(self.name), lock, browser: self });
  // Held as long as this worker lives: a tab that is given it knows that the worker is gone. So no tab may hear of it
  // before it is held.
  const held = new Promise((resolve) => {
    if (!locks) return resolve();
    return locks.request(lock, () => {
      resolve();
      return new Promise(() => {});
    });
  });
  self.onconnect = ({ ports: [port] }) => held.then(() => switchboard.attach(port));
}

const ENDS = new Set(["completed", "failed", "cancelled"]);

/** How the run ended, as its events have it; the log may be gone, and then only the server knows. */
function endOf(state) {
  return ENDS.has(state.run_status) ? state.run_status : null;
}
