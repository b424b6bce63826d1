// Folds logs for the Python tests: one JSON request a line on stdin, one JSON answer a line on stdout.
//   {"events": [...], "state": state|null}  ->  {"canonical": "..."} or {"error": "..."}

import { createInterface } from "node:readline";

import { apply, canonical, newState, revive } from "../../static/js/fold.js";

for await (const line of createInterface({ input: process.stdin })) {
  const { events, state: given } = JSON.parse(line);
  const state = given === null ? newState() : revive(given);
  let answer;
  try {
    for (const event of events) apply(state, event);
    answer = { canonical: canonical(state) };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
