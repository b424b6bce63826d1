import assert from "node:assert/strict";
import { test } from "node:test";

import { Connection, backoff } from "../../static/js/connection.js";
import { FakeBrowser, settled } from "./fake_browser.mjs";

const RUN = "0190-run";
const ADDRESSES = { socket: "ws://x/ws/runs", events: "/api/runs/{id}/events" };

function follow({ after = 0, logId = null, onEvents = () => {} } = {}) {
  const browser = new FakeBrowser();
  const seen = { seqs: [], resets: [], ends: [], refusals: [], states: [], ways: [], waits: [] };
  const connection = new Connection({
    addresses: ADDRESSES,
    browser,
    onState: (state, detail) => {
      seen.states.push(state);
      if (detail.way) seen.ways.push(detail.way);
      if (detail.retryAt) seen.waits.push(detail.retryAt - browser.Date.now());
    },
  });
  const reader = connection.follow(RUN, { seq: after, logId }, {
    onEvents: (events) => {
      onEvents(events);
      seen.seqs.push(...events.map((event) => event.seq));
    },
    onReset: (state) => {
      seen.resets.push(state);
      seen.seqs.length = 0;
    },
    onEnd: (status) => seen.ends.push(status),
    onRefused: (code, message) => seen.refusals.push([code, message]),
  });
  return { browser, connection, reader, seen };
}

function batch(first, last, logId = "L1") {
  const events = [];
  for (let seq = first; seq <= last; seq += 1) events.push({ seq, type: "status", text: `${seq}` });
  return { t: "batch", run: RUN, log_id: logId, first, last, events };
}

/** A batch of one event that stands for several. */
function joined(first, last, logId = "L1") {
  const events = [{ seq: last, type: "status", text: `${last}`, covers: last - first + 1 }];
  return { t: "batch", run: RUN, log_id: logId, first, last, events };
}

const end = (seq) => ({ t: "end", run: RUN, seq, status: "completed" });
const ping = (seq) => ({ t: "ping", run: RUN, seq });
const upTo = (last) => Array.from({ length: last }, (_, index) => index + 1);
const said = (socket, kind) => socket.sent.filter((message) => message.t === kind);

test("it asks from its cursor", () => {
  const { browser, seen } = follow({ after: 4, logId: "L1" });
  browser.socket.accept();
  assert.deepEqual(browser.socket.sent, [{ t: "sub", run: RUN, after: 4, log_id: "L1", brief: true }]);
  browser.socket.say(batch(5, 9));
  assert.deepEqual(seen.seqs, [5, 6, 7, 8, 9]);
  assert.deepEqual(seen.ways, ["socket"]);
});

test("a piece of text in brief is the batch that it stands for, of the run and log that live named", () => {
  const got = [];
  const { browser, seen } = follow({ onEvents: (events) => got.push(...events) });
  browser.socket.accept();
  browser.socket.say(batch(1, 2));
  browser.socket.say({ t: "live", run: RUN, seq: 2, log_id: "L1", key: 7 });
  browser.socket.say({ t: "text", key: 7, seq: 3, block: "a", off: 0, txt: "word" });
  assert.deepEqual(got.at(-1), { type: "text.delta", seq: 3, block: "a", off: 0, txt: "word" });
  browser.socket.say({ t: "text", key: 8, seq: 4, block: "a", off: 4, txt: "of another run" });
  browser.socket.say({ t: "text", key: 7, seq: 5, block: "a", off: 4, txt: "behind a hole" });
  assert.deepEqual(seen.seqs, [1, 2, 3]);
  assert.deepEqual(said(browser.socket, "sub").length, 2, "the hole was asked for");
  browser.socket.say({ t: "resync", run: RUN, log_id: "L2", reason: "log_id", seq: 0 });
  browser.socket.say({ ...batch(1, 1), log_id: "L2" });
  browser.socket.say({ t: "live", run: RUN, seq: 1, log_id: "L2", key: 7 });
  browser.socket.say({ t: "text", key: 7, seq: 2, block: "a", off: 0, txt: "anew" });
  assert.deepEqual(seen.seqs, [1, 2]);
  assert.equal(seen.resets.length, 1);
});

