import assert from "node:assert/strict";
import { test } from "node:test";

import { apply, canonical, newState } from "../../static/js/fold.js";

const status = (seq, covers) => ({ seq, at: seq, type: "status", attempt: 1, text: `${seq}`, ...(covers && { covers }) });
const delta = (seq, off, txt, covers) => ({
  seq, at: seq, type: "text.delta", attempt: 1, block: "a", off, txt, ...(covers && { covers }),
});
const folded = (...events) => events.reduce(apply, newState());

test("an event that covers others moves the state as far as they would have", () => {
  assert.equal(folded(status(1), status(5, 4)).seq, 5);
  assert.equal(folded(status(9, 9)).seq, 9);
});

test("an event that does not reach back to the state is a hole all the same", () => {
  assert.throws(() => folded(status(1), status(6, 4)), /event 6 came after 1: events between them are missing/);
});

test("joined text is the same whatever part of it was there before", () => {
  const pieces = [delta(1, 0, "One, "), delta(2, 5, "two, "), delta(3, 10, "three.")];
  const joined = delta(3, 0, "One, two, three.", 3);
  for (let had = 0; had <= 3; had += 1) {
    assert.equal(canonical(folded(...pieces.slice(0, had), joined)), canonical(folded(...pieces)), `after ${had} pieces`);
  }
});
