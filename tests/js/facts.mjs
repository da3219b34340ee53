// Reads {script, data, times} and writes what the stage's pure functions say at each moment.
import { readFileSync } from "node:fs";

const input = JSON.parse(readFileSync(0, "utf8"));
const stage = await import(input.script);
const model = stage.prepare(input.data);

console.log(JSON.stringify(input.times.map((t) => {
  const s = stage.stateAt(model, t);
  return {
    gateways: s.gateways.map((g) => ({ name: g.name, state: g.state, esp: g.esp, ike: g.ike, probes: g.state === "stale" ? g.probes : 0, silent: g.silent, clock: g.clock })),
    sas: s.sas.map((x) => [x.index, x.state]),
    flows: s.counts.map((c) => [c.sent, c.answered, c.lost]),
    links: s.links.map((l) => l.state),
    flight: stage.inFlightAt(model, t).filter((p) => !p.lost).length,
    say: stage.sentence(model, s).join(" "),
    pace: stage.paceAt(model, t),
  };
})));
