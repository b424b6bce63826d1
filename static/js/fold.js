/**
 * The fold: from a run's events to what a person may see of it, exactly as genisys/log/fold.py does it.
 *
 * Both give the same canonical JSON for the same events; tests/js runs one set of logs through both. Where Python
 * reads `dict.get`, `given` stands here, so that a null in an event means the same on both sides. Objects that are
 * keyed by names from outside have no prototype: a block may be called "__proto__".
 *
 * @typedef {{seq: number, at: number, type: string, attempt: number, step?: string, covers?: number,
 *   [field: string]: any}} RunEvent
 * @typedef {Record<string, any>} State
 */

import { patched } from "./patches.js";

const STATUS_LINES = 50;
const UNKEYED_EVENTS = 100;
const KEYED = ["steps", "blocks", "items", "item_order", "inputs", "objects"];

/** The state of a run of which nothing is known yet. @returns {State} */
export function newState() {
  return {
    seq: 0,
    run_status: "none",
    workflow: "",
    title: "",
    attempt: 0,
    worker: "",
    error: null,
    waiting: null,
    output: null,
    queued_at: 0,
    started_at: 0,
    ended_at: 0,
    steps: Object.create(null),
    step_order: [],
    status_text: "",
    status_lines: [],
    progress: null,
    notices: [],
    blocks: Object.create(null),
    block_order: [],
    items: Object.create(null),
    item_order: Object.create(null),
    events: [],
    inputs: Object.create(null),
    objects: Object.create(null),
    input_tokens: 0,
    output_tokens: 0,
    cost_microusd: 0,
    unpriced: false,
    models: [],
  };
}

/** Take up a state that came as JSON (the one the server put into the page). @param {State} parsed @returns {State} */
export function revive(parsed) {
  const state = { ...newState(), ...parsed };
  for (const field of KEYED) state[field] = bare(state[field]);
  for (const name of Object.keys(state.items)) state.items[name] = bare(state.items[name]);
  return state;
}

/**
 * How many events of the log an event stands for: history travels with superseded events left out and pieces of text
 * joined, and the event that took their place covers them.
 * @param {RunEvent} event @returns {number} 1 or more, up to and with the event's own seq
 */
export function covers(event) {
  return event.covers ?? 1;
}

/**
 * Apply one event in place and return the state. An event at or below the state's seq changes nothing; one that
 * covers more than the state lacks does no harm.
 * @param {State} state @param {RunEvent} event @returns {State}
 * @throws {RangeError} on a hole in the sequence: what is missing must be fetched first
 */
export function apply(state, event) {
  if (event.seq <= state.seq) return state;
  if (event.seq - covers(event) > state.seq) {
    throw new RangeError(`event ${event.seq} came after ${state.seq}: events between them are missing`);
  }
  HANDLERS.get(event.type)?.(state, event);
  state.seq = event.seq;
  return state;
}

