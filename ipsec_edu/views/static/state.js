/* ---- state.js: the run at a moment, as pure functions. views/state_at.py says the same from the records. ---- */

/** Index of the first element of a sorted array that is greater than `value`. */
export function upper(array, value) {
  let lo = 0, hi = array.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (array[mid] > value) hi = mid; else lo = mid + 1;
  }
  return lo;
}

const HEALTHY_SILENCE = 2e6;   // the silence clock shows after this, beyond the usual rhythm
export const CROSS = 0.9e6;    // a lost packet's cross stays so long, in simulated time
const PATIENCE = 1e6;          // an IKE message may be unanswered so long before it counts as unanswered
const GAVE_UP = 0.9e6;
const REROUTED = 1.2e6;

/** Sorted look-up tables of a run, made once when its data arrive. */
export function prepare(data) {
  const model = { data, until: data.until };
  // Where the record ends: the end of the run, or the curtain in front of what is not told yet.
  model.last = data.curtain >= 0 ? data.curtain : data.until;
  model.flows = data.flows.map((flow) => {
    const lost = [], answered = [];
    flow.sent.forEach((_, i) => {
      if (flow.answered[i] >= 0) answered.push(flow.answered[i]);
      if (flow.lost[i] >= 0) lost.push(flow.lost[i]);
    });
    return { sent: flow.sent, answered: answered.sort((a, b) => a - b), lost: lost.sort((a, b) => a - b) };
  });
  model.portTimes = {};
  for (const port in data.ports) model.portTimes[port] = data.ports[port].map((row) => row[0]);
  model.power = data.nodes.map(() => []);
  for (const [at, node, up] of data.power) if (node >= 0) model.power[node].push([at, up]);
  model.heard = new Map(data.heard.map((h) => [h.node + ">" + h.pair, h]));
  model.dpd = new Map(data.dpd.map((d) => [d.node + ">" + d.pair, d]));
  const hops = data.hops;
  model.longest = 0;
  for (let i = 0; i < hops.left.length; i++) if (hops.arrived[i] >= 0) model.longest = Math.max(model.longest, hops.arrived[i] - hops.left[i]);
  model.longest = Math.max(model.longest, ...data.links.map((l) => l.delay), 1000);
  model.dropTimes = data.drops.map((d) => d.at);
  model.messageTimes = data.messages.map((m) => m.at);
  model.slowest = data.messages.reduce((most, m) => Math.max(most, m.arrived - m.at), 0);
  model.byGateway = data.gateways.map((node) => data.sas.filter((sa) => sa.node === node));
  model.delivered = deliveredTimes(data);
  model.reroutes = reroutesOf(data);
  model.events = eventsOf(model);
  model.eventTimes = model.events.map((e) => e.show);
  model.losses = lossRuns(data);
  model.powerTimes = data.power.map((p) => p[0]).sort((a, b) => a - b);
  model.crowd = crowdOf(data);
  return model;
}

/** Per SPI the times at which a packet on it arrived: they move the chevrons. */
function deliveredTimes(data) {
  const times = {};
  const hops = data.hops, last = {};
  for (let i = 0; i < hops.left.length; i++) {
    if (hops.kind[i] !== "esp" || hops.arrived[i] < 0) continue;
    last[hops.spi[i] + "/" + hops.sequence[i]] = [hops.spi[i], hops.arrived[i]];
  }
  for (const [spi, at] of Object.values(last)) (times[spi] = times[spi] || []).push(at);
  for (const spi in times) times[spi].sort((a, b) => a - b);
  return times;
}

/** Changes of routes by device and moment: what went one way and now goes another is one change. */
export function reroutesOf(data) {
  const found = new Map();
  for (const [at, node, change, prefix, via, source] of data.routes) {
    if (at <= 0) continue;
    const key = at + "." + node;
    if (!found.has(key)) found.set(key, { at, node, prefixes: new Map() });
    const { prefixes } = found.get(key), row = prefixes.get(prefix) || { prefix, added: [], gone: [], source };
    row[change === "add" ? "added" : "gone"].push(via);
    if (change === "add") row.source = source;
    prefixes.set(prefix, row);
  }
  return [...found.values()].map((c) => ({ ...c, prefixes: [...c.prefixes.values()] })).sort((a, b) => a.at - b.at);
}

