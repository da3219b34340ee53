// What the inspector works out by itself. Run: node --test tests/js (STAGE_SCRIPT names the joined module).
import assert from "node:assert/strict";
import { test } from "node:test";

const s = await import(process.env.STAGE_SCRIPT);
const sa = (kind, id, more = {}) => ({ node: 0, peer: 1, remote: "192.0.2.2", kind, id, begun: 0, up: 10, down: -1, stale: [[100, 200, "path"]], ...more });
const model = (...sas) => ({ data: { nodes: [{ label: "R1" }, { label: "R2" }], gateways: [], sas, log: [[5, 0, "a"], [20, 0, "b"], [20, 1, "c"], [40, 0, "d"]] }, power: [[[0, 1]], []] });
const marked = (m, at, line, text) => s.wrongMarks(m, 0, at, line, text).map(([n, from, to]) => text.split("\n")[n].slice(from, to));

test("a replay window shows the newest number last and what is missing", () => {
  assert.deepEqual(s.replayCells(64, "1b", 5), { first: 1, cells: [true, true, false, true, true], missing: 1 });
  assert.equal(s.replayCells(64, "ffffffffffffffff", 900).first, 837);
  assert.equal(s.replayCells(1024, "f".repeat(256), 5000).cells.length, 64, "no more than fit");
  assert.deepEqual(s.replayCells(64, "0", 0).cells, []);
  assert.equal(s.replayCells(64, "1", 40).missing, 39, "lost packets leave holes");
});

test("an IOS line that says QM_IDLE is marked while the SA is stale, and only then", () => {
  const text = "dst             src             state          conn-id status\n192.0.2.2       192.0.2.1       QM_IDLE           1001 ACTIVE";
  const m = model(sa("ike", "aa"));
  assert.deepEqual(marked(m, 150, "show crypto isakmp sa", text), ["QM_IDLE"]);
  assert.deepEqual(marked(m, 99, "show crypto isakmp sa", text), []);
});

test("what belongs to another peer is not marked", () => {
  const m = model(sa("ike", "aa"), sa("ike", "bb", { remote: "192.0.2.3", stale: [] }));
  const text = "192.0.2.3  192.0.2.1  QM_IDLE  1001 ACTIVE\n192.0.2.2  192.0.2.1  QM_IDLE  1002 ACTIVE";
  assert.deepEqual(s.wrongMarks(m, 0, 150, "sh cry isa sa", text).map(([n]) => n), [1]);
});

test("an SPI and the state below it are marked, in either case of letters", () => {
  const m = model(sa("esp-in", "0x5e6f7081"), sa("esp-in", "0x00000bad", { stale: [] }));
  const text = "spi: 0x5E6F7081 (1584361601)\n  SA State: active\nspi: 0x00000BAD (2989)\n  SA State: active";
  assert.deepEqual(s.wrongMarks(m, 0, 150, "show crypto ipsec sa", text).map(([n]) => n), [0, 1]);
});

test("what a device has logged or routes is history or belief about other things, and never marked", () => {
  const text = "PHASE 1 COMPLETED 192.0.2.2 State : MM_ACTIVE";
  assert.deepEqual(marked(model(sa("ike", "aa")), 150, "show logging", text), []);
  assert.equal(marked(model(sa("ike", "aa")), 150, "show crypto ikev1 sa", text).length, 1);
});

test("a note says since when, why and until when", () => {
  const wrong = s.wrongAt(model(sa("ike", "aa", { down: 45e6, stale: [[30e6, 45e6, "path"]] })), 0, 40e6);
  assert.deepEqual(s.wrongNote("R1", wrong, "QM_IDLE"), ["R1 is wrong.", "The path died at 30.0 s. It does not know, and says QM_IDLE until 45.0 s."]);
  assert.match(s.wrongNote("R1", { ...wrong, why: "peer" }, "")[1], /^R2 has not held this SA since 30.0 s/);
  assert.match(s.wrongNote("R1", { ...wrong, probes: 2, until: -1 }, "")[1], /R-U-THERE twice, no answer, and lists it to the end of the run/);
  assert.equal(s.wrongAt(model(sa("ike", "aa")), 0, 50), null);
});

test("a device's log begins anew with its boot", () => {
  const m = model();
  assert.deepEqual(s.logAt(m, 0, 30).map((l) => l[1]), ["a", "b"]);
  m.power[0].push([15, 0], [18, 1]);
  assert.deepEqual(s.logAt(m, 0, 30).map((l) => l[1]), ["b"]);
});

test("stored answers are those of the last moment before, for known lines only", () => {
  const data = { nodes: [{ name: "R1" }], inspector: { times: [0, 30, 60], texts: ["up", "down"], tables: ["t0", "t1"], nodes: { R1: { prompt: "R1#", commands: ["show clock"], config: {}, tables: [0, 1, 0], answers: { "show clock": [0, 1, 0] } } } } };
  const at = (t, line) => { const a = s.storedAnswer(data, 0, t, line); return [a.at, a.tables, a.text]; };
  assert.deepEqual(at(45, "  Show   CLOCK"), [30, "t1", "down"]);
  assert.deepEqual(at(60, "show clock"), [60, "t0", "up"]);
  assert.deepEqual(at(45, "show version"), [30, "t1", null]);
  assert.equal(s.storedAnswer({ nodes: [{ name: "R1" }] }, 0, 45, "show clock"), null);
});

test("text with marks stays the text", () => {
  assert.equal(s.markedText("a <b>\nState", [[1, 0, 3], [1, 1, 5]]), "a &lt;b>\n<mark>Sta</mark>te");
});