test("it acknowledges once for each 32 KB that came, and then every run that had batches", () => {
  const { browser, connection } = follow();
  const nothing = () => {};
  connection.follow("other", { seq: 0, logId: null }, { onEvents: nothing, onReset: nothing });
  browser.socket.accept();
  const large = (seq, run, chars) => {
    const frame = { ...batch(seq, seq), run };
    frame.events[0].text = "x".repeat(chars - JSON.stringify(frame).length + 1);
    assert.equal(JSON.stringify(frame).length, chars);
    browser.socket.say(frame);
  };
  large(1, RUN, 20_000);
  large(1, "other", 10_000);
  large(2, RUN, 2_767);
  assert.deepEqual(said(browser.socket, "ack"), []);
  large(2, "other", 200);
  const acks = [{ t: "ack", run: RUN, seq: 2 }, { t: "ack", run: "other", seq: 2 }];
  assert.deepEqual(said(browser.socket, "ack"), acks);
  large(3, RUN, 32_767);
  assert.equal(said(browser.socket, "ack").length, 2);
  large(4, RUN, 200);
  assert.deepEqual(said(browser.socket, "ack").slice(2), [{ t: "ack", run: RUN, seq: 4 }]);
});

test("what came before an end is acknowledged with what comes after it for another run", () => {
  const { browser, connection } = follow();
  connection.follow("other", { seq: 0, logId: null }, { onEvents: () => {}, onReset: () => {} });
  browser.socket.accept();
  browser.socket.say(batch(1, 3));
  browser.socket.say(end(3));
  const frame = { ...batch(1, 1), run: "other" };
  frame.events[0].text = "x".repeat(33_000);
  browser.socket.say(frame);
  assert.deepEqual(said(browser.socket, "ack")[0], { t: "ack", run: RUN, seq: 3 });
});

test("events it has are dropped, however batches overlap", () => {
  const { browser, seen } = follow();
  browser.socket.accept();
  for (const frame of [batch(1, 5), batch(3, 7), batch(2, 4), batch(8, 8)]) browser.socket.say(frame);
  assert.deepEqual(seen.seqs, upTo(8));
});

test("a gap is asked for once, from where the reader is, and nothing behind it is taken before it is filled", () => {
  const { browser, seen } = follow();
  browser.socket.accept();
  browser.socket.say(batch(1, 2));
  browser.socket.say(batch(5, 6));
  browser.socket.say(batch(7, 8));
  const asked = browser.socket.sent.filter((message) => message.t === "sub");
  assert.deepEqual(asked.slice(1), [{ t: "sub", run: RUN, after: 2, log_id: "L1", brief: true }]);
  assert.deepEqual(seen.seqs, [1, 2]);
  browser.socket.say(batch(3, 8));
  assert.deepEqual(seen.seqs, upTo(8));
});

test("frames of an old subscription change nothing", () => {
  const { browser, seen, connection, reader } = follow();
  browser.socket.accept();
  browser.socket.say(batch(1, 2));
  browser.socket.say(batch(4, 4));
  browser.socket.say(end(4));
  browser.socket.say({ t: "live", run: RUN, seq: 4 });
  assert.equal(said(browser.socket, "sub").length, 2);
  assert.equal(seen.ends.length, 0);
  browser.socket.say(batch(3, 4));
  assert.deepEqual(seen.seqs, upTo(4));
  connection.drop(RUN);
  assert.equal(reader.seq, 4);
  browser.socket.say(batch(5, 5));
  assert.deepEqual(seen.seqs, upTo(4), "nor do frames of a run that is followed no more");
});

