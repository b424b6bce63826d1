import assert from "node:assert/strict";
import { test } from "node:test";

import { asClock, inWords } from "../../static/js/clock.js";

test("lengths of time are told as the server tells them", () => {
  assert.deepEqual([0, 9.9, 42, 102, 3600, 7509].map(inWords), ["0 s", "9 s", "42 s", "1 min 42 s", "1 h 0 min", "2 h 5 min"]);
  assert.deepEqual([-3, 31, 102, 3729].map(asClock), ["0:00", "0:31", "1:42", "1:02:09"]);
});
