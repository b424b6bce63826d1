import assert from "node:assert/strict";
import { test } from "node:test";

import { Connection, backoff } from "../../static/js/connection.js";
import { FakeBrowser, settled } from "./fake_browser.mjs";

const RUN = "0190-run";

function follow({ after = 0, logId = null, onEvents = () => {} } = {}) {
  const browser = new FakeBrowser();
  const seen = { seqs: [], resets: 0, ends: 0, refusals: [], states: [] };
  const connection = new Connection({ socketUrl: "ws://x/ws/runs", eventsUrl: (run) => `/api/runs/${run}/events`, browser });
  connection.addEventListener("state", (event) => seen.states.push(event.detail));
  const reader = connection.follow(RUN, {
    after,
    logId,
    onEvents: (events) => {
      onEvents(events);
      seen.seqs.push(...events.map((event) => event.seq));
    },
    onReset: () => {
      seen.resets += 1;
      seen.seqs.length = 0;
    },
    onEnd: () => {
      seen.ends += 1;
    },
    onRefused: (message) => seen.refusals.push(message),
  });
  return { browser, connection, reader, seen };
}

function batch(first, last, logId = "L1") {
  const events = [];
  for (let seq = first; seq <= last; seq += 1) events.push({ seq, type: "status", text: `${seq}` });
  return { t: "batch", run: RUN, log_id: logId, first, last, events };
}

const end = (seq) => ({ t: "end", run: RUN, seq, status: "completed" });
const ping = (seq) => ({ t: "ping", run: RUN, seq });
const upTo = (last) => Array.from({ length: last }, (_, index) => index + 1);

test("it asks from its cursor and acknowledges what it has taken", () => {
  const { browser, seen } = follow({ after: 4, logId: "L1" });
  browser.socket.accept();
  assert.deepEqual(browser.socket.sent, [{ t: "sub", run: RUN, after: 4, log_id: "L1" }]);
  browser.socket.say(batch(5, 9));
  assert.deepEqual(seen.seqs, [5, 6, 7, 8, 9]);
  assert.deepEqual(browser.socket.sent.at(-1), { t: "ack", run: RUN, seq: 9 });
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
  assert.deepEqual(asked.slice(1), [{ t: "sub", run: RUN, after: 2, log_id: "L1" }]);
  assert.deepEqual(seen.seqs, [1, 2]);
  browser.socket.say(batch(3, 8));
  assert.deepEqual(seen.seqs, upTo(8));
});

test("it starts over on resync and on a batch of another log", () => {
  const { browser, seen, reader } = follow({ after: 7, logId: "L1" });
  browser.socket.accept();
  browser.socket.say({ t: "resync", run: RUN, log_id: "L2", reason: "log_id" });
  browser.socket.say(batch(1, 3, "L2"));
  assert.equal(seen.resets, 1);
  assert.deepEqual(seen.seqs, [1, 2, 3]);
  browser.socket.say(batch(1, 2, "L3"));
  assert.equal(seen.resets, 2);
  assert.deepEqual(seen.seqs, [1, 2]);
  assert.equal(reader.logId, "L3");
});

test("only an end frame ends it", async () => {
  const { browser, seen } = follow();
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
  browser.socket.say(end(2));
  const before = browser.sockets.length;
  assert.equal(seen.ends, 1);
  assert.equal(seen.states.at(-1), "ended");
  await browser.pass(120_000);
  browser.dispatchEvent(new Event("online"));
  assert.equal(browser.sockets.length, before);
});

test("an end that tells of events it has not had makes it ask for them first", () => {
  const { browser, seen } = follow();
  browser.socket.accept();
  browser.socket.say(batch(1, 2));
  browser.socket.say(end(4));
  assert.equal(seen.ends, 0);
  assert.deepEqual(browser.socket.sent.at(-1), { t: "sub", run: RUN, after: 2, log_id: "L1" });
  browser.socket.say(batch(3, 4));
  browser.socket.say(end(4));
  assert.equal(seen.ends, 1);
});

test("it comes back from its cursor of then, not of the page", async () => {
  const { browser } = follow();
  browser.socket.accept();
  browser.socket.say(batch(1, 6));
  browser.socket.drop();
  await browser.pass(10_000);
  browser.socket.accept();
  assert.deepEqual(browser.socket.sent[0], { t: "sub", run: RUN, after: 6, log_id: "L1" });
});

test("a server that is being replaced is left for the next one at once", () => {
  const { browser } = follow();
  browser.socket.accept();
  browser.socket.say(batch(1, 1));
  browser.socket.drop(4012);
  assert.equal(browser.sockets.length, 2);
  browser.socket.drop(4012);
  assert.equal(browser.sockets.length, 2, "but not for ever at once");
});

