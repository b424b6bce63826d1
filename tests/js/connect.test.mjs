import assert from "node:assert/strict";
import { test } from "node:test";

import { connect } from "../../static/js/connect.js";
import { apply, canonical, newState } from "../../static/js/fold.js";
import { serve } from "../../static/js/switchboard.js";
import { FakeBrowser, FakeProfile, settled } from "./fake_browser.mjs";

const RUN = "0190-run";
const WORKER = { url: "/static/js/shared-worker.js", key: "session-1" };

/** Events of a log, which as a whole is the same in every test. */
function log(first, last) {
  const events = [];
  for (let seq = first; seq <= last; seq += 1) {
    events.push({ seq, at: seq, type: "status", attempt: 1, text: `line ${seq}` });
  }
  return events;
}

const batch = (first, last, run = RUN) => ({ t: "batch", run, log_id: "L1", first, last, events: log(first, last) });
const last = (seq, status, run = RUN) => {
  const error = status === "failed" ? { message: "no" } : null;
  const events = [{ seq, at: seq, type: `run.${status}`, attempt: 1, error }];
  return { t: "batch", run, log_id: "L1", first: seq, last: seq, events };
};
const end = (seq, status, run = RUN) => ({ t: "end", run, seq, status });
const upTo = (seq) => log(1, seq).reduce(apply, newState());
const drawn = (seq) => ({ state: JSON.parse(JSON.stringify(upTo(seq))), log_id: "L1" });

/** A page that follows a run, and all that it was told. */
async function open(browser, { after, runs = RUN, worker = WORKER, ...options } = {}) {
  const told = { states: [], connection: [] };
  const following = connect(runs, {
    browser,
    worker,
    after: after === undefined ? {} : { [RUN]: after },
    onState: (run, state, events) => told.states.push([state.seq, events.map((event) => event.seq)]),
    onConnection: (state, detail) => told.connection.push([state, detail.status ?? detail.code ?? detail.way ?? ""]),
    ...options,
  });
  await settled();
  const seq = () => following.state(RUN).seq;
  return { browser, following, told, seq };
}

async function say(browser, ...frames) {
  for (const frame of frames) browser.socket.say(frame);
  await settled();
}

const ends = (tab) => tab.told.connection.filter(([state]) => state === "ended" || state === "refused");
const subs = (socket, run = RUN) => socket.sent.filter((message) => message.t === "sub" && message.run === run);

/** A profile with so many tabs on the run, which are live. */
async function tabs(count, after = []) {
  const profile = new FakeProfile(serve);
  const opened = [];
  for (let index = 0; index < count; index += 1) opened.push(await open(profile.tab(), { after: after[index] }));
  profile.worker.socket.accept();
  return { profile, server: profile.worker, opened };
}

test("a page is told each new state with the events that made it, from the state that it was drawn from", async () => {
  const tab = await open(new FakeBrowser(), { after: drawn(3) });
  tab.browser.socket.accept();
  assert.deepEqual(subs(tab.browser.socket), [{ t: "sub", run: RUN, after: 3, log_id: "L1", brief: true }]);
  assert.equal(tab.browser.socket.url, "ws://x/ws/runs");
  await say(tab.browser, batch(4, 5), { t: "live", run: RUN, seq: 5 });
  assert.deepEqual(tab.told.states, [[5, [4, 5]]]);
  assert.equal(canonical(tab.following.state(RUN)), canonical(upTo(5)));
  assert.equal(tab.following.cursor(RUN), "L1:5");
  await say(tab.browser, last(6, "completed"), end(6, "completed"));
  assert.deepEqual(tab.told.connection.filter(([state]) => state !== "connecting"), [
    ["live", "socket"],
    ["ended", "completed"],
    ["idle", ""],
  ]);
  assert.equal(tab.following.shared, false);
});

