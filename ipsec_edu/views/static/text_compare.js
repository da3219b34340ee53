/* ---- text_compare.js: what the comparison of two runs says. ---- */

/** Letters of runs that are held against each other. */
const SIDES = ["A", "B", "C", "D"];

const SEVERAL = { maps: "Maps", map: (side) => `Map ${side}`, lost: "Packets lost so far:", title: (n) => `${n} runs`, noFault: "no fault" };

export const COMPARE = {
  word: "Compare", key: "C", hint: "compare: keep this run, try another  C",
  strip: "Differences, B − A", equal: "no difference",
  kept: "kept run", mine: "this run",
  names: {},
  run: (side, name) => `Run ${side}: ${name}`,
  at: (t) => `at ${sec(t)}`,
  only: (words) => `only here: ${words}`,
  common: (words) => `in both: ${words}`,
  nothingCommon: "no fault in common",
  inBoth: (name) => `${name}, in both runs`,
  back: (late) => `B is back ${sec(Math.abs(late))} ${late < 0 ? "earlier" : "later"}`,
  same: "A and B are back at the same time",
  notBack: (sides) => `${sides.join(" and ")} ${sides.length > 1 ? "are" : "is"} not back when the run ends`,
  bothSay: (fact) => `A and B: ${fact}`,
  eachSays: (side, fact) => `${side}: ${fact}`,
  entered: "Comparing. This run is kept as A; what you change now makes B.",
  left: "A is gone; B goes on.",
};
