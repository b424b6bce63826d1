// Times in the reader's zone, in the form in which the server wrote them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { inZone } from "../../static/js/times.js";

const AT = new Date("2026-11-22T23:30:05Z");
const NOW = new Date("2026-11-22T23:45:00Z");

for (const [like, zone, shown] of [
  ["23:30:05", "UTC", "23:30:05"],
  ["23:30:05", "America/New_York", "18:30:05"],
  ["22 Nov, 23:30", "Asia/Tokyo", "23 Nov, 08:30"],
  ["22 Nov, 23:30:05", "Asia/Kathmandu", "23 Nov, 05:15:05"],
  ["22 Nov 2026, 23:30", "America/New_York", "22 Nov 2026, 18:30"],
  ["22 Nov 2026", "Asia/Tokyo", "23 Nov 2026"],
]) {
  test(`“${like}” is “${shown}” in ${zone}`, () => {
    assert.equal(inZone(AT, like, NOW, zone), shown);
  });
}

test("a time of another day than the reader's today is told with its day", () => {
  const tomorrow = new Date("2026-11-23T08:00:00Z");
  assert.equal(inZone(AT, "23:30:05", tomorrow, "UTC"), "22 Nov, 23:30:05");
  assert.equal(inZone(AT, "23:30:05", tomorrow, "Asia/Tokyo"), "08:30:05");
});