test("a page that has only a cursor is told of nothing that it has shown", async () => {
  const tab = await open(new FakeBrowser(), { after: "L1:4" });
  tab.browser.socket.accept();
  await say(tab.browser, batch(1, 2), batch(3, 4));
  assert.deepEqual(tab.told.states, []);
  await say(tab.browser, batch(5, 6));
  assert.deepEqual(tab.told.states, [[6, [5, 6]]]);
  const other = await open(new FakeBrowser(), { after: "L0:4" });
  other.browser.socket.accept();
  await say(other.browser, batch(1, 2));
  assert.deepEqual(other.told.states, [[2, [1, 2]]], "unless it was of another log");
});

test("runs come and go on one socket", async () => {
  const tab = await open(new FakeBrowser(), { runs: ["a", "b"] });
  const { socket } = tab.browser;
  socket.accept();
  tab.following.add("c", "0");
  tab.following.drop("a");
  await settled();
  assert.equal(tab.browser.sockets.length, 1);
  assert.deepEqual(socket.sent.map(({ t, run }) => [t, run]), [["sub", "a"], ["sub", "b"], ["sub", "c"], ["unsub", "a"]]);
  tab.following.close();
  await settled();
  assert.equal(socket.readyState, 3);
  await say(tab.browser, batch(1, 1, "b"));
  assert.deepEqual(tab.told.states, []);
});

test("addresses may be given", async () => {
  const addresses = { socket: "wss://other.example/live", events: "https://other.example/of/{id}/events" };
  const { browser } = await open(new FakeBrowser(), { addresses });
  assert.equal(browser.socket.url, "wss://other.example/live");
  browser.socket.drop();
  await browser.pass(1_000);
  assert.equal(browser.requests[0], `https://other.example/of/${RUN}/events?after=0`);
});

test("eight tabs share one socket, and each has the whole", async () => {
  const { profile, server, opened } = await tabs(8);
  await say(server, batch(1, 7));
  assert.equal(server.sockets.length, 1);
  assert.equal(profile.workers.size, 1);
  assert.equal(subs(server.socket).length, 1);
  for (const tab of opened) {
    assert.equal(tab.browser.sockets.length, 0);
    assert.equal(tab.following.shared, true);
    assert.equal(canonical(tab.following.state(RUN)), canonical(upTo(7)));
  }
});

test("a tab that joins behind gets the fold, and one that is ahead passes over what it has", async () => {
  const { profile, server } = await tabs(1);
  await say(server, batch(1, 6));
  const behind = await open(profile.tab(), { after: drawn(2) });
  const ahead = await open(profile.tab(), { after: drawn(8) });
  assert.deepEqual(behind.told.states, [[6, []]]);
  assert.deepEqual(ahead.told.states, []);
  await say(server, batch(7, 9));
  assert.deepEqual(behind.told.states.at(-1), [9, [7, 8, 9]]);
  assert.deepEqual(ahead.told.states, [[9, [9]]]);
  assert.equal(canonical(ahead.following.state(RUN)), canonical(behind.following.state(RUN)));
  assert.equal(subs(server.socket).length, 1);
});

test("a tab of another log gets the worker's, which the server sets right if it is the old one", async () => {
  const { profile, server } = await tabs(1);
  await say(server, batch(1, 3));
  const other = await open(profile.tab(), { after: { ...drawn(5), log_id: "L2" } });
  assert.equal(other.following.cursor(RUN), "L1:3");
  const state = JSON.parse(canonical(upTo(2)));
  await say(server, { t: "resync", run: RUN, log_id: "L2", reason: "log_id", seq: 2, state });
  assert.equal(other.following.cursor(RUN), "L2:2");
  assert.deepEqual(other.told.states.at(-1), [2, []]);
});

test("sessions do not share, whatever they follow", async () => {
  const { profile, server } = await tabs(1);
  await say(server, batch(1, 3));
  const stranger = await open(profile.tab(), { worker: { ...WORKER, key: "session-2" } });
  assert.equal(profile.workers.size, 2);
  assert.deepEqual(stranger.told.states, []);
  assert.equal(stranger.seq(), 0);
});

