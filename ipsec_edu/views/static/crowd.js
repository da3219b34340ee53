/* ---- crowd.js: a lab with more than forty devices, as pure functions: each one's state, and how many are in each. ---- */

export const CROWD = 40;
export const CROWD_STATES = ["up", "negotiating", "stale", "lost", "none", "off"];

/** Every device's state over time, and the counts; made once when the data arrive. */
export function crowdOf(data) {
  if (data.nodes.length <= CROWD) return null;
  const shown = data.nodes.map((_, i) => i).filter((i) => !["cloud", "switch", "bridge"].includes(data.nodes[i].kind));
  const mine = data.nodes.map(() => []), peers = data.nodes.map(() => new Set());
  for (const sa of data.sas) {
    mine[sa.node].push(sa);
    if (sa.peer >= 0) peers[sa.node].add(sa.peer);
  }
  const gateways = new Set(data.gateways);
  const hubs = data.gateways.filter((i) => peers[i].size > 2 && peers[i].size >= gateways.size / 2);
  const members = data.gateways.filter((i) => !hubs.includes(i));
  const lives = data.nodes.map((_, i) => (gateways.has(i) ? lifeOf(mine[i], data.power.filter((p) => p[1] === i)) : null));
  const ports = data.nodes.map(() => []);
  for (const link of data.links) for (const end of [link.a, link.b]) ports[end.node].push(end);
  const second = (times) => {
    const bins = new Array(Math.ceil(data.until / 1e6) + 1).fill(0);
    for (const t of times) bins[Math.floor(t / 1e6)]++;
    return bins;
  };
  const sent = [], lost = [];
  for (const flow of data.flows) flow.sent.forEach((at, i) => { sent.push(at); if (flow.lost[i] >= 0) lost.push(at); });
  return { shown, hubs, members, lives, ports, ...tally(members.map((i) => lives[i])), who: CROWD_WORDS.members[hubs.length ? "hub" : "none"], sent: second(sent), lost: second(lost), messages: second(data.messages.map((m) => m.at)) };
}

/** {times, states} of one gateway: the state from each time on. */
function lifeOf(sas, power) {
  const steps = [];
  const add = (at, what, by) => steps.push([at, what, by]);
  for (const sa of sas) {
    const end = sa.down < 0 ? Infinity : sa.down, up = sa.up < 0 ? end : sa.up;
    if (up > sa.begun) { add(sa.begun, "negotiating", 1); add(up, "negotiating", -1); }
    if (sa.up < 0 || sa.kind === "ike") continue;
    add(sa.up, "held", 1);
    add(end, "held", -1);
    for (const [a, b] of sa.stale) { add(a, "stale", 1); add(Math.min(b, end), "stale", -1); }
  }
  for (const [at, , up] of power) add(at, "off", up ? -1 : 1);
  steps.sort((p, q) => p[0] - q[0]);
  const n = { negotiating: 0, held: 0, stale: 0, off: 0 }, times = [0], states = ["none"];
  let had = false;
  for (let i = 0; i < steps.length; i++) {
    const [at, what, by] = steps[i];
    if (at === Infinity) break;
    n[what] += by;
    had = had || n.held > 0;
    if (i + 1 < steps.length && steps[i + 1][0] === at) continue;
    const state = n.off > 0 ? "off" : n.stale ? "stale" : n.held ? "up" : n.negotiating ? "negotiating" : had ? "lost" : "none";
    if (state === states[states.length - 1]) continue;
    if (at === times[times.length - 1]) states[states.length - 1] = state;
    else { times.push(at); states.push(state); }
  }
  return { times, states };
}

/** How many of some devices are in each state, from each time on. */
function tally(lives) {
  const changes = [];
  const now = Object.fromEntries(CROWD_STATES.map((s) => [s, 0]));
  for (const life of lives) {
    now[life.states[0]]++;
    for (let i = 1; i < life.times.length; i++) changes.push([life.times[i], life.states[i - 1], life.states[i]]);
  }
  changes.sort((a, b) => a[0] - b[0]);
  const times = [0], counts = [{ ...now }];
  for (const [at, from, to] of changes) {
    now[from]--;
    now[to]++;
    if (at === times[times.length - 1]) counts[counts.length - 1] = { ...now };
    else { times.push(at); counts.push({ ...now }); }
  }
  return { times, counts };
}

export const crowdCounts = (crowd, t) => crowd.counts[Math.max(0, upper(crowd.times, t) - 1)];

/** The state of one device at a moment; "plain" for one that does no IPsec. */
export function crowdState(crowd, node, t) {
  const life = crowd.lives[node];
  return life ? life.states[Math.max(0, upper(life.times, t) - 1)] : "plain";
}

/** Since when a device is in the state that it is in. */
export function crowdSince(crowd, node, t) {
  const life = crowd.lives[node];
  return life ? life.times[Math.max(0, upper(life.times, t) - 1)] : 0;
}

/** Devices whose name, label or an address contains a text; those whose name begins with it come first. */
export function findDevices(data, crowd, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const rank = (i) => {
    const n = data.nodes[i], names = [n.name, n.label].map((s) => s.toLowerCase());
    if (names.includes(wanted)) return 0;
    if (names.some((s) => s.startsWith(wanted))) return 1;
    const addresses = crowd.ports[i].map((p) => p.address.split("/")[0]);
    if (addresses.includes(wanted)) return 1;
    return names.some((s) => s.includes(wanted)) || addresses.some((a) => a.includes(wanted)) ? 2 : 9;
  };
  return crowd.shown.map((i) => [rank(i), i]).filter(([r]) => r < 9).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, i]) => i);
}

/** Slower where states change; no single packet is worth waiting for. */
export function crowdPace(crowd, t) {
  const next = crowd.times[upper(crowd.times, t)];
  return next !== undefined && next - t < 300000 ? 0.5 : 3;
}

/** What the stage says of the moment; the hubs' own states tell why. */
export function crowdWords(model, s) {
  const { crowd, data } = model;
  const hubs = crowd.hubs.map((i) => ({ name: data.nodes[i].label, state: crowdState(crowd, i, s.t) }));
  return crowdSentence(crowdCounts(crowd, s.t), crowd.members.length, crowd.who, hubs, s.broken && s.broken.state !== "loss" ? s.broken : null);
}