function lossRuns(data) {
  const starts = [];
  for (const flow of data.flows) flow.sent.forEach((at, i) => { if (flow.lost[i] >= 0) starts.push(at); });
  return starts.sort((a, b) => a - b);
}

/** One security association at a moment: none, negotiating, up, stale, gone. */
export function saState(sa, t) {
  if (t < sa.begun) return "none";
  if (sa.down >= 0 && t >= sa.down) return "gone";
  if (sa.up < 0 || t < sa.up) return "negotiating";
  return staleWhy(sa, t) ? "stale" : "up";
}

export function staleWhy(sa, t) {
  for (const [start, end, why] of sa.stale) if (t >= start && t < end) return why;
  return "";
}

/** Since when an SA is held in vain, whatever the reason. */
function staleSince(sa, t) {
  let since = -1, before = -1;
  for (const [start, end] of sa.stale) {
    if (start !== before) since = start;
    before = end;
    if (t >= start && t < end) return since;
  }
  return -1;
}

/** The cables that the packets of a pair are led over at a moment, there and back. */
export function linksAt(pair, t) {
  const way = [pair.path, pair.path];
  for (const [at, forward, path] of pair.ways || []) if (at <= t) way[forward] = path;
  return way.flat().map(([link]) => link);
}

/** When routing led the tunnels round a broken cable that they lay on: the moment, -1 where it did not. */
function healedAt(model, s) {
  const { broken } = s;
  let healed = -1;
  if (broken) for (const p of new Set(s.sas.filter((x) => x.state === "up").map((x) => x.sa.pair))) {
    const pair = model.data.pairs[p];
    if (!pair || !linksAt(pair, broken.since).includes(broken.index) || linksAt(pair, s.t).includes(broken.index)) continue;
    for (const [at] of pair.ways) if (at > broken.since && at <= s.t) healed = Math.max(healed, at);
  }
  return healed;
}

export function portState(model, port, t) {
  const rows = model.data.ports[port];
  const place = rows ? upper(model.portTimes[port], t) : 0;
  if (!place) return { carrier: 1, out: 0, in: 0, loss: 0, since: 0 };
  const [since, carrier, out, inn, loss] = rows[place - 1];
  return { carrier, out, in: inn, loss, since };
}

export function powered(model, node, t) {
  let up = 1;
  for (const [at, state] of model.power[node] || []) if (at <= t) up = state;
  return !!up;
}

/** A cable at a moment: up, cut, one-way (open says which way frames still pass), down, shut, loss, dark. */
export function linkState(model, index, t) {
  const link = model.data.links[index];
  const a = portState(model, link.a.port, t), b = portState(model, link.b.port, t);
  const since = Math.max(a.since, b.since);
  const loss = Math.max(a.loss, b.loss);
  const near = nearEnd(model, link, t);
  const base = { index, since, loss, near, a: a.carrier, b: b.carrier, open: "" };
  // A cable to a device without power is not what is broken.
  if (!powered(model, link.a.node, t) || !powered(model, link.b.node, t)) return { ...base, state: "dark" };
  if (!a.carrier && !b.carrier) return { ...base, state: "down" };
  if (!a.carrier || !b.carrier) return { ...base, state: "shut", near: a.carrier ? "b" : "a" };
  const forward = !(a.out || b.in), back = !(b.out || a.in);
  if (!forward && !back) return { ...base, state: "cut" };
  if (!forward || !back) return { ...base, state: "one-way", open: forward ? "forward" : "back" };
  return { ...base, state: loss > 0 ? "loss" : "up" };
}

/** At which end the last fault so far was made. */
function nearEnd(model, link, t) {
  let near = "a";
  for (const fault of model.data.faults) {
    if (fault.at > t) continue;
    if (fault.target === link.a.port) near = "a";
    if (fault.target === link.b.port) near = "b";
  }
  return near;
}