test("a tab that dies without a word is noticed, and with the last one the run is dropped", async () => {
  const { profile, server, opened } = await tabs(2);
  await say(server, batch(1, 1));
  profile.kill(opened[0].browser);
  await settled();
  assert.deepEqual(server.socket.sent.at(-1).t, "sub");
  profile.kill(opened[1].browser);
  await settled();
  assert.deepEqual(server.socket.sent.at(-1), { t: "unsub", run: RUN });
  assert.equal(server.socket.readyState, 3);
});

test("a worker that dies is replaced, and all go on from where they are", async () => {
  const { profile, server, opened } = await tabs(2);
  await say(server, batch(1, 4));
  profile.kill(server);
  await settled();
  const next = profile.worker;
  assert.notEqual(next, server);
  assert.equal(profile.workers.size, 1);
  next.socket.accept();
  assert.deepEqual(subs(next.socket), [{ t: "sub", run: RUN, after: 4, log_id: "L1", brief: true }]);
  await say(next, batch(5, 6));
  for (const tab of opened) assert.deepEqual(tab.told.states.at(-1), [6, [5, 6]]);
});

for (const broken of ["refusing", "error", "silence"]) {
  test(`where the worker fails by ${broken} a tab connects by itself`, async (context) => {
    context.mock.method(console, "warn", () => {});
    const profile = new FakeProfile(serve);
    profile.broken = broken;
    const tab = await open(profile.tab(), { after: drawn(2) });
    await tab.browser.pass(5_000);
    assert.equal(tab.following.shared, false);
    tab.browser.socket.accept();
    await say(tab.browser, batch(3, 3));
    assert.equal(tab.seq(), 3);
  });
}

test("a tab that sleeps is sent a bounded number of messages, and the whole when it wakes", async () => {
  const { profile, server, opened } = await tabs(2);
  const [awake, asleep] = opened;
  asleep.browser.port.sleep();
  for (let seq = 1; seq <= 300; seq += 1) await say(server, batch(seq, seq));
  assert.equal(awake.seq(), 300);
  const missed = asleep.browser.port.wake();
  assert.ok(missed <= 64, `${missed} messages waited for it`);
  await settled();
  assert.equal(asleep.seq(), 300);
  assert.equal(canonical(asleep.following.state(RUN)), canonical(upTo(300)));
  await say(server, batch(301, 302));
  assert.deepEqual(asleep.told.states.at(-1), [302, [301, 302]]);
  assert.equal(profile.workers.size, 1);
});

test("a tab that slept through the end is told of it", async () => {
  const { server, opened } = await tabs(1);
  opened[0].browser.port.sleep();
  for (let seq = 1; seq <= 100; seq += 1) await say(server, batch(seq, seq));
  await say(server, last(101, "completed"), end(101, "completed"));
  opened[0].browser.port.wake();
  await settled();
  assert.equal(opened[0].seq(), 101);
  assert.deepEqual(ends(opened[0]), [["ended", "completed"]]);
});

const looks = {
  "comes back to the tab": (browser) => browser.document.dispatchEvent(new Event("visibilitychange")),
  "is online again": (browser) => browser.dispatchEvent(new Event("online")),
};

for (const [what, look] of Object.entries(looks)) {
  test(`a run that failed is asked for once more when somebody ${what}, and then it goes on for all`, async () => {
    const { server, opened } = await tabs(2);
    await say(server, batch(1, 2), last(3, "failed"), end(3, "failed"));
    for (const tab of opened) assert.deepEqual(ends(tab), [["ended", "failed"]]);
    const sockets = server.sockets.length;
    look(opened[0].browser);
    await settled();
    assert.equal(server.sockets.length, sockets + 1);
    server.socket.accept();
    assert.deepEqual(subs(server.socket), [{ t: "sub", run: RUN, after: 3, log_id: "L1", brief: true }]);
    await say(server, end(3, "failed"));
    for (const tab of opened) assert.equal(ends(tab).length, 1, "the same end is no news");

    look(opened[0].browser);
    await settled();
    server.socket.accept();
    await say(server, batch(4, 5), last(6, "completed"), end(6, "completed"));
    for (const tab of opened) {
      assert.deepEqual(ends(tab), [["ended", "failed"], ["ended", "completed"]]);
      assert.equal(tab.seq(), 6);
    }
    const before = server.sockets.length;
    look(opened[0].browser);
    await settled();
    assert.equal(server.sockets.length, before, "a completed run has nothing more to say");
  });
}