test("an event that covers others stands for them", () => {
  const { browser, seen } = follow();
  browser.socket.accept();
  for (const frame of [batch(1, 2), joined(3, 9), batch(10, 10)]) browser.socket.say(frame);
  assert.deepEqual(seen.seqs, [1, 2, 9, 10]);
  assert.equal(said(browser.socket, "sub").length, 1, "no gap was seen where there was none");
  browser.socket.say(joined(8, 12));
  assert.deepEqual(seen.seqs.slice(4), [12], "part of what it covers was there before");
  browser.socket.say(joined(11, 12));
  assert.equal(seen.seqs.length, 5, "and all of it");
  browser.socket.say(joined(14, 20));
  assert.deepEqual(said(browser.socket, "sub").slice(1), [{ t: "sub", run: RUN, after: 12, log_id: "L1", brief: true }]);
});

test("a hole within a batch is a gap behind what came before it", () => {
  const { browser, seen } = follow();
  browser.socket.accept();
  const frame = batch(1, 5);
  frame.events.splice(2, 1);
  browser.socket.say(frame);
  assert.deepEqual(seen.seqs, [1, 2]);
  assert.deepEqual(said(browser.socket, "sub").slice(1), [{ t: "sub", run: RUN, after: 2, log_id: "L1", brief: true }]);
});

test("it starts over on resync and on a batch of another log", () => {
  const { browser, seen, reader } = follow({ after: 7, logId: "L1" });
  browser.socket.accept();
  browser.socket.say({ t: "resync", run: RUN, log_id: "L2", reason: "log_id" });
  browser.socket.say(batch(1, 3, "L2"));
  assert.deepEqual(seen.resets, [null]);
  assert.deepEqual(seen.seqs, [1, 2, 3]);
  browser.socket.say(batch(1, 2, "L3"));
  assert.equal(seen.resets.length, 2);
  assert.deepEqual(seen.seqs, [1, 2]);
  assert.equal(reader.logId, "L3");
});

test("a resync with a state goes on from there", () => {
  const { browser, seen, reader } = follow({ after: 7, logId: "L1" });
  browser.socket.accept();
  const state = { seq: 40, run_status: "running" };
  browser.socket.say({ t: "resync", run: RUN, log_id: "L2", reason: "trimmed", seq: 40, state });
  assert.deepEqual(seen.resets, [state]);
  browser.socket.say(batch(39, 41, "L2"));
  assert.deepEqual(seen.seqs, [41]);
  assert.equal(reader.cursor, "L2:41");
});

test("only an end frame ends it, and it is seen once", async () => {
  const { browser, connection, seen } = follow();
  browser.socket.accept();
  browser.socket.say(batch(1, 2));
  for (const code of [1000, 1001, 1006, 1011, 4008, 4012]) {
    const before = browser.sockets.length;
    browser.socket.drop(code);
    await browser.pass(1_000);
    assert.equal(browser.sockets.length, before + 1, `after close ${code}`);
    browser.socket.accept();
    browser.socket.say(ping(2));
  }
  const { socket } = browser;
  const { onmessage } = socket;
  socket.say(end(2));
  onmessage({ data: JSON.stringify(end(2)) });
  const before = browser.sockets.length;
  assert.deepEqual(seen.ends, ["completed"]);
  assert.equal(seen.states.at(-1), "idle");
  await browser.pass(120_000);
  connection.wake();
  assert.equal(browser.sockets.length, before);
});

test("an end that tells of events it has not had makes it ask for them first", () => {
  const { browser, seen } = follow();
  browser.socket.accept();
  browser.socket.say(batch(1, 2));
  browser.socket.say(end(4));
  assert.equal(seen.ends.length, 0);
  assert.deepEqual(browser.socket.sent.at(-1), { t: "sub", run: RUN, after: 2, log_id: "L1", brief: true });
  browser.socket.say(batch(3, 4));
  browser.socket.say(end(4));
  assert.equal(seen.ends.length, 1);
});

test("it comes back from its cursor of then, not of the page", async () => {
  const { browser } = follow();
  browser.socket.accept();
  browser.socket.say(batch(1, 6));
  browser.socket.drop();
  await browser.pass(10_000);
  browser.socket.accept();
  assert.deepEqual(browser.socket.sent[0], { t: "sub", run: RUN, after: 6, log_id: "L1", brief: true });
});

