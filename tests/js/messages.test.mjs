// The ladder's arithmetic on the sample run. Run: node --test (STAGE_SCRIPT: the joined module, STAGE_DATA: a run).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const s = await import(process.env.STAGE_SCRIPT);
const data = JSON.parse(readFileSync(process.env.STAGE_DATA, "utf8"));
const [pair] = s.ladderPairs(data);
const rows = s.ladderRows(data, pair.a, pair.b);
const scale = s.ladderScale(rows, data.until);
const mm5 = data.messages.findIndex((m) => m.name === "MM5");

test("the two gateways are the only pair, and every message is a row", () => {
  assert.equal(s.ladderPairs(data).length, 1);
  assert.equal(rows.length, data.messages.length);
  assert.equal(s.ladderRows(data, pair.a, 99).length, 0);
});

test("rows are evenly spaced, a long silence is cut and said", () => {
  assert.equal(rows[1].y - rows[0].y, rows[2].y - rows[1].y);
  const gaps = rows.filter((row) => row.gap);
  assert.deepEqual(gaps.map((row) => row.m.name), ["R-U-THERE", "MM1", "MM1"]);
  assert.equal(gaps[1].gap, 8e6);
  assert.ok(rows.filter((row) => !row.gap).every((row) => row.m.at - row.since <= 2e6 || row.since < 0));
});

test("time only goes down, and meets every message where it leaves and where it arrives", () => {
  let last = -Infinity;
  for (let t = 0; t <= data.until; t += 37e3) {
    const y = s.ladderY(scale, t);
    assert.ok(y >= last, `${t}`);
    last = y;
  }
  for (const row of rows.slice(0, 9)) {
    assert.equal(s.ladderY(scale, row.m.arrived - 1) < row.y + 24, true);
    assert.ok(Math.abs(s.ladderY(scale, (row.m.at + row.m.arrived) / 2) - (row.y + 12)) < 0.01, "halfway in time is halfway down");
  }
});

test("the life lines say when SAs come and go, once", () => {
  const marks = s.ladderMarks(data, pair.a, pair.b), of = (text) => marks.filter((m) => m.text === text);
  assert.equal(of("ESP up").length, 4);
  assert.deepEqual(of("deleted: dpd").map((m) => m.at).sort(), [45041000, 45083000]);
  assert.equal(of("MM_ACTIVE").length, 4);
});

test("a byte leads to its smallest field, and on the wire only the header can be read", () => {
  const body = data.ladder.bodies[data.ladder.rows[mm5][0]];
  const fields = s.fieldsOf(data.ladder, body, false), sealed = s.fieldsOf(data.ladder, body, true);
  assert.equal(fields[s.fieldAt(fields, 75)].name, "Notify type");
  assert.equal(fields[s.fieldAt(fields, 0)].name, "Initiator cookie");
  assert.equal(sealed[s.fieldAt(sealed, 75)].name, "Encrypted");
  assert.deepEqual(sealed.filter((f) => f.depth === 0).map((f) => f.name), ["ISAKMP header", "Encrypted"]);
  for (const f of fields.filter((f) => f.hex)) assert.equal(f.value.length, 2 * f.length);
});

test("the table of a step shows the inputs of its state, and which one came", () => {
  const step = s.stepRows(data.ladder, data.ladder.rows[mm5][2], false);
  assert.equal(step.rows.filter((r) => r.taken).length, 1);
  assert.ok(step.rows.length > 1 && step.rows.length < step.total);
  assert.equal(s.stepRows(data.ladder, data.ladder.rows[mm5][2], true).rows.length, step.total);
});

test("payloads have the names that the RFC gives them", () => {
  const m = (exchange, n) => ({ exchange, n, encrypted: true });
  assert.equal(s.payloadWords("Hash", "", m("main", 5), 0)[0], "HASH_I");
  assert.equal(s.payloadWords("Hash", "", m("main", 6), 0)[0], "HASH_R");
  assert.equal(s.payloadWords("Hash", "", m("quick", 3), 0)[0], "HASH(3)");
  assert.equal(s.payloadWords("Nonce", "", m("main", 4), 0)[0], "Nr");
});