test("a tab hidden from sight asks for nothing", async () => {
  const { server, opened } = await tabs(1);
  await say(server, last(1, "failed"), end(1, "failed"));
  const before = server.sockets.length;
  opened[0].browser.document.visibilityState = "hidden";
  opened[0].browser.document.dispatchEvent(new Event("visibilitychange"));
  await settled();
  assert.equal(server.sockets.length, before);
});

test("a tab that knows of a retry wakes the run for the tabs that saw it fail", async () => {
  const { profile, server, opened } = await tabs(1);
  await say(server, batch(1, 2), last(3, "failed"), end(3, "failed"));
  const retried = await open(profile.tab(), { after: drawn(5) });
  server.socket.accept();
  assert.deepEqual(subs(server.socket), [{ t: "sub", run: RUN, after: 3, log_id: "L1", brief: true }]);
  await say(server, batch(4, 6));
  assert.deepEqual(opened[0].told.states.at(-1), [6, [4, 5, 6]]);
  assert.deepEqual(retried.told.states, [[6, [6]]]);
});

test("a tab that opens on a run that has ended is told so, without a question to the server", async () => {
  const { profile, server } = await tabs(1);
  await say(server, batch(1, 2), last(3, "completed"), end(3, "completed"));
  const sockets = server.sockets.length;
  const late = await open(profile.tab(), { after: drawn(1) });
  assert.equal(late.seq(), 3);
  assert.deepEqual(ends(late), [["ended", "completed"]]);
  assert.equal(server.sockets.length, sockets);
});

test("a run that was refused is told of, and asked for again by the next tab", async () => {
  const { profile, server, opened } = await tabs(1);
  await say(server, { t: "error", run: RUN, code: 404, message: "There is none." });
  assert.deepEqual(ends(opened[0]), [["refused", 404]]);
  const next = await open(profile.tab());
  server.socket.accept();
  await say(server, batch(1, 1));
  assert.equal(next.seq(), 1);
});

test("where there are no locks a page that closes says so, and comes back as it left", async () => {
  const tab = await open(new FakeBrowser());
  tab.browser.socket.accept();
  await say(tab.browser, batch(1, 2));
  tab.browser.dispatchEvent(new Event("pagehide"));
  await settled();
  assert.equal(tab.browser.socket.readyState, 3);
  tab.browser.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  await settled();
  tab.browser.socket.accept();
  assert.deepEqual(subs(tab.browser.socket), [{ t: "sub", run: RUN, after: 2, log_id: "L1", brief: true }]);
});

test("a tab whose state does not take the events takes the whole", async (context) => {
  context.mock.method(console, "warn", () => {});
  const { profile, server } = await tabs(1);
  await say(server, batch(1, 3));
  const odd = drawn(3);
  odd.state.blocks = {};
  const tab = await open(profile.tab(), { after: odd });
  const text = { seq: 4, at: 4, type: "text.delta", attempt: 1, block: "a", off: 0, txt: "ab" };
  await say(server, { t: "batch", run: RUN, log_id: "L1", first: 4, last: 4, events: [text] });
  tab.following.state(RUN).blocks.a.txt = "";
  const more = { ...text, seq: 5, off: 2, txt: "c" };
  await say(server, { t: "batch", run: RUN, log_id: "L1", first: 5, last: 5, events: [more] });
  assert.equal(tab.following.state(RUN).blocks.a.txt, "abc");
});
