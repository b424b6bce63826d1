/** The page of one run: takes up the state the server drew the page from, and follows the run from there. */

import { Connection } from "./connection.js";
import { revive } from "./fold.js";
import { Follower } from "./follow.js";
import { LiveRun } from "./live.js";

const root = document.getElementById("run");
const given = JSON.parse(document.getElementById("run-state").textContent);

const live = new LiveRun({
  state: revive(given.state),
  logId: given.log_id || null,
  root,
  follower: new Follower(document.getElementById("jump"), () => lastTail()),
});

const socketUrl = new URL("/ws/runs", window.location.href);
socketUrl.protocol = socketUrl.protocol === "https:" ? "wss:" : "ws:";
live.start(
  new Connection({
    socketUrl: socketUrl.href,
    eventsUrl: (run) => `/api/runs/${encodeURIComponent(run)}/events`,
  }),
);

/** A debugging aid, and what the browser tests compare with the server's fold: never written to by the page. */
window.genisys = {
  get state() {
    return live.state;
  },
  get logId() {
    return live.logId;
  },
  get seq() {
    return live.seq;
  },
  canonical: () => live.canonical(),
};

// A run that has ended may leave a text unfinished; nothing later will come of it.
function lastTail() {
  if (root.querySelector("[data-live='run']")?.dataset.finished === "true") return null;
  return [...root.querySelectorAll("[data-tail]")].at(-1) ?? null;
}
