// The parts of the stage that need no browser. Run: node --test tests/js (STAGE_SCRIPT names the joined module).
import assert from "node:assert/strict";
import { test } from "node:test";

const s = await import(process.env.STAGE_SCRIPT);
const line = [{ x: 0, y: 0 }, { x: 100, y: 0 }];

test("a bisection finds the first element that is greater", () => {
  assert.deepEqual([0, 1, 2, 3, 9].map((v) => s.upper([1, 2, 2, 3], v)), [0, 1, 3, 4, 4]);
});

test("a rail lies on the left-hand side of its own direction", () => {
  assert.equal(s.offsetLine(line, 10)[0].y, -10);
  assert.equal(s.offsetLine([...line].reverse(), 10)[0].y, 10);
});

test("a rail keeps its distance at a bend", () => {
  const bent = s.offsetLine([{ x: 0, y: 0 }, { x: 100, y: 0 }, { x: 100, y: 100 }], 10);
  assert.ok(Math.abs(bent[1].x - 110) < 1e-9 && Math.abs(bent[1].y + 10) < 1e-9);
});

test("the two halves of a rail meet in the middle and their chevrons run through", () => {
  const first = s.cutLine(line, 0, 50), second = s.cutLine(line, 50, 100);
  assert.deepEqual([first[1].x, second[0].x], [50, 50]);
  const xs = (d) => [...d.matchAll(/L([\d.]+) 0M?/g)].map((m) => +m[1]);
  const whole = xs(s.chevronPath(line, 22, 8, 8));
  const halves = [...xs(s.chevronPath(first, 22, 8, 0)), ...xs(s.chevronPath(second, 22 - 50, 0, 8))];
  assert.deepEqual(halves, whole);
});

test("a label takes the first free place and stays away where there is none", () => {
  const placer = new s.Placer({ x: 0, y: 0, width: 200, height: 40 });
  const label = [{ text: "ASA1", size: 12 }], place = { x: 20, y: 20, anchor: "start" };
  assert.deepEqual(placer.place(label, [place]), place);
  const other = { x: 120, y: 20, anchor: "start" };
  assert.deepEqual(placer.place(label, [place, other]), other);
  assert.equal(placer.place(label, [place, { x: 190, y: 20, anchor: "start" }]), null);
});

test("the ruler never has more ticks than fit", () => {
  for (const span of [1e4, 1e5, 1e6, 3.3e6, 3e7, 1.2e8, 3.6e9]) {
    for (const width of [700, 1024, 1600]) {
      const n = span / s.tickStep(span, width);
      assert.ok(n <= 14 && n >= 2, `${span} ${width} ${n}`);
    }
  }
});

test("zooming keeps the moment under the pointer where it is", () => {
  const [a, b] = s.zoomWindow([0, 100e6], 100e6, 30e6, 0.5);
  assert.equal((30e6 - a) / (b - a), 0.3);
  assert.deepEqual(s.zoomWindow([20e6, 40e6], 100e6, 30e6, 100), [0, 100e6]);
});

test("digits follow the width of the window", () => {
  assert.deepEqual([40e6, 10e6, 1e6].map((span) => s.clockText(1234567, span)), ["1.2", "1.23", "1.235"]);
});

test("a fault line is what the command line takes", () => {
  assert.equal(s.faultLine(30e6, "cut", "ASA1:GigabitEthernet0/1"), "30 cut ASA1:GigabitEthernet0/1");
  assert.equal(s.faultLine(53400000, "loss 20%", "R1:Ethernet0/1"), "53.4 loss 20% R1:Ethernet0/1");
});

test("each fault knows what ends it, and nothing else does", () => {
  const pairs = { down: "up", cut: "mend", "cut-out": "mend-out", shutdown: "no-shutdown", crash: "boot", "loss 20%": "loss 0%" };
  for (const [begin, end] of Object.entries(pairs)) {
    assert.equal(s.endOf(begin), end);
    for (const other of Object.values(pairs)) assert.equal(s.endsFault(other, begin), other === end, `${other} ${begin}`);
  }
});

test("chips keep the learner's order when the new run lists its faults by time", () => {
  const mine = [{ at: 60e6, action: "mend", target: "x" }, { at: 30e6, action: "cut", target: "x" }];
  const theirs = [{ at: 30e6, action: "cut", target: "x", text: "a" }, { at: 60e6, action: "mend", target: "x", text: "b" }];
  assert.deepEqual(s.sameOrder(mine, theirs).map((f) => f.text), ["b", "a"]);
  assert.equal(s.sameOrder([mine[0]], theirs), theirs);
});
