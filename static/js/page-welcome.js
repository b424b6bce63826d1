/**
 * The page for strangers: replays a recorded run. Its events go through the fold and the drawing of a run's own page;
 * only what hands them on is a clock instead of a connection.
 *
 * It begins once it is seen, and stands still for whoever asked for less motion until they press the button. The server
 * has drawn how the run ended, so that without this script the same stands here, finished.
 */

import { apply, newState } from "./fold.js";
import { LiveRun } from "./live.js";

const TIMES_FASTER = 5;
const LONGEST_PAUSE_MS = 1_200; // where the run waited long for its model
const SEEN = 0.35; // the share of the recording that must be in view before it begins by itself

const root = document.getElementById("recording");
const button = document.getElementById("replay");

class Replay {
  #events;
  #live;
  #state;
  #next = 0;
  #timer = 0;

  constructor(events) {
    this.#events = events;
    this.#state = events.reduce(apply, newState());
    this.#live = new LiveRun({ state: this.#state, root, follower: { update() {} } });
    this.#next = events.length;
    this.#name();
  }

  toggle() {
    if (this.#timer) this.#stop();
    else this.play();
    this.#name();
  }

  play() {
    if (this.#next >= this.#events.length) this.#begin();
    this.#plan();
    this.#name();
  }

  #begin() {
    this.#state = apply(newState(), this.#events[0]);
    this.#next = 1;
    this.#live.take(this.#state, []);
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #plan() {
    const [before, event] = [this.#events[this.#next - 1], this.#events[this.#next]];
    this.#timer = setTimeout(() => this.#step(), Math.min((event.at - before.at) / TIMES_FASTER, LONGEST_PAUSE_MS));
  }

  #step() {
    this.#timer = 0;
    const event = this.#events[this.#next];
    this.#next += 1;
    this.#live.take(apply(this.#state, event), [event]);
    if (this.#next < this.#events.length) this.#plan();
    else this.#name();
  }

  #name() {
    const ended = this.#next >= this.#events.length;
    button.textContent = this.#timer ? "Pause" : ended ? "Play" : "Resume";
  }
}

function playOnceSeen(replay) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const watch = new IntersectionObserver(
    ([entry]) => {
      if (!entry.isIntersecting) return;
      watch.disconnect();
      replay.play();
    },
    { threshold: SEEN },
  );
  watch.observe(root);
}

const answer = await fetch(root.dataset.events);
if (answer.ok) {
  const replay = new Replay((await answer.json()).events);
  button.hidden = false;
  button.addEventListener("click", () => replay.toggle());
  playOnceSeen(replay);
}
