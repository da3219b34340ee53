// Reads {script, data, cases: [{node, at, line, text}]} and writes what the inspector marks as wrong, and its note.
import { readFileSync } from "node:fs";

const input = JSON.parse(readFileSync(0, "utf8"));
const stage = await import(input.script);
const model = stage.prepare(input.data);

console.log(JSON.stringify(input.cases.map(({ node, at, line, text }) => {
  const place = input.data.nodes.findIndex((n) => n.name === node);
  const marks = stage.wrongMarks(model, place, at, line, text), wrong = stage.wrongAt(model, place, at);
  const lines = text.split("\n");
  return { marks: marks.map(([n, from, to]) => lines[n].slice(from, to)), note: wrong ? stage.wrongNote(node, wrong, marks.find((m) => m[3])?.[3] || "").join(" ") : "" };
})));
