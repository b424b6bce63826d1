/** The page of one run: takes up the state the server drew the page from, and follows the run from there. */

import "./copy.js";
import "./outline.js";
import { connect } from "./connect.js";
import { canonical } from "./fold.js";
import { Follower } from "./follow.js";
import { LiveRun } from "./live.js";
import { OpenedSteps } from "./opened-steps.js";
import { EndNotifier, offerNotifications } from "./notify.js";

const root = document.getElementById("run");
const drawn = JSON.parse(document.getElementById("run-state").textContent);
const { run } = root.dataset;

const opened = new OpenedSteps(root);
const live = new LiveRun({
  state: drawn.state,
  root,
  follower: new Follower(document.getElementById("jump"), () => lastTail()),
  onDrawn: () => opened.renew(),
});
const notifier = new EndNotifier(run, drawn.state);
offerNotifications();
const following = connect(run, {
  after: { [run]: drawn },
  worker: { url: root.dataset.worker, key: root.dataset.session },
  onState: (_, state, events) => {
    live.take(state, events);
    notifier.take(state);
  },
  onConnection: (state, detail) => live.showConnection(state, detail),
});

/** A debugging aid, and what the browser tests compare with the server's fold: never written to by the page. */
window.genisys = {
  get state() {
    return following.state(run);
  },
  get seq() {
    return following.state(run).seq;
  },
  get cursor() {
    return following.cursor(run);
  },
  get shared() {
    return following.shared;
  },
  canonical: () => canonical(following.state(run)),
};

// A run that has ended may leave a text unfinished; nothing later will come of it.
function lastTail() {
  if (root.querySelector("[data-live='run']")?.dataset.finished === "true") return null;
  return [...root.querySelectorAll("[data-tail]")].at(-1) ?? null;
}
