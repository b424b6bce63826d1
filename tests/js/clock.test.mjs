import assert from "node:assert/strict";
import { test } from "node:test";

import { asClock, inWords, tick } from "../../static/js/clock.js";

test("lengths of time are told as the server tells them", () => {
  assert.deepEqual([0, 9.9, 42, 102, 3600, 7509].map(inWords), ["0 s", "9 s", "42 s", "1 min 42 s", "1 h 0 min", "2 h 5 min"]);
  assert.deepEqual([-3, 31, 102, 3729].map(asClock), ["0:00", "0:31", "1:42", "1:02:09"]);
});

test("a moment to come is told by the time that is left until it, one that was by the time since", () => {
  const elements = [
    { dataset: { ticks: "words", until: "2026-03-01T12:15:00Z" }, textContent: "" },
    { dataset: { ticks: "words", until: "2026-03-01T11:00:00Z" }, textContent: "" },
    { dataset: { ticks: "clock", since: "2026-03-01T11:58:58Z" }, textContent: "" },
  ];
  tick({ querySelectorAll: () => elements }, Date.parse("2026-03-01T12:00:00Z"));
  assert.deepEqual(elements.map((element) => element.textContent), ["15 min 0 s", "0 s", "1:02"]);
});