test("a server that is being replaced is left for the next one within a second, but not for ever so soon", async (context) => {
  const chance = context.mock.method(Math, "random", () => 0);
  const soon = follow();
  soon.browser.socket.accept();
  soon.browser.socket.say(batch(1, 1));
  soon.browser.socket.drop(4012);
  assert.equal(soon.browser.sockets.length, 2, "some come back at once");
  chance.mock.restore();
  const { browser, seen } = follow();
  browser.socket.accept();
  browser.socket.say(batch(1, 1));
  browser.socket.drop(4012);
  assert.ok(seen.waits.at(-1) <= 1_000);
  await browser.pass(1_000);
  assert.equal(browser.sockets.length, 2);
  browser.socket.drop(4012);
  assert.ok(seen.waits.at(-1) >= 500);
});

test("it waits between half a second and ten, at random", () => {
  assert.equal(backoff(1, () => 0), 500);
  assert.equal(backoff(1, () => 1), 1_000);
  assert.equal(backoff(3, () => 1), 4_000);
  assert.equal(backoff(9, () => 0), 500);
  assert.equal(backoff(9, () => 1), 10_000);
});

test("woken, it tries at once, and leaves a line alone that is well or being opened", async () => {
  const { browser, connection } = follow();
  browser.socket.drop();
  connection.wake();
  assert.equal(browser.sockets.length, 2);
  connection.wake();
  browser.socket.accept();
  browser.socket.say(ping(0));
  connection.wake();
  assert.equal(browser.sockets.length, 2);
  await browser.pass(21_000);
  connection.wake();
  assert.equal(browser.sockets.length, 3, "a line that should have been heard of is not trusted after a sleep");
});

test("a line that falls silent for three pings counts as dead", async () => {
  const { browser } = follow();
  browser.socket.accept();
  browser.socket.say(ping(0));
  await browser.pass(30_000);
  browser.socket.say(ping(0));
  await browser.pass(44_000);
  assert.equal(browser.sockets.length, 1);
  await browser.pass(12_000);
  assert.equal(browser.sockets.length, 2);
});

test("a line that opens and brings nothing is given up before one that was well", async () => {
  const { browser, seen } = follow();
  browser.socket.accept();
  await browser.pass(19_000);
  assert.deepEqual(seen.states, ["connecting"]);
  await browser.pass(1_000);
  assert.deepEqual(seen.states, ["connecting", "waiting"]);
});

test("frames lost on the way show in two pings and are asked for", () => {
  const { browser, seen } = follow();
  browser.socket.accept();
  browser.socket.say(batch(1, 2));
  browser.socket.say(ping(5));
  browser.socket.say(ping(5));
  assert.deepEqual(browser.socket.sent.at(-1), { t: "sub", run: RUN, after: 2, log_id: "L1", brief: true });
  browser.socket.say(batch(3, 5));
  assert.deepEqual(seen.seqs, upTo(5));
});

/** A log as the history answers it, two events a page. */
function historyOf(browser, log) {
  browser.history = (url) => {
    const after = Number(decodeURIComponent(new URL(url, "http://x").searchParams.get("after")).split(":").at(-1));
    const last = Math.min(after + 2, log.last);
    const { events } = batch(after + 1, last);
    const body = { events, log_id: "L1", up_to_date: last === log.last, closed: log.closed, resync: null };
    return { status: 200, body };
  };
  return log;
}

/** Fails every socket, with the history in reach, until something else is tried. */
async function withoutSockets(browser) {
  for (let failure = 1; failure <= 2; failure += 1) {
    browser.socket.drop();
    await browser.pass(1_000);
  }
}

async function withoutStreams(browser) {
  browser.noStreams = { status: 502 };
  await withoutSockets(browser);
  await browser.pass(4_000);
}