/** The one JSON text of a state: keys sorted by code point, no spaces. @param {any} value @returns {string} */
export function canonical(value) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const pairs = Object.keys(value).sort(byCodePoint).map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${pairs.join(",")}}`;
}

// Python sorts text by code point, JavaScript by UTF-16 unit; they differ where a surrogate meets U+E000 or above.
function byCodePoint(a, b) {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit) {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function bare(object) {
  return Object.assign(Object.create(null), object);
}

function given(event, field, fallback) {
  return Object.hasOwn(event, field) ? event[field] : fallback;
}

function notice(state, event, kind, args) {
  state.notices.push({ at: event.at, kind, args });
}

function queued(state, event) {
  state.run_status = "queued";
  state.workflow = event.workflow;
  state.title = event.title;
  state.queued_at = event.at;
}

function started(state, event) {
  if (state.run_status === "recovering") notice(state, event, "recovered", { worker: event.worker });
  state.run_status = "running";
  state.attempt = event.attempt;
  state.worker = event.worker;
  state.waiting = null;
  if (state.started_at === 0) state.started_at = event.at;
}

function waiting(state, event) {
  state.run_status = "waiting";
  state.waiting = { reason: event.reason, until: given(event, "until", 0), prompt: given(event, "prompt", "") };
  for (const step of Object.values(state.steps)) {
    if (step.status === "running") step.status = "waiting";
  }
}

function resumed(state, event) {
  if (state.run_status !== "running") state.run_status = "queued";
  state.waiting = null;
  state.error = null;
  state.ended_at = 0;
  notice(state, event, "resumed", { reason: event.reason });
}

function recovering(state, event) {
  state.run_status = "recovering";
  interruptSteps(state);
  const held = "held" in event ? { held: event.held } : {};
  notice(state, event, "recovering", { reason: event.reason, worker: event.worker, ...held });
}

function handedOver(state, event) {
  state.run_status = "recovering";
  interruptSteps(state);
  notice(state, event, "handed_over", { worker: state.worker });
}

function redisChanged(state, event) {
  notice(state, event, "redis_changed", given(event, "whole", false) ? { whole: true } : {});
}

function interruptSteps(state) {
  for (const step of Object.values(state.steps)) {
    if (["running", "retrying", "waiting"].includes(step.status)) step.status = "interrupted";
  }
}

function cancelling(state, event) {
  state.run_status = "cancelling";
  notice(state, event, "cancelling", { by: given(event, "by", "") });
}

function ended(state, event) {
  state.run_status = event.type.slice("run.".length);
  state.ended_at = event.at;
  state.waiting = null;
  state.error = given(event, "error", null);
  if (state.run_status === "failed") notice(state, event, "failed", { message: state.error?.message ?? "" });
  if (Object.hasOwn(event, "output")) state.output = event.output;
  for (const step of Object.values(state.steps)) {
    if (step.status !== "completed" && step.status !== "failed") step.status = "stopped";
  }
}

function newStep(event) {
  return {
    key: event.step,
    name: event.name,
    title: event.title,
    parent: event.parent,
    status: "running",
    tries: 1,
    retry_at: 0,
    started_at: event.at,
    ended_at: 0,
    error: null,
    model: "",
    provider: "",
    input_tokens: 0,
    output_tokens: 0,
    cost_microusd: 0,
    unpriced: false,
    progress: null,
    status_text: "",
    attempt: event.attempt,
  };
}

function stepStarted(state, event) {
  const key = event.step;
  const step = state.steps[key];
  if (step === undefined) {
    state.step_order.push(key);
    state.steps[key] = newStep(event);
    return;
  }
  step.status = "running";
  step.tries = 1;
  step.retry_at = 0;
  step.error = null;
  step.ended_at = 0;
  step.attempt = event.attempt;
}

function stepRetrying(state, event) {
  const step = state.steps[event.step];
  if (step === undefined) return;
  step.status = "retrying";
  step.tries = event.try;
  step.retry_at = event.at + event.delay_ms;
  step.error = event.error;
}

function stepEnded(state, event) {
  const step = state.steps[event.step];
  if (step === undefined) return;
  step.ended_at = event.at;
  if (event.type === "step.failed") {
    step.status = "failed";
    step.error = event.error;
  } else {
    step.status = "completed";
    step.error = null;
  }
  const model = given(event, "model", "");
  if (model) {
    step.model = model;
    if (!state.models.includes(model)) state.models.push(model);
  }
  step.provider = given(event, "provider", "") || step.provider;
  for (const field of ["input_tokens", "output_tokens", "cost_microusd"]) {
    const amount = given(event, field, 0);
    step[field] += amount;
    state[field] += amount;
  }
  if (event.unpriced) {
    // The cost is then what is known of it.
    step.unpriced = true;
    state.unpriced = true;
  }
}

function status(state, event) {
  const step = state.steps[event.step || ""];
  if (step !== undefined) step.status_text = event.text;
  state.status_text = event.text;
  state.status_lines.push({ at: event.at, text: event.text });
  keepLast(state.status_lines, STATUS_LINES);
}

function progress(state, event) {
  const mark = { done: event.done, total: event.total, unit: event.unit };
  const step = state.steps[event.step || ""];
  if (step !== undefined) step.progress = mark;
  else state.progress = mark;
}

function published(state, event) {
  const key = given(event, "key", "");
  if (!key) {
    state.events.push({ at: event.at, name: event.name, data: event.data });
    keepLast(state.events, UNKEYED_EVENTS);
    return;
  }
  const items = (state.items[event.name] ??= Object.create(null));
  if (!Object.hasOwn(items, key)) (state.item_order[event.name] ??= []).push(key);
  items[key] = event.data;
}

function inputRequested(state, event) {
  const { step, name, prompt, schema, until } = event;
  state.inputs[step] = { step, name, prompt, schema, until, wrong: given(event, "wrong", ""), open: true };
}

function inputReceived(state, event) {
  const asked = state.inputs[event.step];
  if (asked !== undefined) asked.open = false;
}

function objectPatched(state, event) {
  let value = given(state.objects, event.name, null);
  // A patch may be applied by several readers: what is put in must not be changed with the state.
  for (const operation of structuredClone(event.patch)) value = patched(value, operation);
  state.objects[event.name] = value;
}

function keepLast(list, count) {
  if (list.length > count) list.splice(0, list.length - count);
}

function block(state, event) {
  let found = state.blocks[event.block];
  if (found === undefined) {
    state.block_order.push(event.block);
    found = state.blocks[event.block] = {
      txt: "",
      title: given(event, "title", ""),
      state: "open",
      step: given(event, "step", null),
      rev: 0,
    };
  }
  return found;
}

function textReset(state, event) {
  const found = block(state, event);
  found.txt = "";
  found.state = "open";
  found.title = given(event, "title", "") || found.title;
  found.step = given(event, "step", null);
  found.rev += 1;
}

function textDelta(state, event) {
  const found = block(state, event);
  const length = found.txt.length;
  if (event.off > length) {
    throw new RangeError(
      `text of block '${event.block}' has a hole at ${length}: the next piece starts at ${event.off}`,
    );
  }
  if (event.off + event.txt.length > length) found.txt += event.txt.slice(length - event.off);
}

function textFinal(state, event) {
  const found = block(state, event);
  const off = given(event, "off", 0);
  if (off > found.txt.length) {
    throw new RangeError(
      `text of block '${event.block}' has a hole at ${found.txt.length}: its end starts at ${off}`,
    );
  }
  found.txt = found.txt.slice(0, off) + event.txt;
  found.state = "final";
  found.title = given(event, "title", "") || found.title;
  found.rev += 1;
}

const HANDLERS = new Map([
  ["run.queued", queued],
  ["run.started", started],
  ["run.waiting", waiting],
  ["run.resumed", resumed],
  ["run.recovering", recovering],
  ["run.redis_changed", redisChanged],
  ["run.handed_over", handedOver],
  ["run.cancelling", cancelling],
  ["run.completed", ended],
  ["run.failed", ended],
  ["run.cancelled", ended],
  ["step.started", stepStarted],
  ["step.retrying", stepRetrying],
  ["step.completed", stepEnded],
  ["step.failed", stepEnded],
  ["object.patch", objectPatched],
  ["input.requested", inputRequested],
  ["input.received", inputReceived],
  ["status", status],
  ["progress", progress],
  ["event", published],
  ["text.reset", textReset],
  ["text.delta", textDelta],
  ["text.final", textFinal],
]);