test("it waits between half a second and ten, at random", () => {
  assert.equal(backoff(1, () => 0), 500);
  assert.equal(backoff(1, () => 1), 1_000);
  assert.equal(backoff(3, () => 1), 4_000);
  assert.equal(backoff(9, () => 0), 500);
  assert.equal(backoff(9, () => 1), 10_000);
});

for (const [what, act] of [
  ["network", (browser) => browser.dispatchEvent(new Event("online"))],
  ["reader", (browser) => browser.document.dispatchEvent(new Event("visibilitychange"))],
]) {
  test(`it tries at once when the ${what} comes back`, () => {
    const { browser } = follow();
    browser.socket.drop();
    assert.equal(browser.sockets.length, 1);
    act(browser);
    assert.equal(browser.sockets.length, 2);
    browser.socket.accept();
    act(browser);
    assert.equal(browser.sockets.length, 2, "a line that is up is left alone");
  });
}

test("a line that falls silent for three pings counts as dead", async () => {
  const { browser } = follow();
  browser.socket.accept();
  await browser.pass(30_000);
  browser.socket.say(ping(0));
  await browser.pass(44_000);
  assert.equal(browser.sockets.length, 1);
  await browser.pass(12_000);
  assert.equal(browser.sockets.length, 2);
});

test("frames lost on the way show in two pings and are asked for", () => {
  const { browser, seen } = follow();
  browser.socket.accept();
  browser.socket.say(batch(1, 2));
  browser.socket.say(ping(5));
  browser.socket.say(ping(5));
  assert.deepEqual(browser.socket.sent.at(-1), { t: "sub", run: RUN, after: 2, log_id: "L1" });
  browser.socket.say(batch(3, 5));
  assert.deepEqual(seen.seqs, upTo(5));
});

async function withoutSockets(browser) {
  for (let failure = 1; failure <= 3; failure += 1) {
    browser.socket.drop();
    await browser.pass(10_000);
  }
}

test("where sockets do not get through it takes server-sent events, from its cursor", async () => {
  const { browser, seen } = follow({ after: 3, logId: "L1" });
  await withoutSockets(browser);
  assert.equal(browser.sockets.length, 3);
  assert.equal(browser.source.url, `/api/runs/${RUN}/events?after=L1%3A3`);
  browser.source.say(batch(4, 6));
  browser.source.say(end(6));
  assert.deepEqual(seen.seqs, [4, 5, 6]);
  assert.equal(seen.ends, 1);
  assert.ok(browser.source.closed);
});

test("a stream that ends without an end frame is opened again from the new cursor", async () => {
  const { browser } = follow();
  await withoutSockets(browser);
  browser.source.say(batch(1, 2));
  browser.source.drop();
  await browser.pass(10_000);
  assert.equal(browser.sockets.length, 4, "the socket is given another chance first");
  await withoutSockets(browser);
  assert.equal(browser.source.url, `/api/runs/${RUN}/events?after=L1%3A2`);
});

test("where nothing streams it asks for history every few seconds, to the end", async () => {
  const { browser, seen } = follow();
  const log = { last: 3, closed: false };
  browser.history = (url) => {
    const after = Number(decodeURIComponent(new URL(url, "http://x").searchParams.get("after")).split(":").at(-1));
    const last = Math.min(after + 2, log.last);
    const { events } = batch(after + 1, last);
    const body = { events, log_id: "L1", up_to_date: last === log.last, closed: log.closed, resync: null };
    return { status: 200, body };
  };
  await withoutSockets(browser);
  for (let failure = 1; failure <= 3; failure += 1) {
    browser.source.drop();
    await browser.pass(10_000);
  }
  await settled();
  assert.deepEqual(seen.seqs, upTo(3));
  log.last = 6;
  log.closed = true;
  await browser.pass(3_000);
  assert.deepEqual(seen.seqs, upTo(6));
  assert.equal(seen.ends, 1);
  const asked = browser.requests.length;
  await browser.pass(60_000);
  assert.equal(browser.requests.length, asked);
});

test("polling gives the socket another chance after a while", async () => {
  const { browser } = follow();
  browser.history = () => ({ status: 200, body: { events: [], log_id: "L1", up_to_date: true, closed: false, resync: null } });
  await withoutSockets(browser);
  for (let failure = 1; failure <= 3; failure += 1) {
    browser.source.drop();
    await browser.pass(10_000);
  }
  await browser.pass(40_000);
  assert.equal(browser.sockets.length, 3);
  await browser.pass(30_000);
  assert.ok(browser.sockets.length > 3);
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
    assert.equal(seen.states.at(-1), "ended");
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
  assert.equal(seen.resets, 1);
  assert.deepEqual(browser.socket.sent.at(-1), { t: "sub", run: RUN, after: 0, log_id: "L1" });
  browser.socket.say(batch(1, 1));
  assert.equal(seen.refusals.length, 1);
});