/** What a gateway believes at a moment, and how that stands to the truth. */
export function gatewayAt(model, place, t) {
  const node = model.data.gateways[place];
  const b = { node, name: model.data.nodes[node].label, state: "none", esp: 0, ike: 0, part: 0, why: "", vain: -1, peer: "", silent: -1, threshold: -1, probes: 0, limit: 0, dead: -1, gaveUp: -1, message: "", every: 0, next: -1, step: "", clock: false };
  if (!powered(model, node, t)) return { ...b, state: "off" };
  let stale = 0, staleIke = 0, negotiating = null, up = 0;
  const pairs = new Set();
  for (const sa of model.byGateway[place]) {
    const state = saState(sa, t);
    if (state === "negotiating") negotiating = negotiating && negotiating.kind === "ike" ? negotiating : sa;
    if (state !== "up" && state !== "stale") continue;
    if (sa.pair >= 0) pairs.add(sa.pair);
    if (sa.kind === "ike") b.ike++; else b.esp++;
    if (state === "stale") {
      if (sa.kind === "ike") staleIke++; else stale++;
      b.why = staleWhy(sa, t);
      const since = staleSince(sa, t);
      if (b.vain < 0 || since < b.vain) b.vain = since;
      b.peer = model.data.nodes[sa.peer]?.label || "the peer";
    } else if (sa.kind !== "ike") up++;
  }
  for (const pair of pairs) silence(model, node, pair, t, b);
  for (const d of model.data.dpd) if (d.node === node) for (const at of d.dead) if (at <= t && t - at < GAVE_UP) { b.gaveUp = at; b.limit = d.probes.length ? d.probes[0][2] : 0; }
  if (b.esp) {
    b.state = stale ? "stale" : "up";
    if (stale && up) b.part = stale;
  } else if (b.ike && staleIke === b.ike) b.state = "stale";
  else if (negotiating || b.ike) negotiation(model, node, t, b, negotiating);
  return b;
}

function silence(model, node, pair, t, b) {
  const heard = model.heard.get(node + ">" + pair);
  if (!heard) return;
  // Times inside a dense series are left out: before the next kept time something was heard until shortly before now.
  const place = upper(heard.times, t);
  const before = place ? heard.times[place - 1] : -1;
  const dpd = model.dpd.get(node + ">" + pair);
  const age = before < 0 ? -1 : t - before;
  if (age < b.silent) return;
  b.silent = age;
  if (!dpd) return;
  b.threshold = dpd.threshold;
  for (const [at, number, limit, heardAt, dead] of dpd.probes) {
    if (at > t || heardAt < before) continue;
    b.probes = number; b.limit = limit; b.dead = dead;
  }
  const next = dpd.probes.find((p) => p[3] >= before);
  if (next) { b.limit = next[2]; b.dead = next[4]; }
  b.times = dpd.probes.filter((p) => p[3] === (next ? next[3] : -1)).map((p) => p[0] - before);
  b.clock = heard.rhythm > 0 && age > heard.rhythm + HEALTHY_SILENCE && b.dead > before;
  b.heardAt = before;
}

function negotiation(model, node, t, b, negotiating) {
  b.state = negotiating ? "negotiating" : "ike";
  let found = null;
  for (const neg of model.data.negs) {
    const pair = model.data.pairs[neg.pair];
    const mine = neg.from === node || (pair && (pair.a === node || pair.b === node));
    if (mine && neg.start <= t && t < neg.end + 1) found = neg;
  }
  if (!found) return;
  const sent = found.messages.map((i) => model.data.messages[i]).filter((m) => m.at <= t);
  const last = sent[sent.length - 1];
  if (!last) return;
  b.state = "negotiating";
  b.step = `${exchangeWords(last.exchange)} ${last.n} of ${last.of}`;
  const quiet = last.arrived < 0 ? last.at : last.arrived + PATIENCE;
  if (t < quiet || found.done && t >= found.end) return;
  if (last.from !== node && found.from !== node) return;
  const later = found.messages.map((i) => model.data.messages[i]).filter((m) => m.at > t && m.from === last.from);
  const earlier = sent.filter((m) => m.from === last.from);
  const previous = earlier[earlier.length - 2];
  b.state = "waiting";
  b.message = last.name;
  b.next = later.length ? later[0].at : -1;
  b.every = later.length ? later[0].at - last.at : previous && previous.name === last.name ? last.at - previous.at : 0;
}