test("where sockets do not get through it takes streams, from its cursor", async () => {
  const { browser, seen } = follow({ after: 3, logId: "L1" });
  historyOf(browser, { last: 3, closed: false });
  await withoutSockets(browser);
  assert.equal(browser.sockets.length, 2);
  assert.equal(browser.stream.url, `/api/runs/${RUN}/events?after=L1%3A3`);
  browser.stream.bytes("retry: 500\n\n");
  browser.stream.say(batch(4, 6));
  const text = `event: batch\ndata: ${JSON.stringify(batch(7, 7))}\n\n`;
  browser.stream.bytes(text.slice(0, 40));
  await settled();
  assert.deepEqual(seen.seqs, [4, 5, 6]);
  browser.stream.bytes(text.slice(40));
  browser.stream.say(end(7));
  await settled();
  assert.deepEqual(seen.seqs, [4, 5, 6, 7]);
  assert.deepEqual(seen.ways, ["stream"]);
  assert.equal(seen.ends.length, 1);
  assert.ok(browser.stream.closed);
});

test("a try that brought nothing is followed by the history, so that a blocked way costs no news", async () => {
  const { browser, seen } = follow();
  historyOf(browser, { last: 5, closed: false });
  browser.socket.drop();
  await browser.pass(1_000);
  assert.deepEqual(seen.seqs, upTo(5));
  assert.equal(browser.sockets.length, 2);
});

test("a server that is away is not taken for a blocked way", async () => {
  const { browser, seen } = follow();
  browser.socket.drop();
  await browser.pass(60_000);
  assert.equal(browser.sockets.length, 1, "one request a try is enough to see it");
  historyOf(browser, { last: 0, closed: false });
  await browser.pass(10_000);
  assert.equal(browser.sockets.length, 2);
  browser.socket.accept();
  browser.socket.say(batch(1, 1));
  assert.equal(browser.streams.length, 0);
  assert.deepEqual(seen.ways, ["socket"]);
});

test("a stream that has served its time is opened again from the new cursor, after one try of the socket", async () => {
  const { browser } = follow();
  historyOf(browser, { last: 2, closed: false });
  await withoutSockets(browser);
  browser.stream.say(batch(1, 2));
  await settled();
  browser.stream.end();
  await browser.pass(500);
  assert.equal(browser.sockets.length, 3);
  browser.socket.drop();
  await browser.pass(1_000);
  assert.equal(browser.sockets.length, 3);
  assert.equal(browser.streams.length, 2);
  assert.equal(browser.stream.url, `/api/runs/${RUN}/events?after=L1%3A2`);
});

test("where nothing streams it asks for history every few seconds, to the end", async () => {
  const { browser, seen } = follow();
  const log = historyOf(browser, { last: 3, closed: false });
  await withoutStreams(browser);
  assert.equal(seen.ways.at(-1), "polling");
  assert.deepEqual(seen.seqs, upTo(3));
  log.last = 6;
  log.closed = true;
  await browser.pass(4_000);
  assert.deepEqual(seen.seqs, upTo(6));
  assert.equal(seen.ends.length, 1);
  const asked = browser.requests.length;
  await browser.pass(60_000);
  assert.equal(browser.requests.length, asked);
});

test("a page of history may begin anew, with a state or without", async () => {
  const { browser, seen, reader } = follow({ after: 9, logId: "L1" });
  const state = { seq: 30 };
  const { events } = batch(31, 32);
  const body = { events, log_id: "L2", up_to_date: true, closed: false, resync: "trimmed", state };
  browser.history = () => ({ status: 200, body });
  browser.socket.drop();
  await browser.pass(1_000);
  assert.deepEqual(seen.resets, [state]);
  assert.deepEqual(seen.seqs, [31, 32]);
  assert.equal(reader.cursor, "L2:32");
  browser.history = () => ({ status: 200, body: { ...body, events: batch(1, 2).events, log_id: "L3", state: undefined } });
  browser.socket.drop();
  await browser.pass(1_000);
  assert.deepEqual(seen.resets, [state, null]);
  assert.equal(reader.cursor, "L3:2");
});

test("polling gives the socket another chance after a while, one", async () => {
  const { browser } = follow();
  historyOf(browser, { last: 0, closed: false });
  await withoutStreams(browser);
  await browser.pass(30_000);
  assert.equal(browser.sockets.length, 2);
  await browser.pass(45_000);
  assert.equal(browser.sockets.length, 3);
  browser.socket.drop();
  await browser.pass(30_000);
  assert.equal(browser.sockets.length, 3);
});

