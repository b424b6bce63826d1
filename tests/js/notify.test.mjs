// Notifications: asked for by a click alone, shown once, and only while nobody looks.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { EndNotifier, offerNotifications } from "../../static/js/notify.js";

let shown, asked, answer;

beforeEach(() => {
  shown = [];
  asked = 0;
  answer = "granted";
  globalThis.Notification = class extends EventTarget {
    static permission = "granted";
    static async requestPermission() {
      asked += 1;
      return (Notification.permission = answer);
    }
    constructor(title, options) {
      super();
      shown.push([title, options]);
    }
    close() {}
  };
  globalThis.window = { Notification, focus() {} };
  globalThis.document = { hidden: true };
});

const state = (run_status) => ({ run_status, title: "A long work" });

function pageWithButton() {
  const button = new EventTarget();
  button.hidden = true;
  const word = { textContent: "" };
  const page = { querySelector: (what) => (what === "[data-notify]" ? button : word) };
  return { page, button, word };
}

const aTurn = () => new Promise((resolve) => setImmediate(resolve));

test("the end is told once, in the run's words, while the tab is hidden", () => {
  const notifier = new EndNotifier("7", state("running"));
  notifier.take(state("running"));
  notifier.take(state("completed"));
  notifier.take(state("completed"));
  assert.deepEqual(shown, [["A long work", { body: "Done.", tag: "run-7" }]]);
});

test("a run that is retried and ends again is told of again", () => {
  const notifier = new EndNotifier("7", state("running"));
  for (const status of ["failed", "queued", "running", "completed"]) notifier.take(state(status));
  assert.deepEqual(shown.map(([, { body }]) => body), ["Stopped by an error.", "Done."]);
});

test("who looks at the page is told nothing", () => {
  document.hidden = false;
  new EndNotifier("7", state("running")).take(state("completed"));
  assert.deepEqual(shown, []);
});

test("a run that had ended when the page was drawn is no news", () => {
  new EndNotifier("7", state("completed")).take(state("completed"));
  assert.deepEqual(shown, []);
});

test("without permission nothing is shown and nothing asked", () => {
  Notification.permission = "default";
  const { page, button } = pageWithButton();
  offerNotifications(page);
  new EndNotifier("7", state("running")).take(state("completed"));
  assert.deepEqual([shown, asked, button.hidden], [[], 0, false]);
});

test("a click asks, and the button goes when the browser has answered", async () => {
  for (const given of ["granted", "denied"]) {
    Notification.permission = "default";
    answer = given;
    const { page, button, word } = pageWithButton();
    offerNotifications(page);
    button.dispatchEvent(new Event("click"));
    await aTurn();
    assert.equal(button.hidden, true);
    assert.match(word.textContent, given === "granted" ? /will notify you/ : /blocks notifications/);
  }
  assert.equal(asked, 2);
});

test("a browser without notifications is offered none", () => {
  delete window.Notification;
  const { page, button } = pageWithButton();
  offerNotifications(page);
  assert.equal(button.hidden, true);
});