/** The negotiation that is on the screen: nine cells, done, in flight, to come. */
export function cellsAt(model, t) {
  let found = null;
  for (const neg of model.data.negs) if (neg.start <= t && t < neg.end) found = neg;
  if (!found) return null;
  const phases = found.kind === "quick" ? [["quick", 3]] : [[found.kind, found.kind === "main" ? 6 : 3], ["quick", 3]];
  const sent = found.messages.map((i) => model.data.messages[i]).filter((m) => m.at <= t);
  const state = {};
  for (const m of sent) {
    const key = m.exchange + m.n;
    state[key] = m.arrived >= 0 && m.arrived <= t ? "done" : m.arrived >= 0 ? "flight" : state[key] || "lost";
  }
  return {
    pair: found.pair, key: found.start,
    groups: phases.map(([exchange, of]) => ({ label: exchangeWords(exchange), cells: Array.from({ length: of }, (_, i) => state[exchange + (i + 1)] || "todo") })),
  };
}

export function countsAt(model, t) {
  return model.flows.map((f) => ({ sent: upper(f.sent, t), answered: upper(f.answered, t), lost: upper(f.lost, t) }));
}

/** Packets on the wire at a moment: [hop index, fraction of its cable]. */
export function inFlightAt(model, t) {
  const hops = model.data.hops, found = [];
  for (let i = upper(hops.left, t) - 1; i >= 0 && hops.left[i] >= t - model.longest; i--) {
    const arrived = hops.arrived[i];
    const takes = arrived >= 0 ? arrived - hops.left[i] : model.data.links[hops.link[i]]?.delay || 1000;
    const share = (t - hops.left[i]) / Math.max(1, takes);
    if (share < 1 && t > hops.left[i]) found.push({ index: i, share, lost: arrived < 0 });
  }
  return found.reverse();
}

export function dropsAt(model, t) {
  const found = [];
  for (let i = upper(model.dropTimes, t) - 1; i >= 0 && t - model.dropTimes[i] < CROSS; i--) found.push(i);
  return found.reverse();
}

/** Everything at a moment. */
export function stateAt(model, t) {
  const data = model.data;
  const s = { t, counts: countsAt(model, t) };
  // Of many devices the grid and the lanes know the states; nobody reads two hundred beliefs.
  s.gateways = model.crowd ? [] : data.gateways.map((_, i) => gatewayAt(model, i, t));
  s.links = data.links.map((_, i) => linkState(model, i, t));
  s.sas = [];
  if (!model.crowd) data.sas.forEach((sa, index) => {
    const state = saState(sa, t);
    if (state !== "none" && state !== "gone") s.sas.push({ index, sa, state });
  });
  s.off = data.nodes.map((_, i) => !powered(model, i, t));
  s.message = messageInFlight(model, t);
  // News for a moment: a route that turned, not one that was learned at the beginning.
  s.reroute = model.reroutes.slice().reverse().find((c) => c.at <= t && t - c.at < REROUTED && c.prefixes.some((p) => p.added.length && p.gone.length)) || null;
  s.broken = s.links.filter((l) => l.state !== "up" && l.state !== "dark").sort((x, y) => y.since - x.since)[0] || null;
  s.healed = healedAt(model, s);
  s.mended = 0;
  for (const l of s.links) if (l.state === "up" && l.since > 0) s.mended = Math.max(s.mended, l.since);
  s.recovered = data.outages.find((o) => o.end >= 0 && o.lost > 1 && t < o.end && o.parts.length && o.parts[o.parts.length - 1].name === "first packet" && t >= o.parts[o.parts.length - 1].start) || null;
  return s;
}

function messageInFlight(model, t) {
  let found = null;
  for (let i = upper(model.messageTimes, t) - 1; i >= 0 && model.messageTimes[i] >= t - model.slowest; i--) {
    const m = model.data.messages[i];
    if (m.arrived >= 0 && t >= m.at && t < m.arrived && (!found || m.neg >= 0)) found = m;
  }
  return found;
}