test("more runs than there may be streams are polled", async () => {
  const { browser, connection, seen } = follow();
  const nothing = () => {};
  for (const run of ["b", "c", "d", "e"]) {
    connection.follow(run, { seq: 0, logId: null }, { onEvents: nothing, onReset: nothing, onEnd: nothing });
  }
  historyOf(browser, { last: 0, closed: false });
  await withoutSockets(browser);
  await browser.pass(2_000);
  assert.equal(browser.streams.length, 0);
  assert.equal(seen.ways.at(-1), "polling");
});

for (const [what, retryAfterS, act] of [
  ["a frame", 30, (browser) => {
    browser.socket.accept();
    browser.socket.say({ t: "error", run: null, code: 503, message: "Full.", retry_after: 30 });
    browser.socket.drop(1013);
  }],
  ["the history", 20, async (browser) => {
    browser.history = () => ({ status: 503, body: {}, headers: { "Retry-After": "20" } });
    browser.socket.drop();
    await browser.pass(1_000);
  }],
  ["a stream", 40, async (browser) => {
    historyOf(browser, { last: 0, closed: false });
    browser.noStreams = { status: 503, headers: { "Retry-After": "40" } };
    await withoutSockets(browser);
  }],
]) {
  test(`a server that has no room, and says so by ${what}, is left alone as long as it asked`, async () => {
    const { browser, connection, seen } = follow();
    await act(browser);
    await settled();
    assert.equal(seen.states.at(-1), "waiting");
    assert.ok(seen.waits.at(-1) > retryAfterS * 1_000 - 1_000);
    const before = browser.sockets.length + browser.requests.length;
    connection.wake();
    await browser.pass(retryAfterS * 1_000 - 1_000);
    assert.equal(browser.sockets.length + browser.requests.length, before);
    await browser.pass(4_000);
    assert.ok(browser.sockets.length + browser.requests.length > before);
  });
}

test("one run for which there is no room is asked for later, and the others go on", async () => {
  const { browser, connection, seen } = follow();
  const events = [];
  connection.follow("other", { seq: 0, logId: null }, { onEvents: (more) => events.push(...more), onReset: () => {} });
  browser.socket.accept();
  browser.socket.say({ t: "error", run: "other", code: 503, message: "Full.", retry_after: 5 });
  browser.socket.say(batch(1, 1));
  const subs = () => said(browser.socket, "sub").filter((message) => message.run === "other").length;
  await browser.pass(5_000);
  assert.equal(subs(), 1);
  await browser.pass(1_000);
  assert.equal(subs(), 2);
  browser.socket.say({ ...batch(1, 1), run: "other" });
  assert.equal(events.length, 1);
  assert.deepEqual(seen.seqs, [1]);
});

for (const [what, act] of [
  ["closes it as signed out", (socket) => socket.drop(4401)],
  ["says that there is no such run", (socket) => socket.say({ t: "error", run: RUN, code: 404, message: "There is none." })],
]) {
  test(`it says so and stops when the server ${what}`, async () => {
    const { browser, seen } = follow();
    browser.socket.accept();
    act(browser.socket);
    assert.equal(seen.refusals.length, 1);
    assert.equal(seen.states.at(-1), "idle");
    await browser.pass(60_000);
    assert.equal(browser.sockets.length, 1);
  });
}

test("events that do not fit are tried once from the beginning, and then no more", (context) => {
  context.mock.method(console, "error", () => {});
  const { browser, seen } = follow({
    onEvents: () => {
      throw new RangeError("hole");
    },
  });
  browser.socket.accept();
  browser.socket.say(batch(1, 1));
  assert.equal(seen.resets.length, 1);
  assert.deepEqual(browser.socket.sent.at(-1), { t: "sub", run: RUN, after: 0, log_id: "L1", brief: true });
  browser.socket.say(batch(1, 1));
  assert.equal(seen.refusals.length, 1);
});
