/* ---- facts.js: what the inspector says beside a device's own words, as pure functions. ---- */

/** Devices that can be asked: clouds and switches hold nothing. */
export const askable = (data) => data.nodes.map((_, i) => i).filter((i) => !["cloud", "switch", "bridge"].includes(data.nodes[i].kind));

/** The SAs that a device holds or negotiates at a moment, IKE first. */
export function heldAt(model, node, t) {
  const rank = (kind) => (kind === "ike" ? 0 : kind.endsWith("out") ? 1 : 2);
  const held = [];
  for (const sa of model.data.sas) {
    if (sa.node !== node) continue;
    const state = saState(sa, t);
    if (state !== "none" && state !== "gone") held.push({ sa, state });
  }
  return held.sort((a, b) => rank(a.sa.kind) - rank(b.sa.kind) || a.sa.begun - b.sa.begun);
}

/** The SA of a device that ended last before a moment, or null. */
export function lastEnded(model, node, t) {
  let found = null;
  for (const sa of model.data.sas) if (sa.node === node && sa.up >= 0 && sa.down >= 0 && sa.down <= t && (!found || sa.down >= found.down)) found = sa;
  return found;
}

/** In which a device is wrong at a moment: the SAs that it holds in vain, since when, why, and until when; null if in nothing. */
export function wrongAt(model, node, t) {
  const stale = heldAt(model, node, t).filter((h) => h.state === "stale").map((h) => h.sa);
  if (!stale.length) return null;
  const span = (sa) => sa.stale.find(([start, end]) => t >= start && t < end);
  const first = stale.reduce((a, b) => (span(b)[0] < span(a)[0] ? b : a));
  const place = model.data.gateways.indexOf(node);
  return {
    stale, since: span(first)[0], why: span(first)[2], peer: model.data.nodes[first.peer]?.label || first.remote || "",
    until: stale.some((sa) => sa.down < 0) ? -1 : Math.max(...stale.map((sa) => sa.down)),
    probes: place < 0 ? 0 : gatewayAt(model, place, t).probes,
  };
}

/** Lines by which a device claims that something lives; group 1, where there is one, is the word it says. */
const CLAIMS = [
  /State\s*: (MM_ACTIVE|AM_ACTIVE)/, /SA State: (active)/, /Connection\s+: \S+/, // ASA
  /\b(QM_IDLE)\b/, /Status: (ACTIVE)\S*/, /Session status: (UP-\S+)/, /IKEv1 SA: local .* (Active)/, /Active SAs: [1-9]\d*/, // IOS
  /^\d+ .*\b(ACTIVE)\b/, // IOS, show crypto isakmp sa detail
];
const ABOUT_SAS = /^\s*(do\s+)?sho?w?\s+(cr|ips|isa|vpn)/i;
const SPI = /\b(?:0x)?([0-9a-f]{8})\b/gi;
const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}\b/g;

/** Which characters of what a device printed are wrong: [line, from, to, word]. The subject of a claim is the peer or SPI named last. */
export function wrongMarks(model, node, t, command, text) {
  if (!ABOUT_SAS.test(command)) return [];
  const subjects = new Map();
  for (const { sa, state } of heldAt(model, node, t)) {
    const stale = state === "stale";
    if (sa.kind !== "ike") subjects.set(sa.id.slice(2).toLowerCase(), stale);
    if (sa.remote) subjects.set(sa.remote, stale || subjects.get(sa.remote) === true);
  }
  if (![...subjects.values()].includes(true)) return [];
  const marks = [];
  let stale = false;
  text.split("\n").forEach((line, n) => {
    for (const [found] of line.matchAll(ADDRESS)) if (subjects.has(found)) stale = subjects.get(found);
    for (const found of line.matchAll(SPI)) {
      const known = subjects.get(found[1].toLowerCase());
      if (known === undefined) continue;
      stale = known;
      if (known) marks.push([n, found.index, found.index + found[0].length, ""]);
    }
    const claim = stale && CLAIMS.map((c) => c.exec(line)).find(Boolean);
    if (claim) marks.push([n, claim.index, claim.index + claim[0].length, claim[1] || ""]);
  });
  return marks;
}

/** Where the sequence numbers of a replay window stand: `cells` newest last, true = seen. At most `most` are returned. */
export function replayCells(size, bitmap, highest, most = 64) {
  const bit = (n) => (parseInt(bitmap[bitmap.length - 1 - (n >> 2)] || "0", 16) >> (n & 3)) & 1;
  const count = Math.min(size, highest, most), cells = [];
  for (let n = count - 1; n >= 0; n--) cells.push(!!bit(n));
  return { first: highest - count + 1, cells, missing: cells.filter((seen) => !seen).length };
}

/** What a device logged since its last boot, up to a moment: [[at, text], ...]. */
export function logAt(model, node, t) {
  let boot = 0;
  for (const [at, up] of model.power[node] || []) if (up && at <= t) boot = at;
  return model.data.log.filter((line) => line[1] === node && line[0] >= boot && line[0] <= t).map((line) => [line[0], line[2]]);
}

/** An answer that lies in the data already, for pages without a kernel: the latest one before a moment; null if there is none. */
export function storedAnswer(data, node, t, line) {
  const stored = data.inspector, name = data.nodes[node].name, mine = stored?.nodes[name];
  if (!mine) return null;
  const place = Math.max(0, upper(stored.times, t) - 1);
  const wanted = (line || "").trim().replace(/\s+/g, " ").toLowerCase();
  const key = Object.keys(mine.answers).find((c) => c.toLowerCase() === wanted);
  return { at: stored.times[place], prompt: mine.prompt, commands: mine.commands, config: mine.config, tables: stored.tables[mine.tables[place]], text: key ? stored.texts[mine.answers[key][place]] : null };
}