/** Everything that happened, in order of time; `show` is where the playhead goes to see it. */
export function eventsOf(model) {
  const d = model.data, list = [];
  const add = (at, node, lane, what, show = at) => list.push({ at, node, lane, what, show: Math.min(show, model.last) });
  for (const f of d.faults) add(f.at, d.nodes.findIndex((n) => n.name === f.target.split(":")[0]), "faults", EVENT.fault(f));
  d.messages.forEach((m) => add(m.at, m.from, "messages", EVENT.message(m), m.arrived >= 0 ? Math.round((m.at + m.arrived) / 2) : m.at + 60000));
  for (const sa of d.sas) {
    const lane = "sa" + sa.node;
    if (sa.up >= 0) add(sa.up, sa.node, lane, EVENT.saUp(sa));
    if (sa.down >= 0) add(sa.down, sa.node, lane, sa.up >= 0 ? EVENT.saDown(sa) : EVENT.failed(sa));
    // Shorter than half a second is a Delete on its way, not a belief.
    for (const [start, end, why] of sa.stale) if (sa.kind !== "esp-in" && end - start > 500000) add(start, sa.node, lane, EVENT.stale(sa, why));
  }
  d.flows.forEach((flow, f) => {
    let good = null;
    flow.sent.forEach((at, i) => {
      const ok = flow.answered[i] >= 0;
      if (!ok && flow.lost[i] < 0) return;
      if (ok !== good) add(ok ? flow.answered[i] : flow.lost[i], -1, "flow" + f, ok ? (good === null ? EVENT.first : EVENT.answered)(flow, flow.number[i]) : EVENT.lost(flow, flow.number[i]), ok ? flow.answered[i] : flow.lost[i] + 60000);
      good = ok;
    });
  });
  for (const x of d.dpd) for (const at of x.dead) add(at, x.node, "sa" + x.node, EVENT.dead());
  for (const [at, node, up] of d.power) add(at, node, "power", EVENT.power(up));
  for (const change of model.reroutes) for (const what of routeWords(change)) add(change.at, change.node, "routes" + change.node, what);
  d.tracks.forEach((track, i) => track.spans.forEach(([start, , text]) => start > 0 && add(start, track.node, "track" + i, EVENT.track(track.label, text))));
  return list.sort((a, b) => a.at - b.at || a.show - b.show);
}

/** Where "previous" and "next" lead from `t`; `keep` may narrow the events to a lane or device. */
export function neighbourEvent(model, t, direction, keep) {
  let best = null;
  for (const e of model.events) {
    if (keep && !keep(e)) continue;
    if (direction > 0 ? e.show > t + 400 : e.show < t - 400) {
      if (!best || (direction > 0 ? e.show < best.show : e.show >= best.show)) best = e;
    }
  }
  return best;
}

/** Simulated seconds per second of play when the pace is automatic: slow while there is news. */
export function paceAt(model, t) {
  const d = model.data;
  if (model.crowd) return crowdPace(model.crowd, t);
  for (let i = upper(model.messageTimes, t + 10000) - 1; i >= 0 && model.messageTimes[i] > t - model.slowest - 5000; i--) {
    const m = d.messages[i];
    if (m.arrived < 0 ? t < m.at + 60000 : t < m.arrived + 5000) return m.arrived < 0 ? 0.12 : 0.07;
  }
  if (!model.news) model.news = newsOf(model);
  const at = upper(model.news.start, t);
  for (let i = Math.max(0, at - 3); i < at; i++) {
    if (t < model.news.end[i]) {
      const quick = inFlightAt(model, t + 600).some((p) => (d.links[d.hops.link[p.index]]?.delay ?? 0) <= 2000);
      return quick ? 0.012 : 0.09;
    }
  }
  for (const e of [upper(model.eventTimes, t)]) {
    const next = model.events[e];
    if (next && next.show - t < 30000 && next.lane !== "messages") return 0.5;
  }
  return 3;
}

/** The packets that are news: where a flow changes between answered and lost, and the next one. */
function newsOf(model) {
  const spans = [];
  for (const flow of model.data.flows) {
    flow.sent.forEach((at, i) => {
      const ok = flow.answered[i] >= 0;
      const before = i ? flow.answered[i - 1] >= 0 : null, older = i > 1 ? flow.answered[i - 2] >= 0 : null;
      if (i === 0 || before !== ok || (i > 1 && before !== older)) spans.push([at - 20000, ok ? flow.answered[i] + 5000 : at + 60000]);
    });
  }
  spans.sort((a, b) => a[0] - b[0]);
  return { start: spans.map((s) => s[0]), end: spans.map((s) => s[1]) };
}
